// Owns the ways back: for each applied migration the rollback that its author wrote, or the one that was kept when it ran.
import type { Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { readText, type Folder } from "../files/read.ts";
import type { Comparison } from "../plan/compare.ts";
import { makeStep, type Step } from "../plan/plan.ts";
import { makeSteps } from "../plan/steps.ts";
import type { Bind } from "../store/bind.ts";
import {
  compareVersions,
  readKeptRollbacks,
  type HistoryRow,
  type KeptRollback,
  type RollbackClass,
  type State,
} from "../store/state.ts";

/** How many migrations are taken back: the last so many, or all after a version. */
export type Extent = number | { readonly to: string };

/** Throws CONFIG_INVALID. */
export function refuseExtent(extent: Extent): void {
  if (typeof extent !== "number" || (Number.isInteger(extent) && extent >= 1)) return;
  throw new ClewError("CONFIG_INVALID", `rollback takes a whole number of migrations from 1, not ${extent}`);
}

/** The applied migrations that are meant, the newest first. Throws UNKNOWN_VERSION. */
export function reach({ history }: State, extent: Extent): readonly HistoryRow[] {
  const newestFirst = history.toSorted((a, b) => compareVersions(b.version, a.version));
  if (typeof extent === "number") return newestFirst.slice(0, extent);
  const { to } = extent;
  if (to !== "0" && !history.some(({ version }) => version === to))
    throw new ClewError("UNKNOWN_VERSION", `version ${to} is not applied, so there is no going back to it`, {
      version: to,
      help: "`clew status` shows the versions that are. `--to 0` takes all of them back.",
    });
  return newestFirst.filter(({ version }) => to === "0" || compareVersions(version, to) > 0);
}

/** What has run of a migration would count as run when what it stands on is applied again. */
export function refusePartlyApplied(
  state: State,
  { pending }: Pick<Comparison, "pending">,
  rows: readonly HistoryRow[],
): void {
  const oldest = rows.at(-1)?.version;
  const partly = state.segments.find(
    ({ version, direction }) =>
      direction === "up" &&
      oldest !== undefined &&
      compareVersions(version, oldest) > 0 &&
      !state.history.some((row) => row.version === version),
  );
  if (!partly) return;
  const { version } = partly;
  const path = pending.find((file) => file.version === version)?.path ?? version;
  throw new ClewError("NO_ROLLBACK", `${path}: partly applied, after what would be rolled back, and nothing was run`, {
    version,
    help: `Finish it first: correct it, then \`clew execute\`. Or undo by hand what has run of it, then: delete from clew.segment where version = '${version}'.`,
  });
}

/** The steps that take these migrations back. Throws NO_ROLLBACK for those that have no way back. */
export async function stepsBack(
  session: Session,
  bind: Bind,
  folder: Folder,
  state: State,
  rows: readonly HistoryRow[],
): Promise<readonly Step[]> {
  const written = new Map(folder.files.flatMap(({ version, down }) => (down === undefined ? [] : [[version, down]])));
  const without = rows.map(({ version }) => version).filter((version) => !written.has(version));
  const kept = Map.groupBy(await readKeptRollbacks(session, bind, state, without), ({ version }) => version);
  refuseWithout(
    rows.filter(({ version }) => !written.has(version)),
    kept,
  );
  const scripts = await Promise.all(
    rows.map(async ({ version, name }) => {
      const path = written.get(version);
      const file = { version, name: name ?? "", checksum: "" };
      if (path !== undefined) return { ...file, path, text: await readText(path), down: path };
      return { ...file, path: `rollback of ${label({ version, name })}`, text: textOf(kept.get(version)!) };
    }),
  );
  return makeSteps(scripts, false, (file, script) => {
    const step = makeStep(file, script, "down", state.segments, false);
    const segments = kept.get(file.version);
    return segments ? { ...step, step: { ...step.step, rollback: "synthesised", ...worstOf(segments) } } : step;
  });
}

/** The class of a whole from those of its segments. */
export function worstOf(segments: readonly Pick<KeptRollback, "class" | "reason">[]): {
  readonly class: RollbackClass;
  readonly reason?: string;
} {
  const worst = segments.reduce((most, segment) => (severity[segment.class] > severity[most.class] ? segment : most));
  return worst.reason === null ? { class: worst.class } : { class: worst.class, reason: worst.reason };
}

const severity: Readonly<Record<RollbackClass, number>> = { exact: 0, "needs-data": 1, lossy: 2, impossible: 3 };

function refuseWithout(rows: readonly HistoryRow[], kept: ReadonlyMap<string, readonly KeptRollback[]>): void {
  const reasons = rows.flatMap((row) => {
    const segments = kept.get(row.version);
    if (segments === undefined) return [`${label(row)}: none was kept when it was applied`];
    const { class: verdict, reason } = worstOf(segments);
    return verdict === "impossible" ? [`${label(row)}: ${reason ?? "it cannot be undone by SQL"}`] : [];
  });
  if (reasons.length === 0) return;
  throw new ClewError("NO_ROLLBACK", `there is no rollback for ${reasons.join("; ")}; nothing was run`, {
    version: rows[0]!.version,
  });
}

/** The segments are taken back in reverse order. */
function textOf(segments: readonly KeptRollback[]): string {
  return segments
    .toSorted((a, b) => b.ordinal - a.ordinal)
    .flatMap(({ statements }) => statements.map((statement) => `${statement};\n`))
    .join("");
}

function label({ version, name }: HistoryRow): string {
  return name ? `${version}_${name}` : version;
}
