// Owns the bodies of functions and DO blocks: SQL, BEGIN ATOMIC, and PL/pgSQL with the SQL inside it.
import { fields, items, strings, tagged, text } from "../fold/tree.ts";
import { type Fields, type Grammar, nodes, type Value } from "../grammar.ts";
import { Lexer, STRING } from "../lexer.ts";
import { isOwnType } from "../fold/type-names.ts";
import { pathOf, settingValue } from "../fold/settings.ts";
import { type DeclaredType, parseBody } from "../plain-types.ts";
import { split } from "../split.ts";
import { checkExpression, checkType } from "./expressions.ts";
import { conditionsOf, isAwaited } from "./handled.ts";
import type { Body, Here, Suspect } from "./here.ts";
import { each } from "./lists.ts";
import { Made } from "./made.ts";
import { checkPath } from "./paths.ts";
import type { Scope } from "./scope.ts";
import { Source } from "./source.ts";
import { checkStatement } from "./statements.ts";

/** Checks the body of CREATE FUNCTION or CREATE PROCEDURE, with its own SET search_path in force. */
export function checkFunctionBody(here: Here, node: Fields): void {
  const options = each(node["options"], "DefElem");
  const language = optionText(options.find(({ defname }) => defname === "language")) ?? "sql";
  const name = strings(node["funcname"]).at(-1) ?? "";
  const parameters = each(node["parameters"], "FunctionParameter");
  const named = new Set(parameters.flatMap((parameter) => text(parameter["name"]) ?? []));
  const variables = new Set([name, ...named]);
  const scope: Scope = { items: [], queries: new Map(), variables, routine: { name, arguments: named } };
  withPath(here, options, () => {
    if (node["sql_body"] !== undefined) {
      const inner: Here = { ...here, variables: scope };
      const [tag, body] = tagged(node["sql_body"]);
      const statements = tag === "List" ? nodes(body["items"]).flatMap((each) => items(each)) : undefined;
      if (statements !== undefined) for (const each of statements) checkStatement(inner, each);
      else checkExpression(inner, node["sql_body"], { items: [], queries: new Map(), outer: scope });
      return;
    }
    const as = options.find(({ defname }) => defname === "as");
    const source = as === undefined ? undefined : stringAt(here, as["location"]);
    if (source === undefined) return;
    if (language === "sql") {
      // With polymorphic arguments nothing but the grammar is looked at.
      const polymorphic = parameters.some(({ argType }) =>
        (strings(fields(argType)["names"]).at(-1) ?? "").startsWith("any"),
      );
      checkSqlBody(here, source, scope, polymorphic);
    } else if (language === "plpgsql") checkPlpgsql(here, source, variables, true);
  });
}

/** Checks a DO block. */
export function checkDo(here: Here, node: Fields): void {
  const options = each(node["args"], "DefElem");
  const language = optionText(options.find(({ defname }) => defname === "language")) ?? "plpgsql";
  const as = options.find(({ defname }) => defname === "as");
  const source = as === undefined ? undefined : stringAt(here, as["location"]);
  if (source !== undefined && language === "plpgsql") checkPlpgsql(here, source, new Set(), false);
}

/** Checks what a call of cron.schedule has run: some other time, by itself. https://github.com/citusdata/pg_cron */
export function checkJob(here: Here, call: Fields): void {
  const args = nodes(call["args"]);
  const named = args.find((each) => each["NamedArgExpr"]?.["name"] === "command")?.["NamedArgExpr"]?.["arg"];
  const constant = fields(fields(named ?? args[args.length === 2 ? 1 : 2])["A_Const"]);
  const source = constant["sval"] === undefined ? undefined : stringAt(here, constant["location"]);
  if (source !== undefined) checkSqlBody(here, source, scopeOf(new Set()), true);
}

function optionText(option: Fields | undefined): string | undefined {
  return text(fields(fields(option?.["arg"])["String"])["sval"]);
}

function scopeOf(variables: ReadonlySet<string>): Scope {
  return { items: [], queries: new Map(), variables };
}

// https://www.postgresql.org/docs/current/sql-createfunction.html (SET configuration_parameter)
function withPath(here: Here, options: readonly Fields[], work: () => void): void {
  const { scene } = here.known;
  const set = options
    .map((option) => (option["defname"] === "set" ? fields(fields(option["arg"])["VariableSetStmt"]) : undefined))
    .find((each) => each?.["name"] === "search_path" && each["kind"] === "VAR_SET_VALUE");
  if (set === undefined) {
    work();
    return;
  }
  checkPath(here, set);
  const before = scene.setting;
  scene.setPath(pathOf(settingValue(set)), true);
  try {
    work();
  } finally {
    scene.setPath(before, true);
  }
}

