// Owns what a proof returns: plain data, the same for programs and for --json.
import type { Proof, ReportFinding } from "../report.ts";
import type { RollbackClass, Target } from "../store/state.ts";

/** What was seen of one migration's rollback. */
export interface ProofStep {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  readonly rollback: "hand-written" | "synthesised" | "none";
  /** How much the rollback says that it gives back. */
  readonly class?: RollbackClass;
  readonly proof: Proof;
  /** Why it is not `proved`. */
  readonly reason?: string;
  /** What is not as it was before, or as it was when the migration ran first: in words, and as the SQL that would mend it. */
  readonly differences?: { readonly words: readonly string[]; readonly sql: readonly string[] };
  /** The generated rows that were there: in how many tables, and the tables that took none. */
  readonly rows?: { readonly tables: number; readonly rows: number; readonly refused: readonly string[] };
  /** SHA-256 of the rollback that was tried, of the schema before the migration, and of the schema after it. */
  readonly inverse?: string;
  readonly before?: string;
  readonly after?: string;
  /** Milliseconds. */
  readonly ms: number;
}

/** What `prove` returns. */
export interface ProofReport {
  readonly kind: "proof";
  /** The worst of the steps: `unproved` where one is not provable. */
  readonly outcome: "proved" | "unproved" | "disproved" | "nothing-to-do";
  /** Absent where there was no database. */
  readonly target?: Target;
  /** Where it was tried; absent where no scratch database was to be had. */
  readonly scratch?: { readonly place: "embedded" | "server"; readonly server: string };
  readonly steps: readonly ProofStep[];
  readonly findings: readonly ReportFinding[];
  readonly ms: number;
}

/** The exit status that stands for the outcome of a proof. */
export const proofExit: Readonly<Record<ProofReport["outcome"], number>> = {
  proved: 0,
  unproved: 0,
  disproved: 4,
  "nothing-to-do": 0,
};
