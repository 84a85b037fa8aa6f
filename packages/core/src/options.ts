// Owns what the engine can be told: where the database and the files are, and how a run is to go.
import type { Outside } from "./archive/outside.ts";
import type { Check } from "./checks.ts";
import type { Pooler } from "./connect.ts";
import type { Driver } from "./driver.ts";
import type { Observe } from "./events.ts";
import type { Plan } from "./plan/plan.ts";
import type { ProofDemand } from "./prove/demand.ts";
import type { ScratchPlace } from "./prove/scratch.ts";
import type { ApprovalDemand } from "./run/approval.ts";
import type { RunSettings } from "./run/settings.ts";
import type { Platform } from "./schema/platform.ts";
import type { HistoryTable } from "./store/bind.ts";

/**
 * What a MigrationExecutor is made with. The first of `driver`, `databaseUrl`, `embedded`, `supabaseUrl` with `serviceKey`, and
 * what the environment names, is used.
 */
export interface ExecutorOptions extends Partial<RunSettings> {
  /** How to reach the database. */
  readonly driver?: Driver;
  /** `postgresql://…`; needs the package `pg`. */
  readonly databaseUrl?: string;
  /** Folder of the embedded Postgres, or `true` for one in memory; needs `@electric-sql/pglite`. */
  readonly embedded?: string | true;
  /** `https://<project>.supabase.co`: migrations run through the project's API. Needs `serviceKey` and `@supabase/supabase-js`. */
  readonly supabaseUrl?: string;
  /** The project's service_role key or secret key (`sb_secret_…`). */
  readonly serviceKey?: string;
  /** Whether `databaseUrl` leads to a pooler, and of which mode: see `Pooler`. Default: `transaction` at port 6543, as Supabase has it. */
  readonly pooler?: Pooler;
  /** The migrations folder. Default `supabase/migrations`. */
  readonly dir?: string;
  /** Where the history is kept. Default Supabase's `supabase_migrations.schema_migrations`. */
  readonly historyTable?: HistoryTable;
  /** What a new database has, onto which files are folded: `supabase` or `postgres`. Default: as the database at hand, or Supabase. */
  readonly platform?: Platform;
  /** Told of every event; they can never change an outcome. */
  readonly observers?: readonly Observe[];
  /** Awaited before and after a run; an error among their findings stops it. */
  readonly checks?: readonly Check[];
  /** Who runs, for the journal. Default user@host. */
  readonly who?: string;
  /** Whether a run refuses migrations whose rollbacks are not proved. Default: it does not ask. */
  readonly proof?: ProofDemand;
  /** Whether a plan must be approved before it runs, and by how many. Default `none`. */
  readonly approval?: ApprovalDemand;
  /** The folder in which approvals lie as files. Default `approvals`. */
  readonly approvals?: string;
  /** Where rows are kept that are too many for the database, or that it may not keep. Default: nowhere. */
  readonly outside?: Outside;
  /** Where scratch databases are made: see `ProveOptions`. */
  readonly scratch?: ScratchPlace;
}

/** Which migrations are meant, and what ends the run early. */
export interface ExecuteOptions {
  /** Runs an applied migration again: this one alone. */
  readonly force?: boolean;
  /** The id of the approved plan: another one is refused. Throws PLAN_CHANGED. */
  readonly approve?: string;
  /** The approved plan itself, so that a refusal says what has changed since. */
  readonly plan?: Plan;
  /** Takes back what the run has applied when it fails, newest first. Default false. */
  readonly autoRollback?: boolean;
  /** Ends the run between two statements: the running transaction rolls back, and the report says what was applied. */
  readonly signal?: AbortSignal;
}

/** What is planned, and how much is told of it. */
export interface PlanOptions extends Pick<ExecuteOptions, "force" | "signal"> {
  /** Tries the rollbacks in a scratch database, as `prove` does; each step then has its proof. Default false. */
  readonly prove?: boolean;
}
