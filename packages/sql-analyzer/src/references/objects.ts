// Owns what DROP, COMMENT, GRANT, ALTER … OWNER, RENAME and SET SCHEMA name.
import type { Key } from "../catalog/keys.ts";
import { type Name, nameOf } from "../fold/names.ts";
import { items, strings, tagged, text } from "../fold/tree.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { checkType, reportColumn, reportRoutine } from "./expressions.ts";
import { type Here, reportMissing } from "./here.ts";
import type { Sort } from "./known.ts";
import type { Span } from "./source.ts";
import { checkPart } from "./tables.ts";

type Parts = (index: number, name: string) => Span | undefined;

/** Where the parts of a name are that stands, dotted, at or after an offset. */
function partsFrom(here: Here, names: readonly string[], from: number): Parts {
  const spans = here.source.findDotted(names, from);
  return (index, name) => spans?.[index] ?? here.source.find(name, from);
}

const alone: { readonly [type: string]: Exclude<Sort, "table" | "type"> | undefined } = {
  OBJECT_EVENT_TRIGGER: "event trigger",
  OBJECT_EXTENSION: "extension",
  OBJECT_LANGUAGE: "language",
  OBJECT_PUBLICATION: "publication",
  OBJECT_ROLE: "role",
  OBJECT_SCHEMA: "schema",
  OBJECT_FOREIGN_SERVER: "server",
};

const parts: { readonly [type: string]: "constraint" | "policy" | "rule" | "trigger" | undefined } = {
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_TABCONSTRAINT: "constraint",
  OBJECT_TRIGGER: "trigger",
};

/** Checks an object as these statements name it; gives where its name ends. */
export function checkObject(here: Here, type: Value | undefined, object: Value | undefined, from = 0): number {
  const [tag, node] = tagged(object);
  const names =
    tag === "List" ? strings(node["items"]) : tag === "String" ? [text(node["sval"]) ?? ""] : strings(object);
  const last = names.at(-1) ?? "";
  const sort = alone[String(type)];
  if (sort !== undefined) {
    const span = here.source.find(last, from);
    const missing = here.known.alone(last, sort as Exclude<typeof sort, "wrapper" | "view">);
    // plpgsql and internal are no facts.
    if (missing !== undefined && sort !== "language") {
      reportMissing(here, sort, { schema: last, name: last }, { ...missing, part: "name" }, () => span);
    }
    return span?.end ?? from;
  }
  const part = parts[String(type)];
  if (part !== undefined) {
    const [holder, key] = checkHolder(here, names.slice(0, -1), from);
    const span = spanBeside(here, part, last, names, from);
    if (key !== undefined) checkPart(here, part, key, last, span);
    return Math.max(span?.end ?? from, holder);
  }
  switch (type) {
    case "OBJECT_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_FOREIGN_TABLE":
      return checkHolder(here, names, from)[0];
    case "OBJECT_COLUMN": {
      const [end, key] = checkHolder(here, names.slice(0, -1), from, last);
      if (key === undefined) return end;
      const columns = here.known.columns(key);
      const span = partsFrom(here, names, from)(names.length - 1, last);
      if (columns.names?.has(last) === false) reportColumn(here, names.at(-2)!, columns, last, span);
      return span?.end ?? end;
    }
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE": {
      const name = nameOf(object === undefined ? undefined : tag === "List" ? node["items"] : object);
      const where = partsFrom(here, names, from);
      const missing = here.known.inSchema(name, type === "OBJECT_INDEX" ? "index" : "sequence");
      if (missing !== undefined)
        reportMissing(here, type === "OBJECT_INDEX" ? "index" : "sequence", name, missing, where);
      return where(names.length - 1, last)?.end ?? from;
    }
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      if (tag === "TypeName") checkType(here, node);
      else {
        const name = nameOf(tag === "List" ? node["items"] : object);
        const missing = here.known.type(name);
        if (missing !== undefined) reportMissing(here, "type", name, missing, partsFrom(here, names, from));
      }
      return from;
    case "OBJECT_TSCONFIGURATION": {
      const name = nameOf(tag === "List" ? node["items"] : object);
      const missing = here.known.textSearchConfiguration(name);
      if (missing !== undefined) {
        reportMissing(here, "text search configuration", name, missing, partsFrom(here, names, from));
      }
      return from;
    }
    case "OBJECT_AGGREGATE":
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
      return checkRoutineObject(here, node, from);
    default:
      return from;
  }
}

// A policy's, trigger's or rule's name stands before its table's: DROP POLICY name ON table.
function spanBeside(here: Here, sort: string, name: string, names: readonly string[], from: number): Span | undefined {
  const table = names.slice(0, -1);
  const word = here.source.find(sort, from);
  const span = here.source.find(name, word?.end ?? from);
  return name === table.at(-1) && sort === "constraint" ? here.source.find(name, word?.end ?? from) : span;
}

/** Checks the relation that holds something; gives where its name ends, and its key. */
function checkHolder(
  here: Here,
  names: readonly string[],
  from: number,
  column?: string,
): readonly [number, Key | undefined] {
  const name: Name = { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? "" };
  const found = here.known.table(name);
  // Its name stands before its column's, but after its policy's.
  const dotted = column === undefined ? names : [...names, column];
  const start = here.source.findDotted(dotted, from) === undefined ? 0 : from;
  const where = partsFrom(here, dotted, start);
  const end = where(names.length - 1, name.name)?.end ?? from;
  if ("missing" in found) {
    reportMissing(here, "table", name, found.missing, where);
    return [end, undefined];
  }
  const made = here.body?.made.has("table", name.name) === true;
  return [end, "key" in found && !made ? found.key : undefined];
}

// Functions that SQL cannot call are in no list of what extensions bring; dumps grant them all the same.
// https://www.postgresql.org/docs/current/datatype-pseudo.html
function isSupport(types: Value | undefined): boolean {
  return items(types).some(({ TypeName: type }) => strings(type?.["names"]).at(-1) === "internal");
}

/** A routine by its name and the types of its arguments; only their number is compared. */
export function checkRoutineObject(here: Here, object: Fields, from = 0): number {
  const names = strings(object["objname"]);
  const name = nameOf(object["objname"]);
  for (const each of items(object["objargs"])) if (each["TypeName"] !== undefined) checkType(here, each["TypeName"]);
  const unspecified = object["args_unspecified"] === true;
  const inputs = nodes(object["objargs"]).length;
  const where = partsFrom(here, names, from);
  const end = where(names.length - 1, name.name)?.end ?? from;
  const any = here.known.routine(name, undefined);
  if ("missing" in any) {
    if (isSupport(object["objargs"]) && here.known.mayHaveSupport(name)) return end;
    reportRoutine(here, name, { missing: any.missing, arities: [] }, undefined, where);
    return end;
  }
  if (unspecified || any.facts.length === 0) return end;
  const all = nodes(object["objfuncargs"]).length;
  const fits = any.facts.some((fact) => {
    const own = fact.arguments.filter(({ mode }) => mode !== "table");
    const ins = own.filter(({ mode }) => mode !== "out");
    return ins.length === inputs || own.length === inputs || own.length === all || fact.arguments.length === all;
  });
  if (fits || any.facts.some(({ kind }) => kind === "aggregate")) return end;
  const arities = any.facts.map((fact) => {
    const count = fact.arguments.filter(({ mode }) => mode !== "out" && mode !== "table").length;
    return { least: count, most: count };
  });
  reportRoutine(here, name, { missing: { part: "name", certain: true, candidates: () => [] }, arities }, inputs, where);
  return end;
}
