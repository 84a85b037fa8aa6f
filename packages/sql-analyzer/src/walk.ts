// Visits the nodes of parse trees, those whose tags the trees leave out among them.
import type { Fields, Value } from "./grammar.ts";
import { type Offsets, offsetsOf } from "./offsets.ts";
import type { Statement } from "./read.ts";

/**
 * Called for a node with its fields and its place: the UTF-16 offset into the script's text that its `location` means,
 * or that of the node around it where it has none. What it answers with false is not looked into.
 */
export type Visit = (fields: Fields, at: number) => boolean | void;

/** What is called for the nodes of a tag: `{ ColumnDef(fields, at) { … } }`. */
export type Visitors = { readonly [tag: string]: Visit | undefined };

/**
 * Visits the nodes of a statement's parse tree by their tags, parents first, in the order of their fields. Where a field
 * holds one type of node alone, libpg_query's trees leave its tag out (`relation`, `typeName`); it is a `RangeVar`, a
 * `TypeName` here all the same. A statement without a tree has no nodes.
 */
export function walk(statement: Statement, visitors: Visitors): void {
  let offsets: Offsets | undefined;
  walkTree(statement.ast, statement.start, (tag, fields, around) => {
    const { location } = fields;
    let at = around;
    // -1 is the location of what is not written.
    if (typeof location === "number" && location >= 0) {
      offsets ??= offsetsOf(statement.text);
      at = statement.start + offsets.fromBytes(location);
    }
    return visitors[tag]?.(fields, at) === false ? false : at;
  });
}

/**
 * Calls for every node of a tree with its tag, its fields and what the node around it was answered with: false leaves out what
 * is inside, undefined passes on what it was given.
 */
export function walkTree<Around>(
  tree: Value | undefined,
  around: Around,
  each: (tag: string, fields: Fields, around: Around) => Around | false | void,
): void {
  // Not by recursion: a chain of operators is a tree as deep as it is long.
  const pending: (readonly [tag: string | undefined, value: object, around: Around])[] = [];
  const open = (value: object, inside: Around): void => {
    if (Array.isArray(value)) {
      for (let at = value.length - 1; at >= 0; at--) {
        const item: unknown = value[at];
        if (typeof item === "object" && item !== null) pending.push([undefined, item, inside]);
      }
      return;
    }
    const keys = Object.keys(value);
    for (let at = keys.length - 1; at >= 0; at--) {
      const key = keys[at]!;
      const inner = (value as Fields)[key];
      if (typeof inner !== "object" || inner === null) continue;
      pending.push([Array.isArray(inner) ? undefined : tagIn(key, inner as Fields), inner, inside]);
    }
  };
  if (typeof tree === "object" && tree !== null) open(tree, around);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [tag, value, outer] = next;
    const answer = tag === undefined ? undefined : each(tag, value as Fields, outer);
    if (answer !== false) open(value, answer ?? outer);
  }
}

/** The tag of what a key leads to; none where it is the next key, or where the value is part of a constant. */
function tagIn(key: string, inner: Fields): string | undefined {
  if (isTag(key)) return key;
  for (const first in inner) if (isTag(first)) return undefined;
  const tag = untagged.get(key);
  return typeof tag === "function" ? tag(inner) : tag;
}

function isTag(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 65 && code <= 90;
}

/** Fields whose type says the tag. https://github.com/pganalyze/libpg_query/blob/18-latest/protobuf/pg_query.proto */
const untagged: ReadonlyMap<string, string | ((inner: Fields) => string)> = new Map<
  string,
  string | ((inner: Fields) => string)
>([
  ...tagged("Alias", "alias join_using_alias"),
  ...tagged("CTECycleClause", "cycle_clause"),
  ...tagged("CTESearchClause", "search_clause"),
  ...tagged("CollateClause", "collClause"),
  ...tagged("CreateStmt", "base"),
  ...tagged("FuncCall", "funccall"),
  ...tagged("GrantStmt", "action"),
  ...tagged("InferClause", "infer"),
  ...tagged("IntoClause", "into intoClause"),
  ...tagged("JsonAggConstructor", "constructor"),
  ...tagged("JsonBehavior", "on_empty on_error"),
  ...tagged("JsonFormat", "format"),
  ...tagged("JsonOutput", "output"),
  ...tagged("JsonReturning", "returning"),
  ...tagged("JsonTablePathSpec", "pathspec"),
  ...tagged("JsonValueExpr", "context_item expr val value"),
  ...tagged("ObjectWithArgs", "fromsql func opername tosql"),
  ...tagged("OnConflictClause", "onConflictClause"),
  ...tagged("PartitionBoundSpec", "bound partbound"),
  ...tagged("PartitionSpec", "partspec"),
  ...tagged("PublicationTable", "pubtable"),
  ...tagged("RangeVar", "constrrel identitySequence pktable rel relation sequence table typevar view"),
  ...tagged("ReturningClause", "returningClause"),
  ...tagged("RoleSpec", "authrole grantor newowner newrole owner role user"),
  ...tagged("SelectStmt", "larg rarg"),
  ...tagged("String", "extname"),
  ...tagged("TypeName", "argType datatype ofTypename returnType sourcetype storedtype targettype typeName type_name"),
  ...tagged("VariableSetStmt", "setstmt"),
  ...tagged("WindowDef", "over"),
  ...tagged("WithClause", "withClause"),
  ["arg", ({ key }) => (key === undefined ? "JsonValueExpr" : "JsonKeyValue")],
  ["name", ({ relname }) => (relname === undefined ? "ObjectWithArgs" : "RangeVar")],
]);

function tagged(tag: string, fields: string): readonly (readonly [string, string])[] {
  return fields.split(" ").map((field) => [field, tag]);
}
