// Owns the baseline: files count as applied on a database that already has all that they make.
import { isSessionError, type Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { readFolder } from "../files/read.ts";
import { refuseUnapprovedChange } from "../run/approval.ts";
import { ownError } from "../run/explain.ts";
import { liveSchema } from "../introspect/live.ts";
import { readDrift } from "../schema/drift.ts";
import type { Platform } from "../schema/platform.ts";
import { binder } from "../store/bind.ts";
import { compareVersions, readState, type Target } from "../store/state.ts";
import { readRows } from "./facts.ts";
import { changeId, recordOf, write, type Place } from "./repair.ts";
import { note, register, type Pen } from "./write.ts";

/** How files are marked as applied. */
export interface BaselineOptions {
  /** Marks the files also where the database lacks something. */
  readonly force?: boolean;
  /** Only looks. */
  readonly dryRun?: boolean;
  /** The `id` that is approved: with another one nothing is done, and PLAN_CHANGED thrown. */
  readonly approve?: string | undefined;
}

/** Which files were marked, or would be, and what the database lacks of them. Plain data. */
export interface BaselineReport {
  readonly kind: "baseline";
  /** `in-step`: all of them were applied before. `missing`: the database lacks something, and nothing was marked. */
  readonly outcome: "in-step" | "proposed" | "marked" | "missing";
  /** Stands for what is marked on this history of this database. */
  readonly id: string;
  readonly target: Target;
  /** The versions that are marked, or would be. */
  readonly versions: readonly string[];
  /** What the files make and the database does not have, or has otherwise, a line each. */
  readonly missing: readonly string[];
  /** The same where it cannot be told for certain. */
  readonly doubtful: readonly string[];
}

/**
 * Marks the files up to and including a version as applied, once the database was seen to have what they make. Rows that files
 * write are not looked for. Throws UNKNOWN_VERSION, ANOTHER_RUN, NOT_APPROVED.
 */
export async function baseline(
  session: Session,
  place: Place & { readonly platform: Platform | undefined },
  version: string,
  { force = false, dryRun = false, approve }: BaselineOptions = {},
): Promise<BaselineReport> {
  const { files } = await readFolder(place.dir);
  if (!files.some((file) => file.version === version))
    throw new ClewError("UNKNOWN_VERSION", `there is no file of version ${version}`, { version });
  const bind = binder(place.history);
  const state = await readState(session, place.history, bind);
  const { rows, books } = await readRows(session, place.history, state);
  const applied = new Set(rows.map((row) => row.version));
  const meant = files.filter((file) => compareVersions(file.version, version) <= 0);
  const open = meant.filter((file) => !applied.has(file.version));
  const versions = open.map((file) => file.version);
  const texts = open.map((file) => [file.version, file.checksum]);
  const id = changeId("baseline", state.target, [books.stamp, texts, force]);
  const report = { kind: "baseline", id, target: state.target, versions, missing: [], doubtful: [] } as const;
  if (open.length === 0) return { ...report, outcome: "in-step" };
  const found = { ...report, ...(await lacks()) };
  if (found.missing.length > 0 && !force) return { ...found, outcome: "missing" };
  if (dryRun) return { ...found, outcome: "proposed" };
  const change = { what: "baseline", id, look: `clew baseline ${version} --dry-run` };
  await refuseUnapprovedChange(change, { ...place.approving, approve });
  const pen: Pen = { history: place.history, bind, author: place.author };
  const records = await Promise.all(open.map(recordOf));
  const writes = records.flatMap((record) => [
    ...register(pen, record),
    note(pen, record.version, "baseline", `the database has it: baseline ${version}`),
  ]);
  await write(session, pen, { state, books }, "baseline", version, writes);
  return { ...found, outcome: "marked" };

  async function lacks(): Promise<Pick<BaselineReport, "missing" | "doubtful">> {
    const { history, platform } = place;
    const known = { applied: meant, pending: [], role: state.target.user, history, platform };
    const { differences, words } = await readDrift(liveSchema(session), known).catch((error: unknown) =>
      Promise.reject(isSessionError(error) ? ownError(error, "reading the schema") : error),
    );
    // The words stand in the order of the differences, those that are certain first; what is only in the database is no lack.
    const said = differences.filter(({ within }) => within === undefined);
    const inOrder = [...said.filter(({ unsure }) => !unsure), ...said.filter(({ unsure }) => unsure)];
    const lines = inOrder.map((difference, at) => ({ difference, word: words[at]! }));
    const lacking = lines.filter(({ difference }) => difference.what !== "added");
    const wordsOf = (unsure: boolean): readonly string[] =>
      lacking.filter(({ difference }) => (difference.unsure ?? false) === unsure).map(({ word }) => word);
    return { missing: wordsOf(false), doubtful: wordsOf(true) };
  }
}
