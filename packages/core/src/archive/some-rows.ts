// Owns the rows that one UPDATE or DELETE will find, cut out of its text, where they are sure to be the same before it.
import { read, type Fields, type Grammar, type Node, type Statement, type Value } from "@clew/sql-analyzer";

export interface SomeRows {
  /** Undefined: all rows. */
  readonly where?: string;
  /** The columns that get other values; undefined: the rows go. */
  readonly columns?: readonly string[];
}

/**
 * The rows and columns that a statement changes; undefined where they cannot be told from its text: other tables, functions,
 * and whatever depends on the time may give another answer when it runs.
 */
export function someRows({ ast, text }: Statement, grammar: Grammar): SomeRows | undefined {
  const [tag, fields] = Object.entries(ast ?? {})[0] ?? [];
  if (fields === undefined || (tag !== "UpdateStmt" && tag !== "DeleteStmt")) return undefined;
  if (fields["withClause"] ?? fields["fromClause"] ?? fields["usingClause"]) return undefined;
  const { whereClause } = fields;
  const { relname, alias } = fields["relation"] as Fields;
  const columns = tag === "UpdateStmt" ? columnsOf(fields["targetList"]) : undefined;
  const some = columns === undefined ? {} : { columns };
  if (whereClause === undefined) return some;
  const table = alias === undefined ? String(relname) : undefined;
  if (!isPlain(whereClause, table)) return undefined;
  const where = cutWhere(text);
  // Our reading of the text against the parser's: what is not the same condition is none.
  if (where === undefined || !isSame(where, whereClause, grammar)) return undefined;
  return { where, ...some };
}

function columnsOf(targets: Value | undefined): readonly string[] {
  return [...new Set((targets as readonly Node[]).map((node) => String(node["ResTarget"]!["name"])))];
}

/** Kinds of nodes whose value depends on the row alone. */
const plain: ReadonlySet<string> = new Set([
  "A_ArrayExpr",
  "A_Const",
  "A_Expr",
  "BoolExpr",
  "BooleanTest",
  "CoalesceExpr",
  "ColumnRef",
  "List",
  "NullTest",
  "String",
  "TypeCast",
]);

/** Texts that some types read as the time at hand. */
const timely = /^\s*(?:now|today|tomorrow|yesterday)\b/i;

function isPlain(node: Value, table: string | undefined): boolean {
  const [tag, value] = Object.entries(node as object)[0] as [string, Fields];
  if (!plain.has(tag)) return false;
  if (tag === "ColumnRef") return isOwnColumn(value["fields"] as readonly Node[], table);
  if (tag === "A_Const") return !timely.test(String((value["sval"] as Fields | undefined)?.["sval"] ?? ""));
  const inner = tag === "A_Expr" ? [value["lexpr"], value["rexpr"]] : Object.values(value);
  // A type's name is no expression, and casts of one's own are seldom; they are run by the backup as by the migration.
  const parts = tag === "TypeCast" ? [value["arg"]] : inner;
  return parts.every((part) => {
    if (Array.isArray(part)) return (part as readonly Value[]).every((one) => isPlain(one, table));
    return typeof part !== "object" || part === null || isPlain(part, table);
  });
}

function isOwnColumn(fields: readonly Node[], table: string | undefined): boolean {
  const names = fields.map((field) => field["String"]?.["sval"]);
  return names.length === 1 || (names.length === 2 && names[0] === table);
}

const token = /--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|[()]|[\w$]+|./gs;

/** What stands after WHERE, outside any parentheses. */
function cutWhere(text: string): string | undefined {
  let depth = 0;
  let start: number | undefined;
  for (const { 0: word, index } of text.matchAll(token)) {
    if (word === "(") depth += 1;
    else if (word === ")") depth -= 1;
    else if (depth > 0) continue;
    else if (/^where$/i.test(word)) start ??= index + word.length;
    else if (/^returning$/i.test(word) && start !== undefined) return text.slice(start, index).trim();
  }
  return start === undefined ? undefined : text.slice(start).trim();
}

function isSame(where: string, clause: Value, grammar: Grammar): boolean {
  const select = read(`SELECT WHERE ${where}\n`, grammar).statements;
  const found = select.length === 1 ? select[0]!.ast?.["SelectStmt"] : undefined;
  if (found === undefined || Object.keys(found).some((key) => !selecting.has(key))) return false;
  return JSON.stringify(withoutPlaces(found["whereClause"])) === JSON.stringify(withoutPlaces(clause));
}

const selecting: ReadonlySet<string> = new Set(["whereClause", "limitOption", "op"]);

function withoutPlaces(value: Value | undefined): unknown {
  if (Array.isArray(value)) return (value as readonly Value[]).map(withoutPlaces);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !/location$|^(?:list|rexpr_list)_(?:start|end)$/.test(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutPlaces(part as Value)]));
}
