// Owns the proof of rollbacks: in a scratch database up, down, up, with what is there compared each time.
import {
  describeDiff,
  diff,
  filterCatalog,
  hashCatalog,
  loadGrammar,
  read,
  schemaOf,
  scriptOf,
  transition,
  type Catalog,
  type Difference,
} from "@clew/sql-analyzer";
import { cleanSession, isSessionError, type Driver, type Session } from "../driver.ts";
import { ClewError, isClewError } from "../errors.ts";
import { readText, type MigrationFile } from "../files/read.ts";
import { introspect } from "../introspect/introspect.ts";
import { redact } from "../redact.ts";
import type { Proof, RunReport } from "../report.ts";
import { worstOf } from "../rollback/class.ts";
import { inverseHash, writtenHash } from "../rollback/proof.ts";
import { binder, quoted, textArray, type HistoryTable } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import { ensureStore } from "../store/schema.ts";
import {
  compareVersions,
  readKeptRollbacks,
  readState,
  type HistoryRow,
  type KeptRollback,
  type Target,
} from "../store/state.ts";
import { ofServer } from "./cluster.ts";
import { furnish } from "./furnish.ts";
import type { ProofReport, ProofStep } from "./report.ts";
import { otherRows, readRows } from "./rows.ts";
import { NoScratch, openScratch, type Scratch, type ScratchNeeds, type ScratchPlace } from "./scratch.ts";
import { seed, unseed, type Seeded } from "./seed.ts";
import { touchedTables, withReferenced } from "./touched.ts";

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
  readonly engine: (driver: Driver) => Engine;
  readonly signal?: AbortSignal;
}

/** A scratch database with the engine at work in it. */
interface Bench {
  readonly scratch: Scratch;
  readonly engine: Engine;
  readonly server: string;
  /** What it lacks of the target's schema. */
  readonly lacks: readonly string[];
  /** Versions that its history has. */
  readonly applied: Set<string>;
}

/** Proves the rollbacks of migrations one after the other. Throws INTERRUPTED. */
export async function prove(proving: Proving): Promise<ProofReport> {
  const began = performance.now();
  const steps: ProofStep[] = [];
  let place: ProofReport["scratch"];
  let bench: Bench | undefined;
  let stuck: string | undefined;
  try {
    for (const [at, file] of proving.files.entries()) {
      const stepBegan = performance.now();
      const { version, name, path } = file;
      const about = { version, name, path, rollback: file.down ? ("hand-written" as const) : ("none" as const) };
      const fails = (reason: string): number =>
        steps.push({ ...about, proof: "not-provable", reason, ms: performance.now() - stepBegan });
      if (proving.signal?.aborted) throw new ClewError("INTERRUPTED", "the proof was interrupted");
      if (stuck === undefined && bench === undefined) {
        const opened = await openBench(proving, [...proving.earlier, ...proving.files.slice(0, at)]);
        if (typeof opened === "string") stuck = opened;
        else {
          bench = opened;
          place = { place: bench.scratch.place, server: bench.server };
        }
      }
      if (stuck !== undefined || bench === undefined) {
        fails(stuck ?? "");
        continue;
      }
      const { goesOn, ...seen } = await proveOne(bench, file, proving);
      steps.push({ ...about, ...seen, ms: performance.now() - stepBegan });
      if (goesOn === "never")
        stuck = `${version}${name ? `_${name}` : ""}, which comes before it, does not run in the scratch`;
      if (goesOn !== "here") {
        await bench.scratch[Symbol.asyncDispose]();
        bench = undefined;
      }
    }
  } finally {
    await bench?.scratch[Symbol.asyncDispose]();
  }
  const is = (proof: Proof): boolean => steps.some((step) => step.proof === proof);
  const outcome = is("disproved") ? "disproved" : is("not-provable") ? "unproved" : "proved";
  return {
    kind: "proof",
    outcome: steps.length === 0 ? "nothing-to-do" : outcome,
    ...(proving.target === undefined ? {} : { target: proving.target }),
    ...(place === undefined ? {} : { scratch: place }),
    steps,
    findings: [],
    ms: performance.now() - began,
  };
}

/** Opens the first scratch database that can be had, and brings it to where the proof begins; else says why there is none. */
async function openBench(proving: Proving, earlier: readonly MigrationFile[]): Promise<Bench | string> {
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
      if (!(error instanceof NoScratch)) throw error;
      reasons.push(error.message);
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
  const bench: Bench = { scratch, engine, server: state.target.server, lacks, applied: new Set() };
  for (const file of earlier) {
    await recordApplied(bench, proving, file.version);
    const failure = await attempt(() => engine.execute(file.version, signal ? { signal } : {}), "applied");
    if (failure !== undefined) {
      throw new NoScratch(`${file.path}, which comes before it, does not run in the scratch: ${failure}`);
    }
  }
  return bench;
}

