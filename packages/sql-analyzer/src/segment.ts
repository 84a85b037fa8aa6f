// Cuts a script into segments: runs of statements that share one fate. Pure.
import type { Finding } from "./finding.ts";
import type { Script, Statement } from "./read.ts";

/**
 * A run of statements that share one fate: one transaction, or one statement that refuses a transaction.
 * `begin` holds the modes that the author gave to BEGIN, as written, such as `ISOLATION LEVEL SERIALIZABLE`.
 */
export interface Segment {
  readonly kind: "transaction" | "alone";
  readonly statements: readonly Statement[];
  readonly begin?: string;
}

export interface Segments {
  readonly segments: readonly Segment[];
  readonly findings: readonly Finding[];
}

export function segment(script: Script): Segments {
  const segments: Segment[] = [];
  let run: Statement[] = [];
  const close = () => {
    if (run.length > 0) segments.push({ kind: "transaction", statements: run });
    run = [];
  };
  for (const statement of script.statements) {
    if (statement.boundary === "alone") {
      close();
      segments.push({ kind: "alone", statements: [statement] });
    } else if (statement.boundary === "transaction-control") close();
    else run.push(statement);
  }
  close();
  return { segments, findings: [] };
}
