// Owns whether two bounds of a partition say the same: values as the types of its table's key read them.
import type { Catalog } from "../catalog/catalog.ts";
import type { Sameness } from "../catalog/diff.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { fields, tagged, text } from "../fold/tree.ts";
import { type Fields, type Grammar, type Node, nodes, type Value } from "../grammar.ts";
import { compareConstants } from "./constants.ts";
import { constantOf } from "./expressions.ts";
import type { Constant } from "./term.ts";

/** `after`: the catalog that tells of which types the key is. */
export function compareBounds(grammar: Grammar, after: Catalog, key: Key, one: string, other: string): Sameness {
  const [a, b] = [readBound(grammar, one), readBound(grammar, other)];
  if (a === undefined || b === undefined) return "unknown";
  for (const field of ["strategy", "is_default", "modulus", "remainder"]) if (a[field] !== b[field]) return "different";
  const types = keyTypes(grammar, after, key);
  return worst([
    compareLists(nodes(a["listdatums"]), nodes(b["listdatums"]), types[0]),
    ...["lowerdatums", "upperdatums"].map((end) => compareEnds(nodes(a[end]), nodes(b[end]), types)),
  ]);
}

function readBound(grammar: Grammar, sql: string): Fields | undefined {
  return part(grammar, `CREATE TABLE pg_catalog.x PARTITION OF pg_catalog.y ${sql}`, "partbound");
}

function part(grammar: Grammar, sql: string, field: string): Fields | undefined {
  const parsed = grammar.parse(sql);
  const [, statement] = tagged(parsed.ok ? parsed.statements[0]?.node : undefined);
  return statement[field] === undefined ? undefined : fields(statement[field]);
}

/** Of each column of the key; undefined for an expression. */
function keyTypes(grammar: Grammar, { facts }: Catalog, key: Key): readonly (string | undefined)[] {
  const fact = facts[key];
  const parent = fact?.kind === "table" || fact?.kind === "foreign table" ? fact.inherits?.[0] : undefined;
  const table = parent === undefined ? undefined : facts[parent];
  if (table?.kind !== "table" || table.partitionBy === undefined) return [];
  const spec = part(grammar, `CREATE TABLE pg_catalog.x () PARTITION BY ${table.partitionBy.sql}`, "partspec");
  return nodes(spec?.["partParams"]).map((element) => {
    const name = text(element["PartitionElem"]?.["name"]);
    const column = name === undefined ? undefined : facts[keyIn(table.key, "column", name)];
    return column?.kind === "column" ? column.type : undefined;
  });
}

function compareEnds(one: readonly Node[], other: readonly Node[], types: readonly (string | undefined)[]): Sameness {
  if (one.length !== other.length) return "different";
  return worst(one.map((value, index) => compareValues(value, other[index]!, types[index])));
}

/** The server leaves out what is said twice. */
function compareLists(one: readonly Node[], other: readonly Node[], type: string | undefined): Sameness {
  const within = (all: readonly Node[], value: Node): Sameness => {
    const found = all.map((each) => compareValues(value, each, type));
    return found.includes("same") ? "same" : found.includes("unknown") ? "unknown" : "different";
  };
  return worst([...one.map((value) => within(other, value)), ...other.map((value) => within(one, value))]);
}

function compareValues(one: Value, other: Value, type: string | undefined): Sameness {
  const [a, b] = [edgeOf(one), edgeOf(other)];
  if (a !== undefined || b !== undefined) return a === b ? "same" : "different";
  const [written, printed] = [valueOf(one), valueOf(other)];
  if (written === undefined || printed === undefined) return "unknown";
  if (written.form === "null" || printed.form === "null") return written.form === printed.form ? "same" : "different";
  if (written.value === printed.value) return "same";
  if (type === undefined) return "unknown";
  const asText = (constant: Constant): Constant => ({ ...constant, form: "string", type });
  return compareConstants(asText(written), asText(printed));
}

/** MINVALUE and MAXVALUE. */
function edgeOf(tree: Value): string | undefined {
  const [tag, node] = tagged(tree);
  return tag === "ColumnRef" ? text(fields(nodes(node["fields"])[0]?.["String"])["sval"]) : undefined;
}

/** The server keeps the value alone, without its casts. */
function valueOf(tree: Value): Constant | undefined {
  const [tag, node] = tagged(tree);
  if (tag === "TypeCast" || tag === "CollateClause") return valueOf(node["arg"] ?? {});
  return tag === "A_Const" ? constantOf(node) : undefined;
}

function worst(all: readonly Sameness[]): Sameness {
  return all.includes("different") ? "different" : all.includes("unknown") ? "unknown" : "same";
}