/** The content of the string at or after a place, as a piece of its own. */
function stringAt(here: Here, location: unknown): Source | undefined {
  const lexer = new Lexer(here.source.text, here.source.at(location));
  while (lexer.next()) if (lexer.kind === STRING) return content(here.source, lexer.start, lexer.end);
  return undefined;
}

function content(source: Source, start: number, end: number): Source | undefined {
  const written = source.text.slice(start, end);
  const dollar = /^\$[^$]*\$/.exec(written)?.[0].length;
  if (dollar !== undefined) {
    const from = start + dollar;
    return new Source(source.text.slice(from, end - dollar), (offset) => source.mapping(from + offset));
  }
  // E'…' has escapes that would have to be followed.
  if (!written.startsWith("'")) return undefined;
  const places: number[] = [];
  let out = "";
  for (let i = start + 1; i < end - 1; i++) {
    places.push(i);
    out += source.text[i];
    if (source.text[i] === "'") i++;
  }
  places.push(end - 1);
  return new Source(out, (offset) => source.mapping(places[offset] ?? end - 1));
}

function checkSqlBody(here: Here, body: Source, scope: Scope, late: boolean): void {
  const { grammar } = here;
  if (grammar === undefined) return;
  const trees = [];
  for (const { start, end } of split(body.text)) {
    const own = body.text.slice(start, end);
    const parsed = grammar.parse(own);
    const tree = parsed.ok ? parsed.statements[0]?.node : undefined;
    if (tree !== undefined) trees.push({ tree, source: new Source(own, (offset) => body.mapping(start + offset)) });
  }
  const made = new Made(here.body?.made);
  // The function is there when its body is looked at.
  made.add("function", scope.routine?.name);
  for (const { tree } of trees) made.addTree(tree);
  const inside: Body = { made, strings: wordsInStrings(body.text), late };
  for (const { tree, source } of trees) {
    checkStatement(
      { ...here, source, body: inside, variables: scope, severity: late ? "warning" : here.severity },
      tree,
    );
  }
}

// What makes names, or looks for them.
const looking = /\b(?:execute|to_reg\w+|pg_\w+|information_schema)\b/i;

/** The words in the strings of a body, and their parts: pg_cron speaks of the schema cron. In how many strings each is. */
function wordsInStrings(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (!looking.test(text)) return found;
  const lexer = new Lexer(text);
  while (lexer.next()) {
    if (lexer.kind !== STRING) continue;
    const words =
      text
        .slice(lexer.start, lexer.end)
        .toLowerCase()
        .match(/[\w$]+/g) ?? [];
    const parts = words.flatMap((word) => (word.startsWith("pg_") ? [word, word.slice(3)] : [word]));
    for (const word of new Set(parts)) found.set(word, (found.get(word) ?? 0) + 1);
  }
  return found;
}

// What a body may name beside what it declares.
// https://www.postgresql.org/docs/current/plpgsql-trigger.html
const ownVariables = `new old found sqlstate sqlerrm tg_name tg_when tg_level tg_op tg_relid tg_relname tg_table_name
  tg_table_schema tg_nargs tg_argv tg_event tg_tag`.split(/\s+/);

// The tree has no word of them.
// https://www.postgresql.org/docs/current/plpgsql-declarations.html#PLPGSQL-DECLARATION-ALIAS
function aliasesIn(body: string): readonly string[] {
  const found = body.matchAll(/(?:"([^"]+)"|([\w$]+))\s+alias\s+for\b/gi);
  return [...found].map(([, quoted, word]) => quoted ?? word!.toLowerCase());
}

interface Expression {
  readonly query: string;
  readonly mode: number;
  readonly line: number;
  /** It runs whenever the body does. */
  readonly sure: boolean;
  /** The errors that are caught there. */
  readonly caught: readonly string[];
}

