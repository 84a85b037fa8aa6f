// Owns MigrationExecutor, the public face of the engine: files → plan → execution → report.
import { randomUUID } from "node:crypto";
import type { Catalog } from "@clew/sql-analyzer";
import { purgeKeptRows, readKeptRows, type KeptRows } from "./archive/kept-rows.ts";
import { contextOf, runChecks, notChecked, withFindings } from "./checks.ts";
import { compare, type Comparison } from "./plan/compare.ts";
import { hasDatabase, openDatabase, openSession, urlOf, type Opened } from "./connect.ts";
import { isSessionError, type Driver, type Session } from "./driver.ts";
import { whoRuns } from "./environment.ts";
import { liveSchema } from "./introspect/live.ts";
import { tell } from "./events.ts";
import { ownError } from "./run/explain.ts";
import { changedFiles, folderFindings, historyFindings, refuseOutOfOrder, refuseStrict } from "./plan/findings.ts";
import { makeStep, type Foretold, type Step } from "./plan/plan.ts";
import { openRecovery, type RecoveryDesk } from "./recover/desk.ts";
import { openDesk, placeOf, type DeskPlace, type HistoryDesk } from "./history/desk.ts";
import { readFolder, type Folder, type MigrationFile } from "./files/read.ts";
import type { Author, Books } from "./run/records.ts";
import type { ReportFinding, RunReport, StatusReport } from "./report.ts";
import type { ProofReport } from "./prove/report.ts";
import type { ProofContext, ProveOptions } from "./prove/request.ts";
import type { ExecuteOptions, ExecutorOptions, PlanOptions } from "./options.ts";
import { refuseUnapproved, type ApprovalDemand } from "./run/approval.ts";
import { passGate } from "./run/gate.ts";
import { run, type Work } from "./run/run.ts";
import { nothingToDo, workOf } from "./run/work.ts";
import { refuseUnsupported } from "./run/unsupported.ts";
import { holders } from "./run/watch.ts";
import { defaultSettings, type RunSettings } from "./run/settings.ts";
import { refuseOthers, takeBack, type Left } from "./rollback/put-back.ts";
import { readProofs } from "./rollback/proof.ts";
import { withKeptRows, withRestoredRows } from "./rollback/rows.ts";
import { reach, refuseExtent, stepsBack, type Extent } from "./rollback/ways.ts";
import { statusReport } from "./plan/status.ts";
import type { SchemaDifference } from "./schema/difference.ts";
import type { SchemaDrift } from "./schema/drift.ts";
import type { Platform } from "./schema/platform.ts";
import { countSegments, makeSteps, select } from "./plan/steps.ts";
import { binder, supabaseHistory } from "./store/bind.ts";
import { readState, type State } from "./store/state.ts";
import { toolVersion } from "./version.ts";

interface Look {
  readonly folder: Folder;
  readonly state: State;
  readonly comparison: Comparison;
  readonly changed: readonly MigrationFile[];
  readonly findings: readonly ReportFinding[];
}

/**
 * Runs SQL migrations in order, each atomic with its record.
 *
 * Throws a ClewError before anything has run (unreachable database, unreadable files, an invalid plan); once a migration
 * has begun, what happened is in the report that is returned.
 *
 * @example
 * const executor = new MigrationExecutor({ databaseUrl, dir: "supabase/migrations" });
 * const report = await executor.executeAll();
 */
export class MigrationExecutor {
  readonly #options: ExecutorOptions;
  readonly #settings: RunSettings;
  #opened: Promise<Opened> | undefined;

  constructor(options: ExecutorOptions = {}) {
    this.#options = options;
    const given = Object.entries(options).filter(([key, value]) => key in defaultSettings && value !== undefined);
    this.#settings = { ...defaultSettings, ...Object.fromEntries(given) };
  }

  /** Applies every pending migration. */
  async executeAll(options: ExecuteOptions = {}): Promise<RunReport> {
    return this.#execute(undefined, options);
  }

  /** Applies pending migrations up to and including `version`; with `force`, that one alone, also when it is applied. */
  async execute(version: string, options: ExecuteOptions = {}): Promise<RunReport> {
    return this.#execute(version, options);
  }

