// Owns what a run returns: plain data, the same for programs and for --json.
import type { ErrorData, ErrorPlace } from "./errors.ts";
import type { RollbackClass, Target } from "./store/state.ts";

/** What was found about files, history or statements; it stops a run when it is an error. */
export interface ReportFinding {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly help?: string;
  readonly version?: string;
  readonly at?: ErrorPlace;
}

/** What became of one migration. */
export interface StepReport {
  readonly version: string;
  readonly name: string;
  readonly path?: string;
  /** `applied-elsewhere`: another run applied it meanwhile. `skipped`: it failed, and the run went on without it. */
  readonly status: "applied" | "applied-elsewhere" | "rolled-back" | "failed" | "skipped" | "in-doubt" | "not-run";
  /** Milliseconds, as the client saw them. */
  readonly ms?: number;
  /** How many statements it has, or its rollback. */
  readonly statements?: number;
  /** Of a migration in several segments: how many have run. */
  readonly segments?: { readonly done: number; readonly of: number };
  /** How much its rollback gives back, and why not all. */
  readonly class?: RollbackClass;
  readonly reason?: string;
  readonly proof?: Proof;
  readonly rows?: RowTally;
  /** What its statements took, in order; those of a transaction that was rolled back too. */
  readonly figures?: readonly StatementFigures[];
  readonly error?: ErrorData;
}

/** What a statement took, or several that were told together. */
export interface StatementFigures {
  /** Its place within the transaction, from 1; `to` where several were told together. */
  readonly statement: number;
  readonly to?: number;
  readonly ms: number;
  /** Milliseconds of these in which it was seen to wait for a lock; looked at after two seconds, and then once a second. */
  readonly blockedMs?: number;
  /** Rows that it changed or returned; absent where the server or the channel does not tell. */
  readonly rows?: number;
  readonly kind?: string;
  readonly line: number;
}

/** A figure that a channel cannot tell. */
export interface UntoldFigure {
  readonly figure: "time" | "rows" | "lock waits" | "bytes sent";
  readonly why: string;
}

/**
 * What was seen of a rollback in a scratch database: schema and rows come back; the schema does, and there were no rows to
 * tell; something does not; it could not be tried; nobody has tried.
 */
export type Proof = "proved" | "proved-structure" | "disproved" | "not-provable" | "unproved";

/** Rows that the archive keeps for a rollback, and what became of them when it ran. */
export interface RowTally {
  readonly kept: number;
  readonly restored: number;
  /** Rows that somebody has written since, and that were left as they are. */
  readonly conflicts: number;
  /** The database has kept nothing of this migration: what it wrote can only come from elsewhere. */
  readonly none?: true;
}

/** How a run ended. */
export type RunOutcome =
  | "applied"
  | "rolled-back"
  | "nothing-to-do"
  | "failed"
  /** Migrations that failed were skipped, and the others applied. */
  | "partly-applied"
  | "in-doubt"
  | "another-run"
  | "interrupted"
  /** Applied, and a check afterwards found that the result is not what was wanted. */
  | "unverified";

/** What a run cost, as the client saw it. */
export interface RunFigures {
  /** Milliseconds of the client's processor since it was started. */
  readonly cpuMs: number;
  /** The most memory that the client has used, in bytes. */
  readonly memoryBytes: number;
  /** Milliseconds in which a step was seen to wait for a lock. */
  readonly blockedMs: number;
  /** Bytes that were sent to the database for the run; absent where the channel does not count them. */
  readonly sentBytes?: number;
  /** The statements that took longest, at most five. */
  readonly slowest: readonly (Omit<StatementFigures, "line"> & {
    readonly version: string;
    readonly name: string;
    readonly at: { readonly path: string; readonly line: number };
  })[];
  /** How many statements are not told one by one, of a run with more than 10,000. */
  readonly leftOut?: number;
  /** What this channel cannot tell of a run. */
  readonly untold: readonly UntoldFigure[];
}

/** The report of a run that has begun. */
export interface RunReport {
  readonly kind: "execute" | "rollback";
  readonly outcome: RunOutcome;
  /** Id of the run in the journal; null where there was nothing to do. */
  readonly run: string | null;
  readonly target: Target;
  readonly steps: readonly StepReport[];
  readonly findings: readonly ReportFinding[];
  /** The error that ended the run, or the first of those that were skipped. */
  readonly error?: ErrorData;
  readonly ms: number;
  /** Absent where nothing was to run. */
  readonly figures?: RunFigures;
}

/** One migration in `status`. */
export interface StatusStep {
  readonly version: string;
  readonly name: string;
  readonly path?: string;
  /** `changed`: applied, and the file is another now. `missing`: applied, without a file. `partly-applied`: some of its segments have run. */
  readonly status: "applied" | "pending" | "changed" | "missing" | "partly-applied" | "in-doubt" | "failed";
  readonly appliedAt?: string;
  readonly who?: string;
  /** What applied it; `another tool` where Clew's journal does not know it. */
  readonly tool?: string;
  readonly rollback: "hand-written" | "synthesised" | "none";
  /** How much the rollback that was kept gives back. */
  readonly class?: RollbackClass;
  /** The backup that its rollback takes rows from, where the database does not keep them. */
  readonly backup?: string;
  readonly proof?: Proof;
  readonly segments?: { readonly done: number; readonly of: number };
  /** SQLSTATE and message of the last attempt, where that failed. */
  readonly failure?: string;
}

/** What `status` and `validate` return. */
export interface StatusReport {
  readonly kind: "status" | "validate";
  readonly outcome: "up-to-date" | "pending" | "invalid" | "in-doubt";
  /** Absent where files were validated without a database. */
  readonly target?: Target;
  readonly counts: {
    readonly applied: number;
    readonly pending: number;
    readonly missing: number;
    readonly changed: number;
  };
  readonly steps: readonly StatusStep[];
  readonly findings: readonly ReportFinding[];
  /** The run that is at work now. */
  readonly running?: { readonly run: string; readonly who: string };
  /** Of `validate`: everything that there is to look at. */
  readonly looked?: readonly Looked[];
}

/** Something that `validate` has looked at, or why it could not. */
export interface Looked {
  readonly what: "files" | "history" | "checksums" | "names" | "indexes" | "schema";
  readonly not?: string;
}

export function notLooked(what: Looked["what"], not: string): Looked {
  return { what, not };
}

export function hasErrors(findings: readonly ReportFinding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

/** The exit status that stands for a run's outcome. */
export const outcomeExit: Readonly<Record<RunOutcome, number>> = {
  applied: 0,
  "rolled-back": 0,
  "nothing-to-do": 0,
  failed: 1,
  "partly-applied": 1,
  interrupted: 1,
  "another-run": 5,
  "in-doubt": 6,
  unverified: 7,
};