function checkPlpgsql(here: Here, body: Source, named: ReadonlySet<string>, late: boolean): void {
  const { grammar } = here;
  const parsed = grammar && parseBody(grammar, here.source.text);
  if (parsed === undefined) return;
  const [first] = nodes(fields(parsed.tree)["plpgsql_funcs"]);
  const fn = fields(first?.["PLpgSQL_function"]);
  const variables = new Set([...named, ...ownVariables, ...aliasesIn(body.text)]);
  const expressions: Expression[] = [];
  const types: DeclaredType[] = [...parsed.replaced];
  for (const datum of nodes(fn["datums"])) {
    const [tag, node] = tagged(datum);
    const name = text(node["refname"]);
    if (name !== undefined) variables.add(name);
    for (const { name: field } of nodes(node["fields"]) as readonly Fields[]) {
      if (typeof field === "string") variables.add(field);
    }
    const line = Number(node["lineno"] ?? 0);
    const type = text(fields(fields(node["datatype"])["PLpgSQL_type"])["typname"]);
    if (type !== undefined && line > 0 && (tag === "PLpgSQL_var" || tag === "PLpgSQL_rec"))
      types.push({ name: type, line });
    for (const field of ["default_val", "cursor_explicit_expr"]) {
      const expression = fields(fields(node[field])["PLpgSQL_expr"]);
      if (expression["query"] !== undefined) expressions.push(expressionOf(expression, line, true, []));
    }
  }
  collect(fn["action"], 0, true, [], variables, expressions);
  const pieces = expressions.flatMap((expression) => {
    const piece = parsePiece(expression, body, here);
    return piece === undefined ? [] : [{ ...piece, expression }];
  });
  const made = new Made(here.body?.made);
  for (const { tree } of pieces) made.addTree(tree);
  const scope = scopeOf(variables);
  const inside: Body = { made, strings: wordsInStrings(body.text), late };
  const base: Here = { ...here, body: inside, variables: scope };
  checkDeclared(base, body, types);
  for (const { tree, source, expression } of pieces) {
    const severity = !late && expression.sure ? here.severity : "warning";
    const found: Suspect[] = [];
    checkStatement({ ...base, source, severity, found }, tree);
    here.found.push(...found.filter(({ sort }) => !isAwaited(sort, expression.caught, late)));
  }
}

function expressionOf(node: Fields, line: number, sure: boolean, caught: readonly string[]): Expression {
  return { query: text(node["query"]) ?? "", mode: Number(node["parseMode"] ?? 0), line, sure, caught };
}

// Statements whose inner ones may not run.
const conditional = new Set([
  "PLpgSQL_stmt_case",
  "PLpgSQL_stmt_fori",
  "PLpgSQL_stmt_fors",
  "PLpgSQL_stmt_forc",
  "PLpgSQL_stmt_foreach_a",
  "PLpgSQL_stmt_dynfors",
  "PLpgSQL_stmt_if",
  "PLpgSQL_stmt_loop",
  "PLpgSQL_stmt_while",
]);
// After one of these, what follows may not run.
const leaving = /"PLpgSQL_stmt_(?:return|exit|raise)":/;

/** Collects the expressions of a tree of statements, with the labels and loop variables on the way. */
function collect(
  tree: Value | undefined,
  line: number,
  sure: boolean,
  caught: readonly string[],
  variables: Set<string>,
  expressions: Expression[],
): void {
  if (typeof tree !== "object" || tree === null) return;
  if (Array.isArray(tree)) {
    let certain = sure;
    for (const each of nodes(tree)) {
      collect(each, line, certain, caught, variables, expressions);
      if (certain && leaving.test(JSON.stringify(each))) certain = false;
    }
    return;
  }
  for (const [tag, inner] of Object.entries(tree as Fields)) {
    if (typeof inner !== "object" || inner === null) continue;
    if (tag === "PLpgSQL_expr") {
      expressions.push(expressionOf(inner as Fields, line, sure, caught));
      continue;
    }
    if (tag === "var" || tag === "target" || tag === "datums") continue;
    const node = fields(inner);
    const here = typeof node["lineno"] === "number" ? node["lineno"] : line;
    const label = text(node["label"]);
    if (label !== undefined) variables.add(label);
    const { exceptions, ...rest } = node;
    if (exceptions === undefined) collect(inner, here, sure && !conditional.has(tag), caught, variables, expressions);
    else {
      collect(rest, here, false, [...caught, ...conditionsOf(exceptions)], variables, expressions);
      collect(exceptions, here, false, caught, variables, expressions);
    }
  }
}

