// Owns the steps of a run: which files are meant, and their preparation, refused together when some cannot run.
import { loadGrammar } from "@clew/sql-analyzer/reading";
import type { Comparison } from "./compare.ts";
import { ClewError } from "../errors.ts";
import type { Step } from "./plan.ts";
import { invalidity, prepare, prepareText, type Script } from "../files/prepare.ts";
import type { Folder, MigrationFile } from "../files/read.ts";
import { compareVersions } from "../store/state.ts";

/** The files that a run is to apply. Throws UNKNOWN_VERSION. */
export function select(
  folder: Folder,
  { pending }: Comparison,
  version: string | undefined,
  force: boolean,
): readonly MigrationFile[] {
  if (version === undefined) return pending;
  const file = folder.files.find((one) => one.version === version);
  if (!file)
    throw new ClewError("UNKNOWN_VERSION", `${folder.path} has no migration of version ${version}`, { version });
  return force ? [file] : pending.filter((one) => compareVersions(one.version, version) <= 0);
}

/**
 * Prepares files one after another, so that only what is kept of each stays in memory. Throws SCRIPT_INVALID for all that
 * cannot run together; in a run that skips what fails, each such step carries its error instead.
 */
export async function makeSteps<F extends MigrationFile & { readonly text?: string }>(
  files: readonly F[],
  skipping: boolean,
  make: (file: F, script: Script) => Step,
): Promise<readonly Step[]> {
  if (files.length === 0) return [];
  const grammar = await loadGrammar();
  const scripts: Script[] = [];
  for (const { path, text } of files)
    scripts.push(text === undefined ? await prepare(path, grammar) : prepareText(path, text, grammar));
  const refused = skipping ? undefined : invalidity(scripts);
  if (refused) throw refused;
  const steps = files.map((file, at): Step => {
    const invalid = invalidity([scripts[at]!]);
    const step = make(file, scripts[at]!);
    return invalid ? { ...step, refused: invalid } : step;
  });
  for (const step of steps) refuseChangedPart(step);
  return steps;
}

/** How many segments each file has, by version. */
export async function countSegments(files: readonly MigrationFile[]): Promise<ReadonlyMap<string, number>> {
  if (files.length === 0) return new Map();
  const grammar = await loadGrammar();
  const counts = files.map(
    async ({ version, path }) => [version, (await prepare(path, grammar)).segments.length] as const,
  );
  return new Map(await Promise.all(counts));
}

/** Of a partly applied migration, the part that has run must be what the file still says. */
function refuseChangedPart({ step, script, begun }: Step): void {
  const other = begun.find((row) => script.segments[row.ordinal]?.fingerprint !== row.fingerprint);
  if (!other) return;
  throw new ClewError(
    "PARTLY_APPLIED_CHANGED",
    `${script.path}: part ${other.ordinal + 1} of it has run, and was changed since`,
    { version: step.version },
  );
}
