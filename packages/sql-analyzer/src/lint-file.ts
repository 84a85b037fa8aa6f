// Lints one file by itself: what its bytes, its SQL and its transactions say.
import { decode } from "./bytes.ts";
import type { Directives } from "./directives.ts";
import type { Finding } from "./finding.ts";
import type { Grammar } from "./grammar.ts";
import { locate } from "./place.ts";
import { read, type Statement } from "./read.ts";
import { type Segment, segment } from "./segment.ts";

/** A file to be linted. */
export interface SqlFile {
  /** How findings name it. */
  readonly path: string;
  /** Its bytes, or its text where something else has decoded them. */
  readonly content: string | Uint8Array;
}

/**
 * What is looked at: whether a file is SQL (`text`), how its transactions add up, whether what it names is there, whether the role
 * may do what it does.
 */
export type LintCheck = "text" | "transactions" | "names" | "privileges";

/** A finding with its file. */
export interface LintFinding extends Finding {
  readonly check: LintCheck;
  readonly path: string;
  /** Count from 1, the column in code points; absent where `at` is, for what is said of the file as a whole. */
  readonly line?: number;
  readonly column?: number;
}

/** What there is to say of a file. Plain data. */
export interface LintedFile {
  readonly path: string;
  /** Undefined where its bytes are none. */
  readonly text: string | undefined;
  readonly statements: readonly Statement[];
  readonly segments: readonly Segment[];
  readonly directives: Directives;
  /** In the order of their places. */
  readonly findings: readonly LintFinding[];
  /** What was looked at. */
  readonly checked: readonly LintCheck[];
}

/** Lints one file by itself: what `decode`, `read` and `segment` say of it. */
export function lintFile(file: SqlFile, grammar: Grammar): LintedFile {
  const { path, content } = file;
  const decoded = typeof content === "string" ? ({ ok: true, text: content } as const) : decode(content);
  if (!decoded.ok) {
    return { ...unread(file), findings: [{ ...decoded.finding, check: "text", path }], checked: ["text"] };
  }
  const script = read(decoded.text, grammar);
  const { segments, findings } = segment(script);
  const { text, statements, directives } = script;
  const found = [
    ...withPlaces({ path, text }, "text", script.findings),
    ...withPlaces({ path, text }, "transactions", findings),
  ];
  return { path, text, statements, segments, directives, findings: inOrder(found), checked: ["text", "transactions"] };
}

/** A file that is not looked into. */
export function unread({ path }: SqlFile): LintedFile {
  return { path, text: undefined, statements: [], segments: [], directives: {}, findings: [], checked: [] };
}

/** Findings of a check, with their file and their lines. */
export function withPlaces(
  { path, text = "" }: Pick<LintedFile, "path" | "text">,
  check: LintCheck,
  findings: readonly Finding[],
): readonly LintFinding[] {
  return findings.map((finding) => {
    if (finding.at === undefined) return { ...finding, check, path };
    const { line, column } = locate(text, finding.at.start);
    return { ...finding, check, path, at: { ...finding.at, path }, line, column };
  });
}

export function inOrder(findings: readonly LintFinding[]): readonly LintFinding[] {
  return findings.toSorted((a, b) => (a.at?.start ?? 0) - (b.at?.start ?? 0));
}