  /** What `executeAll`, or `execute(version)`, would do; with `prove`, and the proofs of its rollbacks. Changes nothing. */
  async plan(version?: string, options: PlanOptions = {}): Promise<Foretold> {
    return this.#inSession(async (session, driver) => {
      const look = await this.#look(session);
      const work = await this.#workFrom(look, version, options);
      await refuseUnsupported(driver, work.steps);
      const { foretell } = await import("./rollback/foresee.ts");
      const plan = await foretell(session, work, this.#settings, this.#options);
      const proving = options.prove ? await import("./prove/foretold.ts") : undefined;
      return proving?.withProofs(session, look.state, plan, this.#proofContext(options)) ?? plan;
    });
  }

  /**
   * Takes back the last so many applied migrations, or all after a version (`{ to }`; `0` for all), the newest first, each
   * atomic with its history row. Throws NO_ROLLBACK.
   */
  async rollback(extent: Extent = 1, options: Omit<ExecuteOptions, "force" | "autoRollback"> = {}): Promise<RunReport> {
    return this.#rollback(extent, options, this.#options.approval);
  }

  async #rollback(extent: Extent, options: ExecuteOptions, demand?: ApprovalDemand, left?: Left): Promise<RunReport> {
    refuseExtent(extent);
    let steps: readonly Step[] = [];
    const rollbackOf = async (session: Session): Promise<{ state: State; work: Work }> => {
      const found = await this.#rollbackOf(session, extent);
      steps = found.work.steps;
      if (left) refuseOthers(steps, left);
      return found;
    };
    const report = await this.#run("rollback", options, rollbackOf, demand);
    return this.#inSession((session) => withRestoredRows(session, report, steps)).catch(() => report);
  }

  /** What `rollback` would do. Changes nothing. */
  async planRollback(extent: Extent = 1): Promise<Foretold> {
    refuseExtent(extent);
    return this.#inSession(async (session) => {
      const { work } = await this.#rollbackOf(session, extent);
      return withKeptRows(session, work);
    });
  }

  /** What is applied, pending, changed, missing. */
  async getStatus(): Promise<StatusReport> {
    return this.#inSession(async (session) => {
      const { folder, state, comparison, changed, findings } = await this.#look(session);
      const counts = await countSegments(comparison.pending.filter((file) => comparison.partly.has(file.version)));
      const proofs = await readProofs(folder.files, state.rollbacks);
      return statusReport("status", folder.files, state, comparison, changed, findings, counts, proofs);
    });
  }

  /**
   * Looks at everything that can be looked at without running anything: files, history, checksums, names, indexes, and whether
   * the schema is what the applied files make. The report says what could not be looked at, and why.
   */
  async validate(): Promise<StatusReport> {
    const { validateFiles, validateDatabase } = await import("./plan/validation.ts");
    if (!hasDatabase(this.#options)) return validateFiles(await readFolder(this.#dir()), this.#platform());
    const { historyTable: history = supabaseHistory, platform } = this.#options;
    return this.#inSession(async (session) =>
      validateDatabase(session, await this.#look(session, true), history, platform),
    );
  }

  /**
   * The schema as data: of the database, or, with a version or without a database, what the files up to that version make of
   * a new database, without running anything. Throws UNKNOWN_VERSION.
   */
  async schema(version?: string): Promise<Catalog> {
    if (version === undefined && hasDatabase(this.#options)) {
      const { introspect } = await import("./introspect/introspect.ts");
      const { withoutOurs } = await import("./schema/ours.ts");
      const { historyTable = supabaseHistory } = this.#options;
      return this.#inSession(async (session) =>
        introspect(session).then(
          (catalog) => withoutOurs(catalog, historyTable),
          (error: unknown) => Promise.reject(ownError(error, "reading the schema")),
        ),
      );
    }
    const { foldVersions } = await import("./schema/folder.ts");
    return (await foldVersions(await readFolder(this.#dir()), [version] as const, this.#platform()))[0];
  }

  /** What the migrations after version `from`, up to and including `to`, change in the schema, without running anything. */
  async schemaDifference(from: string, to?: string): Promise<SchemaDifference> {
    const { compareFolds } = await import("./schema/difference.ts");
    return compareFolds(await readFolder(this.#dir()), from, to, this.#platform());
  }

  /**
   * Where the database is not what its applied files make, compared without running anything; of a database without a
   * history, all files. Objects of the platform count as far as files touch them.
   */
  async schemaDrift(): Promise<SchemaDrift> {
    const { readDrift } = await import("./schema/drift.ts");
    return this.#inSession(async (session) => {
      const { folder, state, comparison } = await this.#look(session);
      const { historyTable: history = supabaseHistory, platform } = this.#options;
      const known = state.history.length > 0;
      const applied = known ? comparison.applied.map(({ file }) => file) : folder.files;
      const pending = known ? comparison.pending : [];
      return readDrift(liveSchema(session), { applied, pending, role: state.target.user, history, platform });
    });
  }

  /** The rows that migrations changed or destroyed and that are kept for their rollbacks, the oldest first. */
  async keptRows(): Promise<readonly KeptRows[]> {
    return this.#inSession(readKeptRows);
  }

  /**
   * Lets go of kept rows that expire before a time; default: that have expired. Gives what is gone. Rollbacks that needed
   * them become `impossible`.
   */
  async purgeKeptRows(before: Date = new Date()): Promise<readonly KeptRows[]> {
    return this.#inSession(async (session) => {
      const gone = (await readKeptRows(session)).filter(({ expiresAt }) => expiresAt && new Date(expiresAt) < before);
      await purgeKeptRows(session, gone);
      return gone;
    });
  }

  #platform(): Platform {
    return this.#options.platform ?? "supabase";
  }

  /**
   * Tries the rollbacks of all pending migrations, or of one, in a scratch database: up, down, the same schema and rows, up
   * again. Without a database the files are tried on a new one of the platform. What is proved of an applied migration
   * is kept with its rollback. Throws UNKNOWN_VERSION.
   */
  async prove(version?: string, options: ProveOptions = {}): Promise<ProofReport> {
    const { proveFolder, proveOnTarget } = await import("./prove/request.ts");
    const context = this.#proofContext(options);
    if (!hasDatabase(this.#options)) return proveFolder(await readFolder(this.#dir()), version, context);
    return this.#inSession(async (session) =>
      proveOnTarget(session, await this.#look(session, false), version, context),
    );
  }

  /** What brings history and files into step where another tool, another branch or a hand has put them out of it. */
  get history(): HistoryDesk {
    const place = (): DeskPlace => placeOf(this.#options, this.#dir(), this.#author());
    return openDesk((work) => this.#inSession(work), place);
  }

  /** What an earlier run has left that did not end well, and what is right to do about it. */
  get recovery(): RecoveryDesk {
    const look = (session: Session): Promise<Look> => this.#look(session, false);
    return openRecovery((work) => this.#inSession(work), look);
  }

  /** Closes what this executor opened by itself: the embedded database. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // That it could not be opened was said to the one who asked for it.
    await (await opened?.catch(() => undefined))?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #execute(version: string | undefined, options: ExecuteOptions): Promise<RunReport> {
    const workOfRun = async (session: Session): Promise<{ state: State; work: Work }> => {
      const look = await this.#look(session);
      return { state: look.state, work: await this.#workFrom(look, version, options) };
    };
    const report = await this.#run("execute", options, workOfRun, this.#options.approval);
    const back = (left: Left): Promise<RunReport> => this.#rollback(left.versions.length, {}, undefined, left);
    return takeBack(report, this.#settings, options, back);
  }

  /** read → plan → checks → run → checks. */
  async #run(
    kind: RunReport["kind"],
    { signal, approve, plan }: ExecuteOptions,
    workOfRun: (session: Session) => Promise<{ state: State; work: Work }>,
    demand: ApprovalDemand = "none",
  ): Promise<RunReport> {
    const { checks = [], observers = [], approvals: folder = "approvals" } = this.#options;
    const emit = tell(observers);
    const approving = { demand, folder, approve, approved: plan, who: this.#author().who };
    const prepareWork = async (session: Session): Promise<{ state: State; work: Work }> => {
      const found = await workOfRun(session);
      await refuseUnapproved(found.work.plan, approving);
      return found;
    };
    return this.#inSession(async (session, driver) => {
      const { state, work } = await prepareWork(session);
      if (work.steps.length === 0) return nothingToDo(kind, work);
      await refuseUnsupported(driver, work.steps);
      const context = contextOf(session, work, signal, this.#options.historyTable);
      const before = await passGate({ kind, settings: this.#settings, checks, driver }, work, context);
      const { proof = "optional" } = this.#options;
      const proving = kind === "execute" && proof !== "optional" ? await import("./prove/demand.ts") : undefined;
      const trying = this.#proofContext(signal ? { signal } : {});
      const demanded = await proving?.proveDemanded(session, state, work, trying, proof);
      const report = await run(
        {
          kind,
          driver,
          session,
          books: this.#books(state),
          author: this.#author(),
          settings: this.#settings,
          emit,
          signal,
          outside: this.#options.outside,
        },
        state,
        { ...work, findings: [...work.findings, ...before, ...(demanded?.findings ?? [])] },
        async (current) => {
          const renewed = (await prepareWork(current)).work;
          return demanded ? proving!.refuseOthers(renewed, demanded) : renewed;
        },
      );
      const after = report.outcome === "applied" ? await runChecks(checks, "after", context).catch(notChecked) : [];
      const told = demanded ? await proving!.keepDemanded(session, demanded, report, trying.historyTable) : report;
      const verified = withFindings(told, after);
      emit({ type: "run.finished", report: verified });
      return verified;
    });
  }

  async #workFrom(look: Look, version: string | undefined, { force = false }: ExecuteOptions): Promise<Work> {
    const { state, comparison, folder, findings } = look;
    refuseStrict(findings);
    const files = select(folder, comparison, version, force);
    const late = new Set(comparison.outOfOrder);
    const tooLate = this.#settings.outOfOrder || force ? [] : files.filter((file) => late.has(file));
    refuseOutOfOrder(tooLate, comparison.head);
    const applied = new Set(comparison.applied.map(({ file }) => file));
    const steps = await makeSteps(files, this.#settings.continueOnError, (file, script) =>
      makeStep(file, script, "up", state.segments, applied.has(file)),
    );
    return workOf(look, steps);
  }

  async #rollbackOf(session: Session, extent: Extent): Promise<{ state: State; work: Work }> {
    const look = await this.#look(session);
    const { state, folder } = look;
    const { historyTable = supabaseHistory } = this.#options;
    const steps = await stepsBack(session, binder(historyTable), folder, state, reach(state, look.comparison, extent));
    return { state, work: workOf(look, steps) };
  }

  async #look(session: Session, strict = this.#settings.strict): Promise<Look> {
    const folder = await readFolder(this.#dir());
    const { historyTable = supabaseHistory } = this.#options;
    const bind = binder(historyTable);
    try {
      const state = await readState(session, historyTable, bind);
      const comparison = compare(folder.files, state);
      const changed = await changedFiles(session, bind, state.columns, comparison);
      return {
        folder,
        state,
        comparison,
        changed,
        findings: [...folderFindings(folder), ...historyFindings(comparison, changed, strict)],
      };
    } catch (error) {
      throw ownError(error, "reading history and journal", await holders(session, historyTable));
    }
  }

  async #inSession<T>(work: (session: Session, driver: Driver) => Promise<T>): Promise<T> {
    const { driver } = await (this.#opened ??= openDatabase(this.#options));
    const session = await openSession(driver, this.#settings.connectRetries);
    try {
      return await work(session, driver);
    } catch (error) {
      throw isSessionError(error) ? ownError(error, "asking the database") : error;
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }

  #dir(): string {
    return this.#options.dir ?? "supabase/migrations";
  }

  #proofContext(options: ProveOptions): ProofContext {
    const { historyTable = supabaseHistory, platform, scratch } = this.#options;
    return {
      dir: this.#dir(),
      historyTable,
      platform,
      url: urlOf(this.#options),
      options: { ...(scratch === undefined ? {} : { scratch }), ...options },
      engine: (driver, settings = {}) =>
        new MigrationExecutor({ ...trial, ...settings, dir: this.#dir(), driver, historyTable }),
    };
  }

  #author(): Author {
    return { run: randomUUID(), who: this.#options.who ?? whoRuns(), tool: `clew ${toolVersion}` };
  }

  #books({ columns, unique }: State): Books {
    const { historyTable = supabaseHistory } = this.#options;
    return { history: historyTable, bind: binder(historyTable), unique: unique || columns.length === 0 };
  }
}

/** How a scratch database is migrated: as the target would be, whatever stands in its way by history. */
const trial: Partial<RunSettings> = {
  outOfOrder: true,
  wait: 1_000,
  names: false,
  privileges: false,
  onPartial: "resume",
};
