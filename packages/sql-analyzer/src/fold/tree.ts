// Owns how the fold reads fields of a parse tree.
import type { Fields, Node, Value } from "../grammar.ts";
import { nodes } from "../grammar.ts";

const none: Fields = {};

/** A field that holds a node of known type, without its tag. */
export function fields(value: Value | undefined): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : none;
}

/** A field that holds a node of any type: its tag and its fields. */
export function tagged(value: Value | undefined): readonly [string, Fields] {
  const node = fields(value);
  for (const tag in node) return [tag, fields(node[tag])];
  return ["", none];
}

export function text(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The texts of a list of String nodes: a qualified name, a list of columns. */
export function strings(value: Value | undefined): readonly string[] {
  const found: string[] = [];
  for (const node of nodes(value)) {
    const name = node["String"]?.["sval"];
    if (typeof name === "string") found.push(name);
  }
  return found;
}

/** The items of a List node, or of a plain list. */
export function items(value: Value | undefined): readonly Node[] {
  return Array.isArray(value) ? nodes(value) : nodes(fields(fields(value)["List"])["items"]);
}

/** The options of a statement, `WITH (a = 1)` and the like, by name; the last of a name stands. */
export function elements(value: Value | undefined): ReadonlyMap<string, Fields> {
  const found = new Map<string, Fields>();
  for (const { DefElem: element } of nodes(value)) {
    if (element === undefined) continue;
    const space = text(element["defnamespace"]);
    const name = String(element["defname"]);
    found.set(space === undefined ? name : `${space}.${name}`, element);
  }
  return found;
}

/** The value of an option as text: a string, a number, a word. Undefined where there is none. */
export function optionText(element: Fields | undefined): string | undefined {
  return element === undefined ? undefined : scalar(element["arg"]);
}

/** A boolean option: present without a value is on. */
export function optionOn(element: Fields | undefined): boolean {
  if (element === undefined) return false;
  const value = scalar(element["arg"]);
  return value === undefined || value === "true" || value === "on" || value === "1" || value === "yes";
}

/** The text of a constant, as the server would keep it. */
export function scalar(value: Value | undefined): string | undefined {
  const [tag, node] = tagged(value);
  switch (tag) {
    case "String":
      return text(node["sval"]) ?? "";
    case "Integer":
      return String(node["ival"] ?? 0);
    case "Float":
      return String(node["fval"]);
    case "Boolean":
      return node["boolval"] === true ? "true" : "false";
    case "BitString":
      return text(node["bsval"]);
    case "A_Const":
      return constant(node);
    case "TypeName":
      return strings(node["names"]).at(-1);
    case "TypeCast":
      return scalar(node["arg"]);
    case "List":
      return nodes(node["items"]).map(scalar).join(", ");
    default:
      return undefined;
  }
}

function constant(node: Fields): string | undefined {
  if (node["isnull"] === true) return undefined;
  if (node["ival"] !== undefined) return String(fields(node["ival"])["ival"] ?? 0);
  if (node["fval"] !== undefined) return String(fields(node["fval"])["fval"]);
  if (node["boolval"] !== undefined) return fields(node["boolval"])["boolval"] === true ? "true" : "false";
  if (node["sval"] !== undefined) return text(fields(node["sval"])["sval"]) ?? "";
  return text(fields(node["bsval"])["bsval"]);
}