/** An expression's tree, and where it stands in the body. */
function parsePiece(
  { query, mode, line }: Expression,
  body: Source,
  here: Here,
): { readonly tree: Value; readonly source: Source } | undefined {
  let core = query;
  let cut = 0;
  // PERFORM was replaced by SELECT, and a CASE's test made.
  const generated = /^(?:SELECT\b|"__Case__Variable_\d+__" IN \()/.exec(query)?.[0];
  if (generated !== undefined && find(body.text, query, line) < 0) {
    cut = generated.length;
    core = query.slice(cut);
    if (generated.startsWith('"') && core.endsWith(")")) core = core.slice(0, -1);
  }
  const at = find(body.text, core, line);
  if (at < 0) return undefined;
  const place = (offset: number): number | undefined =>
    offset < cut || offset > cut + core.length ? undefined : body.mapping(at + offset - cut);
  // https://www.postgresql.org/docs/current/plpgsql-expressions.html
  let prefix = "";
  let from = 0;
  if (mode === 2) prefix = "SELECT ";
  else if (mode > 2) {
    from = assigned(query);
    prefix = "SELECT ";
  } else if (mode === 1) return undefined;
  const sql = prefix + query.slice(from);
  const parsed = here.grammar!.parse(sql);
  const tree = parsed.ok ? parsed.statements[0]?.node : undefined;
  if (tree === undefined) return undefined;
  return {
    tree,
    source: new Source(sql, (offset) => (offset < prefix.length ? undefined : place(offset - prefix.length + from))),
  };
}

/** Where the value of an assignment begins: after the first `:=` or `=` that stands in no brackets. */
function assigned(query: string): number {
  const lexer = new Lexer(query);
  let depth = 0;
  while (lexer.next()) {
    const token = query.slice(lexer.start, lexer.end);
    if (token === "(" || token === "[") depth++;
    else if (token === ")" || token === "]") depth--;
    else if (token === "=" && depth === 0) return lexer.end;
  }
  return 0;
}

/** Where a piece of PL/pgSQL stands at or after a line, from 1; -1 where it does not. INTO has been blanked out in it. */
function find(body: string, piece: string, line: number): number {
  const start = lineStart(body, line);
  const exact = body.indexOf(piece, start);
  if (exact >= 0) return exact;
  const gap = piece.search(/ {5,}/);
  if (gap < 0) return -1;
  const head = piece.slice(0, gap);
  for (let at = body.indexOf(head, start); at >= 0; at = body.indexOf(head, at + 1)) {
    let same = true;
    for (let i = gap; i < piece.length && same; i++) same = piece[i] === " " || piece[i] === body[at + i];
    if (same) return at;
  }
  return -1;
}

function lineStart(body: string, line: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) {
    const next = body.indexOf("\n", at);
    if (next < 0) return at;
    at = next + 1;
  }
  return at;
}

/** `t%ROWTYPE` and `t.c%TYPE`, whose names the parser gives without their quotes. */
function copiedType(written: string): Fields | undefined {
  const [, bare, sort] = /^(.*?)\s*%\s*(rowtype|type)(?:\[\])*$/i.exec(written) ?? [];
  if (bare === undefined || sort === undefined) return undefined;
  const names = bare.split(".").map((sval) => ({ String: { sval } }));
  return sort.toLowerCase() === "type" ? { names, pct_type: true } : { names };
}

function writtenType(grammar: Grammar, written: string): Fields | undefined {
  if (isOwnType(written.toLowerCase())) return undefined;
  const parsed = grammar.parse(`SELECT NULL::${written}`);
  const [target] = nodes(fields(parsed.ok ? parsed.statements[0]?.node["SelectStmt"] : undefined)["targetList"]);
  return fields(fields(fields(target?.["ResTarget"]?.["val"])["TypeCast"])["typeName"]);
}

/** The types of DECLARE, which CREATE FUNCTION looks up at once. */
function checkDeclared(here: Here, body: Source, types: readonly DeclaredType[]): void {
  for (const { name, line } of types) {
    const from = lineStart(body.text, line);
    const typeName = copiedType(name) ?? writtenType(here.grammar!, name);
    const names = strings(typeName?.["names"]);
    if (typeName === undefined || names.length === 0) continue;
    const parts = body.findDotted(names, from);
    if (parts === undefined) continue;
    const { start } = parts[0]!;
    const source = new Source(body.text.slice(start, parts.at(-1)!.end), (offset) => body.mapping(start + offset));
    checkType({ ...here, source, severity: here.severity }, { ...typeName, location: 0 });
  }
}
