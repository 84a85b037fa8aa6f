// Owns the marking of one migration by hand: as applied, without running it, or as not applied, without taking it back.
import type { Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { readEveryFile } from "../files/read.ts";
import { refuseUnapprovedChange } from "../run/approval.ts";
import { binder } from "../store/bind.ts";
import { readState, type Target } from "../store/state.ts";
import { readRows } from "./facts.ts";
import { changeId, recordOf, write, type Place } from "./repair.ts";
import { drop, note, register, type Pen } from "./write.ts";

/** As what a migration is marked. */
export type Mark = "applied" | "reverted";

/** What became of the mark of one migration. Plain data. */
export interface MarkReport {
  readonly kind: "mark";
  /** `in-step`: it was so before. */
  readonly outcome: "in-step" | "proposed" | "marked";
  /** Stands for the mark on this history of this database. */
  readonly id: string;
  readonly version: string;
  readonly status: Mark;
  readonly target: Target;
}

export interface MarkOptions {
  /** Only looks. */
  readonly dryRun?: boolean;
  /** The `id` that is approved: with another one nothing is done, and PLAN_CHANGED thrown. */
  readonly approve?: string | undefined;
}

/** Marks a migration. Throws UNKNOWN_VERSION, DUPLICATE_VERSION, ANOTHER_RUN, NOT_APPROVED. */
export async function mark(
  session: Session,
  place: Place,
  version: string,
  status: Mark,
  { dryRun = false, approve }: MarkOptions = {},
): Promise<MarkReport> {
  const bind = binder(place.history);
  const state = await readState(session, place.history, bind);
  const { rows, books } = await readRows(session, place.history, state);
  const own = rows.filter((row) => row.version === version);
  const files = (await readEveryFile(place.dir)).files.filter((file) => file.version === version);
  const id = changeId("mark", state.target, [books.stamp, version, status, files.map(({ checksum }) => checksum)]);
  const report = { kind: "mark", id, version, status, target: state.target } as const;
  if (own.length > 0 === (status === "applied")) return { ...report, outcome: "in-step" };
  if (status === "applied" && files.length !== 1) throw noOneFile(version, files.length);
  if (dryRun) return { ...report, outcome: "proposed" };
  const change = { what: "mark", id, look: `clew repair ${version} --status ${status} --dry-run` };
  await refuseUnapprovedChange(change, { ...place.approving, approve });
  const pen: Pen = { history: place.history, bind, author: place.author };
  const writes =
    status === "applied"
      ? register(pen, await recordOf(files[0]!))
      : own.flatMap((row) => drop(pen, row.place, version));
  const told = note(pen, version, `marked-${status}`, `marked as ${status} by hand`);
  await write(session, pen, { state, books }, "repair", `${status} ${version}`, [...writes, told]);
  return { ...report, outcome: "marked" };
}

function noOneFile(version: string, count: number): ClewError {
  return count === 0
    ? new ClewError("UNKNOWN_VERSION", `version ${version} has no file, so it cannot be marked as applied`, { version })
    : new ClewError("DUPLICATE_VERSION", `version ${version} has ${count} files: which one was applied?`, { version });
}