/** What is applied on the target, and older, is so in the scratch: then what is taken back first is what was applied last. */
async function recordApplied({ scratch, applied }: Bench, { start, history }: Proving, before: string): Promise<void> {
  const rows = (start?.applied ?? []).filter(
    ({ version }) => !applied.has(version) && compareVersions(version, before) < 0,
  );
  if (rows.length === 0) return;
  for (const { version } of rows) applied.add(version);
  const versions = textArray(rows.map(({ version }) => version)).replaceAll("'", "''");
  const text = `INSERT INTO ${quoted(history)} (version) SELECT unnest('${versions}'::text[]) ON CONFLICT DO NOTHING`;
  await scratch.session.transaction([...cleanSession, { text }]);
}

type Seen = Omit<ProofStep, "version" | "name" | "path" | "rollback" | "ms"> &
  Partial<Pick<ProofStep, "rollback">> & {
    /** `here`: the next migration can be proved in this scratch. `anew`: in another. `never`: this one does not run. */
    readonly goesOn: "here" | "anew" | "never";
  };

/** Up, down, with rows up, down, and up again. */
async function proveOne(bench: Bench, file: MigrationFile, proving: Proving): Promise<Seen> {
  const { scratch, engine } = bench;
  const { session } = scratch;
  const signal = proving.signal ? { signal: proving.signal } : {};
  const up = () => attempt(() => engine.execute(file.version, signal), "applied");
  const down = () => attempt(() => engine.rollback(1, signal), "rolled-back");

  await recordApplied(bench, proving, file.version);
  const before = await look(session);
  const upFailed = await up();
  if (upFailed !== undefined) {
    const lacking = bench.lacks.length > 0 ? `; the scratch lacks of the target: ${shortened(bench.lacks)}` : "";
    return { proof: "not-provable", reason: `it does not run in the scratch: ${upFailed}${lacking}`, goesOn: "never" };
  }
  const after = await look(session);
  const way = await wayBack(bench, file, proving);
  const about = {
    ...(way.class === undefined ? {} : { class: way.class }),
    rollback: way.rollback,
    ...(way.inverse === undefined ? {} : { inverse: way.inverse }),
    before: hashCatalog(before),
    after: hashCatalog(after),
  };
  const verdict = (proof: Proof, goesOn: Seen["goesOn"], reason?: string, more: Partial<Seen> = {}): Seen => ({
    ...about,
    ...more,
    proof,
    ...(reason === undefined ? {} : { reason }),
    goesOn,
  });
  /** What of the schema is not as it was; where it is only what the class admits, nothing. */
  const unlike = (was: Catalog, is: Catalog): readonly Difference[] =>
    diff(was, is).filter(({ field }) => !(way.class === "lossy" && field === "columns"));
  const differing = (was: Catalog, is: Catalog, reason: string, more: Partial<Seen> = {}): Seen =>
    verdict("disproved", "anew", reason, {
      ...more,
      differences: { words: describeDiff(diff(was, is)), sql: scriptOf(transition(is, was).actions) },
    });

  if (way.class === "impossible") return verdict("not-provable", "here", `it has no rollback: ${way.reason ?? ""}`);
  if (way.rollback === "none") return verdict("not-provable", "here", "it has no rollback");
  const downFailed = await down();
  if (downFailed !== undefined) return verdict("disproved", "anew", `the rollback fails: ${downFailed}`);
  const back = await look(session);
  if (unlike(before, back).length > 0) {
    return differing(before, back, "the rollback does not give the schema back");
  }

  const statements = read(await readText(file.path), await loadGrammar()).statements;
  const touched = touchedTables(before, after, statements);
  const seeded = await seed(session, withReferenced(touched, before), before);
  const rows = {
    tables: seeded.tables.length,
    rows: seeded.rows,
    refused: seeded.refused.map(({ key }) => key),
  };
  const withRows = { rows };
  const trial = await tryRows(bench, file, proving, seeded, before, { up, down });
  if (trial.end === "lost") {
    // What is written by hand admits no loss.
    return way.class === undefined || way.class === "exact"
      ? verdict("disproved", "anew", trial.reason, withRows)
      : verdict("proved-structure", "anew", trial.reason, withRows);
  }
  await unseed(session, seeded);
  const againFailed = await up();
  if (againFailed !== undefined) {
    return verdict("disproved", "anew", `after the rollback it does not run again: ${againFailed}`, withRows);
  }
  const again = await look(session);
  if (unlike(after, again).length > 0) {
    return differing(after, again, "run again after the rollback, it makes another schema", withRows);
  }
  if (trial.end === "not-tried") return verdict("proved-structure", "here", trial.reason, withRows);
  const untried = touched.filter((table) => seeded.refused.includes(table)).map(({ key }) => key);
  if (untried.length > 0) {
    return verdict("proved-structure", "here", `there were no rows to try in ${shortened(untried)}`, withRows);
  }
  return verdict("proved", "here", undefined, withRows);
}

