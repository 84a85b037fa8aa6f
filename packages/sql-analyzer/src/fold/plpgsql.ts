// Owns what the statements of PL/pgSQL say before they run: how often loops do, which variables they set, what they raise.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Argument } from "../catalog/routines-and-types.ts";
import { type Fields, type Grammar, type Node, nodes, type Value } from "../grammar.ts";
import type { Known } from "./system-rows.ts";
import { parseBody } from "../plain-types.ts";
import { fields, tagged, text } from "./tree.ts";

// More than this is not followed one by one.
const most = 1000;

/** The values of the variable of `FOR i IN lower..upper BY step`; undefined where they cannot be known. */
export function countsOf(lower: Known, upper: Known, step: Known, reverse: boolean): readonly string[] | undefined {
  const [from, to, by] = [lower, upper, step].map((each) =>
    typeof each === "string" && /^-?\d+$/.test(each) ? Number(each) : Number.NaN,
  ) as [number, number, number];
  const count = Math.floor(((reverse ? from - to : to - from) + by) / by);
  if (!(by > 0) || !(count <= most)) return undefined;
  return Array.from({ length: Math.max(count, 0) }, (_, i) => String(from + (reverse ? -by : by) * i));
}

/** Whether a loop's statements leave it, or one round of it, early. */
export function leaves(body: Value | undefined): boolean {
  return JSON.stringify(body ?? []).includes('"PLpgSQL_stmt_exit"');
}

/** The variables that statements set, at whatever depth: their names, and the numbers of their data. */
export function assignedIn(tree: Value | undefined, found: Set<string | number> = new Set()): Set<string | number> {
  if (typeof tree !== "object" || tree === null) return found;
  if (Array.isArray(tree)) {
    for (const each of tree) assignedIn(each, found);
    return found;
  }
  for (const [tag, inner] of Object.entries(tree as Fields)) {
    const node = fields(inner);
    if (tag === "PLpgSQL_stmt_assign") found.add(Number(node["varno"] ?? 0));
    else if (tag === "PLpgSQL_diag_item") found.add(Number(node["target"] ?? 0));
    else if (tag === "target" || tag === "var") {
      const [, target] = tagged(inner);
      for (const field of nodes(target["fields"]) as readonly Fields[]) found.add(text(field["name"]) ?? "");
      found.add(text(target["refname"]) ?? "");
    }
    assignedIn(inner, found);
  }
  return found;
}

/** Whether EXECUTE runs what leaves the schema as it is: as it is written, or as it comes out where that is known. */
export function touchesRows(written: string, sql: unknown): boolean {
  // A materialized view without rows gets them.
  return onRows.test(written) && !(typeof sql === "string" && /^\s*refresh\b/i.test(sql));
}

// A text that begins as a query does, whatever else it is made of.
const onRows =
  /^\s*(?:format\s*\(\s*)?(?:E?'|\$\w*\$)\s*(?:select|insert|update|delete|with|notify|refresh|analyze|truncate)\b/i;

export const rowsOnly: RegExp = /^\s*(?:insert|update|delete)\b/i;
export const schemaWords: RegExp =
  /\b(?:create|alter|drop|grant|revoke|comment|execute|perform|call|set|select\s+\w+\.?\w*\s*\(|into|reassign|import|refresh|cluster)\b/i;

export function raises(statement: Node): boolean {
  return Number(statement["PLpgSQL_stmt_raise"]?.["elog_level"] ?? 0) >= 21;
}

/** Whether handlers wait for nothing but that something is there already; all else may have failed without anybody knowing. */
export function expectsDuplicates(handlers: readonly Node[]): boolean {
  const conditions = handlers.flatMap((each) => nodes(fields(each["PLpgSQL_exception"])["conditions"]));
  return conditions.every((each) => text(fields(each["PLpgSQL_condition"])["condname"])?.startsWith("duplicate_"));
}

/** The lists of statements in a loop or a CASE. */
export function bodiesOf(node: Fields): readonly (Value | undefined)[] {
  const cases = nodes(node["case_when_list"]).map((each) => fields(each["PLpgSQL_case_when"])["stmts"]);
  return [node["body"], ...cases, node["else_stmts"]];
}

/** The first statement of a text. */
export function firstOf(grammar: Grammar, written: string): Node | undefined {
  const parsed = grammar.parse(written);
  return parsed.ok ? parsed.statements[0]?.node : undefined;
}

type Routine = Fact<"function"> | Fact<"procedure">;

/** The expression that each input of a routine has in a call of it. */
export function givenTo(
  grammar: Grammar,
  routine: Routine,
  call: Fields,
): readonly (readonly [name: string, value: Value | undefined])[] {
  const given = nodes(call["args"]);
  const inputs = routine.arguments.filter(({ mode }) => mode !== "out" && mode !== "table");
  return inputs.map((input, index) => {
    const named = given.find((each) => each["NamedArgExpr"]?.["name"] === input.name)?.["NamedArgExpr"]?.["arg"];
    const positional = given[index]?.["NamedArgExpr"] === undefined ? given[index] : undefined;
    return [input.name ?? "", named ?? positional ?? defaultOf(grammar, input)];
  });
}

/** The expression that an argument has where a call gives none. */
function defaultOf(grammar: Grammar, { default: written }: Argument): Value | undefined {
  const select = written === undefined ? undefined : firstOf(grammar, `SELECT ${written.sql}`);
  const [target] = nodes(fields(select?.["SelectStmt"])["targetList"]);
  return fields(target?.["ResTarget"])["val"];
}

/** The tree of a routine's body. */
export function bodyOf(grammar: Grammar | undefined, routine: Routine): Fields | undefined {
  const list = routine.arguments.map(
    ({ name, mode }, index) =>
      `${mode === "out" || mode === "table" ? "out" : ""} ${quoteIdentifier(name ?? `_${index}`)} text`,
  );
  for (const [what, returns] of frames) {
    const text = `CREATE ${what} f(${list.join(", ")}) ${returns} LANGUAGE plpgsql AS $clew_body$${routine.body ?? ""}$clew_body$`;
    const [root] = nodes(fields(grammar && parseBody(grammar, text)?.tree)["plpgsql_funcs"]);
    if (root !== undefined) return fields(root["PLpgSQL_function"]);
  }
  return undefined;
}

/** What RETURN may have behind it hangs on what is declared. */
const frames = [
  ["PROCEDURE", ""],
  ["FUNCTION", "RETURNS text"],
  ["FUNCTION", "RETURNS SETOF text"],
] as const;
