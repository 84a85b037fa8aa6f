// Owns what is known of a migration's text before it runs: its segments, the settings that reach from one to the next, its findings.
import { createHash } from "node:crypto";
import {
  excerpt,
  isSetting,
  locate,
  read,
  segment,
  type Finding,
  type Grammar,
  type Statement,
} from "@clew/sql-analyzer/reading";
import { effectOf, type Effect } from "../run/effects.ts";
import { ClewError, type ErrorPlace } from "../errors.ts";
import { readText } from "./read.ts";
import { redact } from "../redact.ts";

/** Characters up to which a file's statements are kept in the history. */
export const fileLimit: number = 8 << 20;

/** A statement's place in the text, and its kind. */
export interface PreparedStatement {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** A run of statements that share one fate. */
export interface PreparedSegment {
  readonly kind: "transaction" | "alone";
  /** What stands after BEGIN, where the author gave it. */
  readonly begin?: string;
  readonly statements: readonly PreparedStatement[];
  /** Changes when a statement of the segment does. */
  readonly fingerprint: string;
  /** SET statements of earlier segments that are still in force. */
  readonly settings: readonly string[];
  /** Of a statement that refuses a transaction: what to look for to know whether it has run. */
  readonly effect?: Effect;
}

/** A migration's text, ready to run. */
export interface Script {
  readonly path: string;
  readonly text: string;
  readonly statements: number;
  readonly segments: readonly PreparedSegment[];
  readonly findings: readonly Finding[];
}

/** Reads a file and cuts it into segments. Throws FILE_UNREADABLE; what is wrong with the SQL is in the findings. */
export async function prepare(path: string, grammar: Grammar): Promise<Script> {
  return prepareText(path, await readText(path), grammar);
}

/** Cuts a text into segments; `path` is how places in it are named. */
export function prepareText(path: string, text: string, grammar: Grammar): Script {
  const script = read(text, grammar);
  const { segments, findings } = segment(script);
  const settings: string[] = [];
  const prepared = segments.map((part): PreparedSegment => {
    const inForce = [...settings];
    settings.push(...part.statements.filter(isSetting).map((statement) => statement.text));
    return {
      kind: part.kind,
      ...(part.begin === undefined ? {} : { begin: part.begin }),
      statements: part.statements.map(({ start, end, kind }) => ({ start, end, kind })),
      // A migration of one transaction is never compared with what ran of it.
      fingerprint: segments.length > 1 || part.kind === "alone" ? fingerprintOf(part.statements) : "",
      settings: inForce,
      ...(part.kind === "alone" ? { effect: effectOf(part.statements[0]!) } : {}),
    };
  });
  const all = [...script.findings, ...findings];
  return { path, text, statements: script.statements.length, segments: prepared, findings: all };
}

/** The place of an offset in a script, for people. */
export function placeOf({ path, text }: Pick<Script, "path" | "text">, start: number, end?: number): ErrorPlace {
  const { line, column } = locate(text, start);
  return { path, line, column, excerpt: redact(excerpt(text, start, end === undefined ? {} : { end })) };
}

/** The error SCRIPT_INVALID for scripts that cannot run, with every place; undefined where all can. */
export function invalidity(scripts: readonly Script[]): ClewError | undefined {
  const wrong = scripts.flatMap((script) =>
    script.findings.filter((finding) => finding.severity === "error").map((finding) => ({ script, finding })),
  );
  if (wrong.length === 0) return undefined;
  const parts = wrong.map(({ script, finding }) => {
    const at = finding.at && placeOf(script, finding.at.start, finding.at.end);
    const where = at ? `${at.path}:${at.line}:${at.column}` : script.path;
    return [`${where}: ${finding.message}`, at?.excerpt, finding.help].filter(Boolean).join("\n");
  });
  const { script, finding } = wrong[0]!;
  const shown = parts.slice(0, 20);
  if (parts.length > shown.length) shown.push(`… and ${parts.length - shown.length} more`);
  return new ClewError("SCRIPT_INVALID", shown.join("\n\n"), {
    ...(finding.help === undefined ? {} : { help: finding.help }),
    ...(finding.at ? { at: placeOf(script, finding.at.start, finding.at.end) } : {}),
  });
}

function fingerprintOf(statements: readonly Statement[]): string {
  const hash = createHash("sha256");
  for (const { text } of statements) hash.update(text).update("\0");
  return hash.digest("hex");
}