type Trial =
  | { readonly end: "same" }
  /** Nothing was changed by trying. */
  | { readonly end: "not-tried"; readonly reason: string }
  | { readonly end: "lost"; readonly reason: string };

/** The same with rows in the tables: they must be there again. */
async function tryRows(
  { scratch: { session } }: Bench,
  file: MigrationFile,
  { kept }: Proving,
  seeded: Seeded,
  before: Catalog,
  { up, down }: Record<"up" | "down", () => Promise<string | undefined>>,
): Promise<Trial> {
  if (seeded.tables.length === 0) return { end: "same" };
  const was = await readRows(session, before);
  const upFailed = await up();
  if (upFailed !== undefined) {
    const untouched = diff(before, await look(session)).length === 0;
    return {
      end: untouched ? "not-tried" : "lost",
      reason: `rows were not tried, for it does not run with those that were generated: ${upFailed}`,
    };
  }
  await replaceKept(session, file, kept);
  const downFailed = await down();
  if (downFailed !== undefined) return { end: "lost", reason: `with rows the rollback fails: ${downFailed}` };
  const others = otherRows(was, await readRows(session, before));
  if (others.length === 0) return { end: "same" };
  return { end: "lost", reason: `the rollback does not give back the rows of ${shortened(others)}` };
}

interface WayBack extends Pick<ProofStep, "rollback"> {
  readonly class?: KeptRollback["class"];
  readonly reason?: string;
  readonly inverse?: string;
}

/** The rollback that will be run in the scratch: the one written by hand, one kept already, or the one kept just now. */
async function wayBack(
  { scratch: { session } }: Bench,
  file: MigrationFile,
  { history, kept }: Proving,
): Promise<WayBack> {
  if (file.down !== undefined) return { rollback: "hand-written", inverse: writtenHash(await readText(file.down)) };
  await replaceKept(session, file, kept);
  const bind = binder(history);
  const state = await readState(session, history, bind);
  const segments = kept.get(file.version) ?? (await readKeptRollbacks(session, bind, state, [file.version]));
  if (segments.length === 0) return { rollback: "none" };
  return { rollback: "synthesised", ...worstOf(segments), inverse: inverseHash(segments) };
}

/** Puts the rollback that is kept on the target in the place of the one that the scratch has made. */
async function replaceKept(session: Session, { version, down }: MigrationFile, kept: Proving["kept"]): Promise<void> {
  const segments = kept.get(version);
  if (segments === undefined || down !== undefined) return;
  const bind = binder({ schema: "clew", table: "unused" });
  await session.transaction([
    ...cleanSession,
    bind(sql.deleteRollbacks, { version }),
    ...segments.map(({ ordinal, class: verdict, reason, statements, archive }) =>
      bind(sql.insertRollback, {
        version,
        ordinal: String(ordinal),
        class: verdict,
        reason,
        statements: textArray(statements),
        archive,
        run: "00000000-0000-0000-0000-000000000000",
      }),
    ),
  ]);
}

/** Runs the engine; undefined where it ended as it should, else what it said. */
async function attempt(work: () => Promise<RunReport>, wanted: RunReport["outcome"]): Promise<string | undefined> {
  try {
    const { outcome, error } = await work();
    if (outcome === "interrupted") throw new ClewError("INTERRUPTED", "the proof was interrupted");
    return outcome === wanted ? undefined : redact(error?.message ?? outcome);
  } catch (error) {
    if (isClewError(error) && error.code !== "INTERRUPTED" && error.code !== "INTERNAL") return redact(error.message);
    throw error;
  }
}

/** The schema without what Clew keeps for itself. */
async function look(session: Session): Promise<Catalog> {
  const catalog = await introspect(session).catch((error: unknown) => {
    throw isSessionError(error) ? new ClewError("INTERNAL", `the scratch: ${redact(error.message)}`) : error;
  });
  return filterCatalog(catalog, (fact) => !["clew", "clew_archive"].includes(schemaOf(fact) ?? ""));
}

function shortened(words: readonly string[]): string {
  const shown = words.slice(0, 3).join(", ");
  return words.length > 3 ? `${shown} and ${words.length - 3} more` : shown;
}
