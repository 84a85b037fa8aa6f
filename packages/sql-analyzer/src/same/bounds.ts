// Owns whether two bounds of a partition are the same: their values are of the types of the parent's key, and print as such.
import type { Sameness } from "../catalog/diff.ts";
import type { Key } from "../catalog/keys.ts";
import { type Fields, type Grammar, type Node, nodes, type Value } from "../grammar.ts";
import { columnsOf } from "../fold/columns.ts";
import type { Scene } from "../fold/scene.ts";
import { fields, tagged, text } from "../fold/tree.ts";
import { compareConstants } from "./constants.ts";
import type { Term } from "./term.ts";

const lists = ["listdatums", "lowerdatums", "upperdatums"] as const;
const single = ["strategy", "is_default", "modulus", "remainder"] as const;

/** `read` gives the term of an expression; `parent` is the table that the partition is of. */
export function compareBounds(
  scene: Scene,
  parent: Key | undefined,
  written: string,
  printed: string,
  read: (expression: Value | undefined) => Term,
): Sameness {
  const [one, other] = [specOf(scene.grammar!, written), specOf(scene.grammar!, printed)];
  if (one === undefined || other === undefined) return "unknown";
  if (single.some((field) => one[field] !== other[field])) return "different";
  const types = keyTypes(scene, parent);
  let found: Sameness = "same";
  for (const field of lists) {
    const [values, others] = [nodes(one[field]), nodes(other[field])];
    if (values.length !== others.length) return "different";
    for (const [index, value] of values.entries()) {
      const type = types[field === "listdatums" ? 0 : index];
      const same = compareValues(value, others[index]!, type, read);
      if (same === "different") return same;
      if (same === "unknown") found = same;
    }
  }
  return found;
}

function compareValues(one: Node, other: Node, type: string | undefined, read: (node: Node) => Term): Sameness {
  const [edge, otherEdge] = [edgeOf(one), edgeOf(other)];
  if (edge !== undefined || otherEdge !== undefined) return edge === otherEdge ? "same" : "different";
  const [a, b] = [read(one), read(other)];
  if (a.is !== "constant" || b.is !== "constant") return "unknown";
  if (a.form === b.form && a.value === b.value) return "same";
  if (type === undefined) return "unknown";
  // A number may be printed as a string: '5000000000'.
  return compareConstants({ ...a, form: stringForm(a.form), type }, { ...b, form: stringForm(b.form), type });
}

function stringForm<Form extends string>(form: Form): Form | "string" {
  return form === "number" || form === "boolean" ? "string" : form;
}

/** MINVALUE and MAXVALUE are read as names of columns. */
function edgeOf(node: Node): string | undefined {
  const [name] = nodes(node["ColumnRef"]?.["fields"]);
  return text(name?.["String"]?.["sval"])?.toLowerCase();
}

function specOf(grammar: Grammar, sql: string): Fields | undefined {
  const node = firstOf(grammar, `CREATE TABLE pg_catalog.x PARTITION OF pg_catalog.y ${sql}`);
  return node && fields(node["partbound"]);
}

/** The types of the columns of a table's key; undefined for expressions. */
function keyTypes(scene: Scene, parent: Key | undefined): readonly (string | undefined)[] {
  const by = parent && scene.catalog.as(parent, "table")?.partitionBy;
  const node = by && firstOf(scene.grammar!, `CREATE TABLE pg_catalog.x () PARTITION BY ${by.sql}`);
  const columns = parent === undefined ? [] : columnsOf(scene, parent);
  return nodes(fields(node?.["partspec"])["partParams"]).map((each) => {
    const name = text(fields(each["PartitionElem"])["name"]);
    return columns.find((column) => column.name === name)?.type;
  });
}

function firstOf(grammar: Grammar, sql: string): Fields | undefined {
  const parsed = grammar.parse(sql);
  return parsed.ok ? tagged(parsed.statements[0]?.node)[1] : undefined;
}
