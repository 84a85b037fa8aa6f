// Owns what a proof is asked to prove: which migrations, from which schema, and what of it is kept on the target.
import type { Catalog } from "@clew/sql-analyzer";
import { cleanSession, type Driver, type Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import type { Folder, MigrationFile } from "../files/read.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Comparison } from "../plan/compare.ts";
import type { KeptProof } from "../rollback/proof.ts";
import type { RunSettings } from "../run/settings.ts";
import { binder, type HistoryTable } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import { compareVersions, readKeptRollbacks, type State } from "../store/state.ts";
import { upTo } from "../schema/folder.ts";
import { withoutOurs } from "../schema/ours.ts";
import { platformOf, type Platform } from "../schema/platform.ts";
import type { Engine } from "./bench.ts";
import { prove } from "./prove.ts";
import type { ProofReport, ProofStep } from "./report.ts";
import type { ScratchNeeds, ScratchPlace } from "./scratch.ts";

/** Where and how long a proof may try. */
export interface ProveOptions {
  /**
   * Where the scratch database is made: `embedded` (PGlite in memory), `server` (a database on the target's server), or the
   * URL of a server. Default: on the target's server, which has its version and extensions; else in memory.
   */
  readonly scratch?: ScratchPlace;
  /** Ends the proof; what it made is taken away. */
  readonly signal?: AbortSignal;
}

/** What the executor knows. */
export interface ProofContext {
  readonly dir: string;
  readonly historyTable: HistoryTable;
  readonly url: string | undefined;
  readonly platform?: Platform | undefined;
  readonly options: ProveOptions;
  readonly engine: (driver: Driver, settings?: Partial<RunSettings>) => Engine;
}

interface Look {
  readonly folder: Folder;
  readonly state: State;
  readonly comparison: Comparison;
}

/** Proves files by themselves, on a new database of the platform. */
export async function proveFolder(
  folder: Folder,
  version: string | undefined,
  context: ProofContext,
): Promise<ProofReport> {
  const files = version === undefined ? folder.files : upTo(folder, version).slice(-1);
  return prove({
    ...common(context, ["embedded"]),
    files,
    earlier: version === undefined ? [] : before(folder.files, version),
    kept: new Map(),
    needs: { supabase: context.platform !== "postgres", user: "postgres" },
  });
}

/** Proves pending migrations from the schema of the target, or an applied one from the files before it. */
export async function proveOnTarget(
  session: Session,
  { folder, state, comparison: { pending, partly } }: Look,
  version: string | undefined,
  context: ProofContext,
): Promise<ProofReport> {
  const file = version === undefined ? undefined : upTo(folder, version).at(-1);
  if (file === undefined || pending.includes(file)) {
    if (partly.size > 0) throw partlyApplied(pending.find((one) => partly.has(one.version))!);
    const earlier = file === undefined ? [] : before(pending, file.version);
    return provePending(session, state, file === undefined ? pending : [file], earlier, context);
  }
  const catalog = withoutOurs(await introspect(session), context.historyTable);
  const about = aboutTarget(state, catalog, context);
  const bind = binder(context.historyTable);
  const rollbacks = await readKeptRollbacks(session, bind, state, [file.version]);
  const report = await prove({
    ...about,
    files: [file],
    earlier: before(folder.files, file.version),
    // Its roles, for files do not make those.
    ...(about.needs.supabase ? {} : { start: { catalog, applied: [], only: "roles" as const } }),
    kept: new Map(rollbacks.length > 0 ? [[file.version, rollbacks]] : []),
  });
  await keepProofs(session, report, context.historyTable);
  return report;
}

/** Proves files that are pending, from the schema of the target and what the earlier ones of them make of it. */
export async function provePending(
  session: Session,
  state: State,
  files: readonly MigrationFile[],
  earlier: readonly MigrationFile[],
  context: ProofContext,
): Promise<ProofReport> {
  const catalog = withoutOurs(await introspect(session), context.historyTable);
  const start = { catalog, applied: state.history };
  return prove({ ...aboutTarget(state, catalog, context), files, earlier, start, kept: new Map() });
}

function aboutTarget({ target }: State, catalog: Catalog, context: ProofContext) {
  const { url, platform = platformOf(catalog) } = context;
  const needs: ScratchNeeds = {
    supabase: platform === "supabase",
    user: target.user,
    ...(url === undefined ? {} : { url }),
  };
  return { ...common(context, url === undefined ? ["embedded"] : ["server", "embedded"]), needs, target };
}

/** Writes what was proved to the rollbacks that the target keeps: it holds as long as they are what was tried. */
export async function keepProofs(session: Session, report: ProofReport, history: HistoryTable): Promise<void> {
  const bind = binder(history);
  const writes = report.steps.flatMap((step) => {
    const proof = keptProof(step, report.scratch?.server ?? "");
    return proof === undefined ? [] : [bind(sql.keepProof, { version: step.version, proof: JSON.stringify(proof) })];
  });
  if (writes.length > 0) await session.transaction([...cleanSession, ...writes]);
}

function keptProof(step: ProofStep, server: string): KeptProof | undefined {
  const { proof: verdict, reason, inverse, before, after } = step;
  if (inverse === undefined || before === undefined || after === undefined) return undefined;
  const at = new Date().toISOString();
  return { verdict, ...(reason === undefined ? {} : { reason }), inverse, before, after, server, at };
}

function common({ historyTable, options, engine }: ProofContext, places: readonly ScratchPlace[]) {
  return {
    history: historyTable,
    engine,
    places: options.scratch === undefined ? places : [options.scratch],
    ...(options.signal ? { signal: options.signal } : {}),
  };
}

function before(files: readonly MigrationFile[], version: string): readonly MigrationFile[] {
  return files.filter((file) => compareVersions(file.version, version) < 0);
}

function partlyApplied({ version, path }: MigrationFile): ClewError {
  return new ClewError(
    "PARTLY_APPLIED_CHANGED",
    `${path}: a part of it has run, so it cannot be tried from its beginning`,
    {
      version,
      help: "Run `clew execute` to finish it, or `clew rollback` to take it back; then prove.",
    },
  );
}
