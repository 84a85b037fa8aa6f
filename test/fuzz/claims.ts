// Owns what must be so of any text, however broken: what the analyzer says about it covers it, adds up and is plain data.
import { isDeepStrictEqual } from "node:util";
import * as analyzer from "@clew/sql-analyzer";

/** What is not so of a text; undefined where all is well. */
export type Claim = (text: string) => string | undefined;

interface Place {
  readonly start: number;
  readonly end: number;
}

/** The claims about a text, and about what its statements make of a schema. */
export function claims(grammar: analyzer.Grammar, schema: string): Claim {
  const nothing = analyzer.catalogOf([], { source: "files", major: 17 });
  const before = analyzer.fold(nothing, analyzer.read(schema, grammar).statements, { grammar }).catalog;
  return (text) => {
    const script = analyzer.read(text, grammar);
    return (
      aboutSpans(text, grammar) ??
      aboutScript(text, script) ??
      aboutSegments(script) ??
      aboutPrints(text, script, grammar) ??
      aboutKnowledge(script, before, grammar)
    );
  };
}

function aboutSpans(text: string, grammar: analyzer.Grammar): string | undefined {
  const spans = analyzer.split(text);
  const hole = coverage(text, spans);
  if (hole !== undefined) return `has spans with ${hole}`;
  if (spans.some(({ kind }) => kind !== "statement")) return undefined;
  const parsed = grammar.parse(text);
  if (!parsed.ok) return undefined;
  const offsets = analyzer.offsetsOf(text);
  const starts = parsed.statements.map(({ start }) => offsets.fromBytes(start));
  return isDeepStrictEqual(
    starts,
    spans.map(({ start }) => start),
  )
    ? undefined
    : "is cut elsewhere than PostgreSQL cuts it";
}

function aboutScript(text: string, script: analyzer.Script): string | undefined {
  const { statements, findings } = script;
  if (statements.some((one) => one.text !== text.slice(one.start, one.end)))
    return "has a statement that is not its text";
  if (findings.some(({ at }) => at && !(at.start >= 0 && at.start <= at.end && at.end <= text.length))) {
    return "has a finding that is not in it";
  }
  for (const { at } of findings) if (at) analyzer.excerpt(text, at.start, { end: at.end });
  const foreign = analyzer.split(text).some(({ kind }) => kind !== "statement");
  const hole = foreign || findings.some(({ code }) => code === "PSQL_COMMAND") ? undefined : coverage(text, statements);
  return hole && `has statements with ${hole}`;
}

function aboutSegments(script: analyzer.Script): string | undefined {
  const { segments, findings } = analyzer.segment(script);
  if (findings.length > 0) return undefined;
  const held = segments.flatMap(({ statements }) => statements);
  const wanted = script.statements.filter(({ boundary }) => boundary !== "transaction-control");
  return isDeepStrictEqual(
    held.map(({ start }) => start),
    wanted.map(({ start }) => start),
  )
    ? undefined
    : "has segments that do not hold each statement once, in order";
}

function aboutPrints(text: string, script: analyzer.Script, grammar: analyzer.Grammar): string | undefined {
  const print = analyzer.fingerprint(text, grammar);
  if (script.findings.length > 0) return undefined;
  return print === analyzer.fingerprint(analyzer.normalise(text), grammar)
    ? undefined
    : "means another when normalised";
}

function aboutKnowledge(
  script: analyzer.Script,
  before: analyzer.Catalog,
  grammar: analyzer.Grammar,
): string | undefined {
  for (const statement of script.statements) {
    analyzer.isSetting(statement);
    analyzer.classify(statement);
  }
  const { catalog } = analyzer.fold(before, script.statements, { grammar });
  analyzer.dependencies(catalog);
  if (analyzer.diff(catalog, catalog).length > 0) return "makes a catalog that differs from itself";
  analyzer.describeDiff(analyzer.diff(before, catalog));
  const again = JSON.parse(JSON.stringify(catalog)) as analyzer.Catalog;
  if (!isDeepStrictEqual(again, catalog)) return "makes a catalog that JSON does not keep";
  const found = analyzer.references(script.statements, before, { grammar });
  return found.some(({ at }) => at && !(at.start >= 0 && at.start <= at.end && at.end <= script.text.length))
    ? "has a name that is not in it"
    : undefined;
}

/** What is wrong with pieces between which only white space, comments and semicolons may lie. */
function coverage(text: string, pieces: readonly Place[]): string | undefined {
  let end = 0;
  for (const piece of [...pieces, { start: text.length, end: text.length }]) {
    if (piece.start < end || piece.end < piece.start) return "one out of order";
    if (!isNothing(text.slice(end, piece.start))) return "something left out";
    end = piece.end;
  }
  return undefined;
}

// By other means than the lexer's. A comment that is not closed may end the text.
function isNothing(gap: string): boolean {
  let rest = gap;
  for (;;) {
    rest = rest.replace(/^(?:[ \t\n\r\f\v;]|--[^\n\r]*)+/, "");
    if (rest === "") return true;
    if (!rest.startsWith("/*")) return false;
    let depth = 0;
    const close = [...rest.matchAll(/\/\*|\*\//g)].find(({ 0: mark }) => (depth += mark === "/*" ? 1 : -1) === 0);
    if (close === undefined) return true;
    rest = rest.slice(close.index + 2);
  }
}
