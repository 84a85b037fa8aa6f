// Owns the bench of a proof: a scratch database, brought to where the proof begins, with the engine at work in it.
import type { Catalog } from "@clew/sql-analyzer";
import { cleanSession, isSessionError, type Driver, type Session } from "../driver.ts";
import { ClewError, isClewError } from "../errors.ts";
import { readText, type MigrationFile } from "../files/read.ts";
import { introspect } from "../introspect/introspect.ts";
import { redact } from "../redact.ts";
import type { RunReport } from "../report.ts";
import type { RunSettings } from "../run/settings.ts";
import { withoutOurs } from "../schema/ours.ts";
import { binder, quoted, textArray, type HistoryTable } from "../store/bind.ts";
import { ensureStore } from "../store/schema.ts";
import { compareVersions, readState, type HistoryRow, type KeptRollback, type Target } from "../store/state.ts";
import { ofServer } from "./cluster.ts";
import { furnish } from "./furnish.ts";
import { NoScratch, openScratch, type Scratch, type ScratchNeeds, type ScratchPlace } from "./scratch.ts";

/** What of MigrationExecutor a proof uses: the scratch is migrated by the same engine as the target. */
export interface Engine {
  execute(version: string, options: { readonly signal?: AbortSignal }): Promise<RunReport>;
  rollback(extent: number, options: { readonly signal?: AbortSignal }): Promise<RunReport>;
}

/** What is to be proved, and from where. */
export interface Proving {
  /** The migrations to be proved, in order. */
  readonly files: readonly MigrationFile[];
  /** Those that are run first. */
  readonly earlier: readonly MigrationFile[];
  /**
   * The schema to begin with, and what is applied in it; of `roles` only its roles. Without one the scratch begins as it is
   * made.
   */
  readonly start?: { readonly catalog: Catalog; readonly applied: readonly HistoryRow[]; readonly only?: "roles" };
  /** Rollbacks that are kept already, by version: these are tried. */
  readonly kept: ReadonlyMap<string, readonly KeptRollback[]>;
  readonly needs: ScratchNeeds;
  /** Where to look for a scratch database: the first that works is taken. */
  readonly places: readonly ScratchPlace[];
  readonly history: HistoryTable;
  readonly target?: Target;
  readonly engine: (driver: Driver, settings?: Partial<RunSettings>) => Engine;
  readonly signal?: AbortSignal;
}

/** A scratch database with the engine at work in it. */
export interface Bench {
  readonly scratch: Scratch;
  readonly engine: Engine;
  readonly server: string;
  /** What it lacks of the target's schema. */
  readonly lacks: readonly string[];
  /** Runs what is not taken back any more. */
  readonly lastEngine: Engine;
  /** Versions that its history has. */
  readonly applied: Set<string>;
  /** Its schema, where nothing has changed since somebody looked. */
  catalog: Catalog | undefined;
}

/** Opens the first scratch database that can be had, and brings it to where the proof begins; else says why there is none. */
export async function openBench(proving: Proving, earlier: readonly MigrationFile[]): Promise<Bench | string> {
  const reasons: string[] = [];
  const texts = await Promise.all(
    [...proving.files, ...earlier].flatMap(({ path, down }) => [path, ...(down ? [down] : [])]).map(readText),
  );
  const kept = [...proving.kept.values()].flat().flatMap(({ statements }) => statements);
  const cluster = ofServer([...texts, ...kept]);
  for (const place of proving.places) {
    if (place === "server" && cluster !== undefined) {
      reasons.push(`on the target's server: ${cluster}`);
      continue;
    }
    let scratch: Scratch | undefined;
    try {
      scratch = await openScratch(place, proving.needs);
      return await makeBench(scratch, proving, earlier);
    } catch (error) {
      await scratch?.[Symbol.asyncDispose]();
      if (!(error instanceof NoScratch) && !isSessionError(error)) throw error;
      reasons.push(redact(error.message));
    }
  }
  return `there is no scratch database: ${reasons.join("; ")}`;
}

async function makeBench(scratch: Scratch, proving: Proving, earlier: readonly MigrationFile[]): Promise<Bench> {
  const { start, needs, history, engine: engineOn, signal } = proving;
  const { session, driver } = scratch;
  const supabase = needs.supabase && scratch.ownRoles;
  const { lacks } = start === undefined ? { lacks: [] } : await furnish(scratch, start, supabase);
  const state = await readState(session, history, binder(history));
  await session.transaction([...cleanSession, ...ensureStore(history, state)]);
  const engine = engineOn(driver);
  const lastEngine = engineOn(driver, { rollbacks: false });
  const { server } = state.target;
  const bench: Bench = { scratch, engine, lastEngine, server, lacks, applied: new Set(), catalog: undefined };
  for (const file of earlier) {
    await recordApplied(bench, proving, file.version);
    const failure = await attempt(() => lastEngine.execute(file.version, signal ? { signal } : {}), "applied");
    if (failure !== undefined) {
      throw new NoScratch(`${file.path}, which comes before it, does not run in the scratch: ${failure}`);
    }
  }
  return bench;
}

/** What is applied on the target, and older, is so in the scratch: then what is taken back first is what was applied last. */
export async function recordApplied(
  { scratch, applied }: Bench,
  { start, history }: Proving,
  before: string,
): Promise<void> {
  const rows = (start?.applied ?? []).filter(
    ({ version }) => !applied.has(version) && compareVersions(version, before) < 0,
  );
  if (rows.length === 0) return;
  for (const { version } of rows) applied.add(version);
  const versions = textArray(rows.map(({ version }) => version)).replaceAll("'", "''");
  const text = `INSERT INTO ${quoted(history)} (version) SELECT unnest('${versions}'::text[]) ON CONFLICT DO NOTHING`;
  await scratch.session.transaction([...cleanSession, { text }]);
}

/** Runs the engine; undefined where it ended as it should, else what it said. */
export async function attempt(
  work: () => Promise<RunReport>,
  wanted: RunReport["outcome"],
): Promise<string | undefined> {
  try {
    const { outcome, error } = await work();
    if (outcome === "interrupted") throw new ClewError("INTERRUPTED", "the proof was interrupted");
    return outcome === wanted ? undefined : redact(error?.message ?? outcome);
  } catch (error) {
    if (isClewError(error) && error.code !== "INTERRUPTED" && error.code !== "INTERNAL") return redact(error.message);
    throw error;
  }
}

/** The schema of a scratch without what Clew keeps for itself. */
export async function look(session: Session, history: HistoryTable): Promise<Catalog> {
  const catalog = await introspect(session).catch((error: unknown) => {
    throw isSessionError(error) ? new ClewError("INTERNAL", `the scratch: ${redact(error.message)}`) : error;
  });
  return withoutOurs(catalog, history);
}
