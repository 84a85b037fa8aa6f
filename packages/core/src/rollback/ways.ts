// Owns the ways back: for each applied migration the rollback that its author wrote, or the one that was kept when it ran.
import type { Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { readText, type Folder } from "../files/read.ts";
import type { Comparison } from "../plan/compare.ts";
import { makeStep, type Step } from "../plan/plan.ts";
import { makeSteps } from "../plan/steps.ts";
import type { Bind } from "../store/bind.ts";
import { archivesOf, outsideOf } from "./rows.ts";
import { readProofs } from "./proof.ts";
import { worstOf } from "./class.ts";
import { compareVersions, readKeptRollbacks, type HistoryRow, type KeptRollback, type State } from "../store/state.ts";

/** How many migrations are taken back: the last so many, or all after a version. */
export type Extent = number | { readonly to: string };

/** Throws CONFIG_INVALID. */
export function refuseExtent(extent: Extent): void {
  if (typeof extent !== "number" || (Number.isInteger(extent) && extent >= 1)) return;
  throw new ClewError("CONFIG_INVALID", `rollback takes a whole number of migrations from 1, not ${extent}`);
}

/** What is taken back: applied migrations, the newest first, and before them one of which a part has run. */
export interface Reach {
  readonly rows: readonly HistoryRow[];
  readonly part: HistoryRow | undefined;
}

/** What is meant. One that is partly applied counts as one. Throws UNKNOWN_VERSION, NO_ROLLBACK. */
export function reach(state: State, comparison: Pick<Comparison, "pending">, extent: Extent): Reach {
  const newestFirst = state.history.toSorted((a, b) => compareVersions(b.version, a.version));
  const to = typeof extent === "number" ? undefined : extent.to;
  if (to !== undefined && to !== "0" && !newestFirst.some(({ version }) => version === to))
    throw new ClewError("UNKNOWN_VERSION", `version ${to} is not applied, so there is no going back to it`, {
      version: to,
      help: "`clew status` shows the versions that are. `--to 0` takes all of them back.",
    });
  const meant =
    typeof extent === "number"
      ? newestFirst.slice(0, extent)
      : newestFirst.filter(({ version }) => to === "0" || compareVersions(version, to!) > 0);
  const part = partlyApplied(state, comparison, meant);
  return { part, rows: part && typeof extent === "number" ? meant.slice(0, extent - 1) : meant };
}

/**
 * What has run of a migration that is not applied whole, newer than all that is taken back: it is taken back first. Throws
 * NO_ROLLBACK where that was not kept, or is in doubt.
 */
function partlyApplied(
  state: State,
  { pending }: Pick<Comparison, "pending">,
  rows: readonly HistoryRow[],
): HistoryRow | undefined {
  const applied = new Set(state.history.map(({ version }) => version));
  const oldest = rows.at(-1)?.version;
  const parts = state.segments.filter(
    ({ version, direction }) =>
      direction === "up" && !applied.has(version) && (oldest === undefined || compareVersions(version, oldest) > 0),
  );
  const version = parts[0]?.version;
  if (version === undefined) return undefined;
  const kept = new Set(state.rollbacks.filter((row) => row.version === version).map(({ ordinal }) => ordinal));
  const own = parts.filter((part) => part.version === version);
  const others = parts.length > own.length;
  const file = pending.find((one) => one.version === version);
  if (!others && own.every(({ ordinal, state: end }) => end === "done" && kept.has(ordinal)))
    return { version, name: file?.name ?? null };
  throw new ClewError(
    "NO_ROLLBACK",
    `${file?.path ?? version}: partly applied, after what would be rolled back, and nothing was run`,
    {
      version,
      help: `Finish it first: correct it, then \`clew execute\`. Or undo by hand what has run of it, then: delete from clew.segment where version = '${version}'.`,
    },
  );
}

/** The steps that take these migrations back. Throws NO_ROLLBACK for those that have no way back. */
export async function stepsBack(
  session: Session,
  bind: Bind,
  folder: Folder,
  state: State,
  { rows: applied, part }: Reach,
): Promise<readonly Step[]> {
  const rows = part ? [part, ...applied] : applied;
  const written = new Map(folder.files.flatMap(({ version, down }) => (down === undefined ? [] : [[version, down]])));
  // A rollback by hand is of the whole.
  if (part) written.delete(part.version);
  const without = rows.map(({ version }) => version).filter((version) => !written.has(version));
  // Of a part that which has run: what was to undo a statement stays where somebody has said that it had no effect.
  const ran = new Set(state.segments.flatMap((one) => (one.version === part?.version ? [one.ordinal] : [])));
  const all = (await readKeptRollbacks(session, bind, state, without)).filter(
    ({ version, ordinal }) => version !== part?.version || ran.has(ordinal),
  );
  const kept = Map.groupBy(all, ({ version }) => version);
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
  const proofs = await readProofs(folder.files, state.rollbacks);
  return makeSteps(scripts, false, (file, script) => {
    const made = makeStep(file, script, "down", state.segments, false);
    const step = { ...made, step: { ...made.step, proof: proofs.get(file.version) ?? ("unproved" as const) } };
    const segments = kept.get(file.version);
    if (segments === undefined) return step;
    const mode = file.version === part?.version ? "part" : step.step.mode;
    const sql = segments.toReversed().flatMap(({ statements }) => statements);
    return {
      ...step,
      archives: archivesOf(segments),
      outside: outsideOf(segments),
      step: { ...step.step, mode, rollback: "synthesised", ...worstOf(segments), sql },
    };
  });
}

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
    .toReversed()
    .flatMap(({ statements }) => statements.map((statement) => `${statement};\n`))
    .join("");
}

function label({ version, name }: HistoryRow): string {
  return name ? `${version}_${name}` : version;
}
