// One thing to say about a text: what is wrong, where, and what to do.

/** `error`: it would fail, or must not be run. `warning`: it may be wrong. `info`: for those who add findings; none here is one. */
export type Severity = "error" | "warning" | "info";

/** One thing to say about a text: what is wrong, where, and what to do. */
export interface Finding {
  /** What it is, for machines: `SYNTAX_ERROR`, `PSQL_COMMAND`, … */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence for a person, without the place. */
  readonly message: string;
  /** What to do about it. */
  readonly help?: string;
  /** Where: UTF-16 offsets into the text; `locate` gives line and column. The path is the caller's to add. */
  readonly at?: { readonly path?: string; readonly start: number; readonly end: number };
}
