// Says whose rows a statement reads and writes, and where it runs code that is not in it.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { isBuiltinFunction } from "./builtins.ts";
import type { Classification, Relation } from "./classification.ts";
import { isOn } from "./options.ts";
import { namesOf, relationOf } from "./relation.ts";
import { rowsOf } from "./rows.ts";

export type Reading = Pick<Classification, "reads" | "writes" | "unknown">;

/** What a statement reads and writes when it runs; a query that it only keeps, as CREATE VIEW does, reads nothing. */
export function readingOf(node: Node): Reading {
  const [tag, fields] = Object.entries(node)[0]!;
  return readings[tag]?.(fields) ?? nothing;
}

const nothing: Reading = { reads: [], writes: [], unknown: [] };

const query = (tag: string) => (fields: Fields) => queryReading({ [tag]: fields });

const readings: { readonly [tag: string]: (fields: Fields) => Reading } = {
  SelectStmt: (s) => queryReading({ SelectStmt: s }, (s["intoClause"] as Fields | undefined)?.["rel"]),
  InsertStmt: query("InsertStmt"),
  UpdateStmt: query("UpdateStmt"),
  DeleteStmt: query("DeleteStmt"),
  MergeStmt: query("MergeStmt"),
  DeclareCursorStmt: query("DeclareCursorStmt"),
  ExplainStmt: (s) => (isOn(s["options"], "analyze") ? queryReading(s) : nothing),
  CreateTableAsStmt: (s) => queryReading(s["query"], (s["into"] as Fields)["rel"]),
  CopyStmt: (s) => {
    if (s["relation"] === undefined) return queryReading(s["query"]);
    const relations = [relationOf(s["relation"])];
    return s["is_from"] === true ? { ...nothing, writes: relations } : { ...nothing, reads: relations };
  },
  TruncateStmt: (s) => ({ ...nothing, writes: nodes(s["relations"]).map((one) => relationOf(one["RangeVar"])) }),
  RefreshMatViewStmt: (s) => ({ ...nothing, writes: [relationOf(s["relation"])] }),
  DoStmt: () => running("a DO block"),
  CallStmt: (s) => running(`the procedure ${namesOf((s["funccall"] as Fields)["funcname"]).join(".")}`),
  ExecuteStmt: (s) => running(`the prepared statement ${String(s["name"])}`),
  CreateExtensionStmt: (s) => running(`the script of the extension ${String(s["extname"])}`),
  AlterExtensionStmt: (s) => running(`the script of the extension ${String(s["extname"])}`),
};

function running(what: string): Reading {
  return { ...nothing, unknown: [`it runs ${what}`] };
}

function queryReading(tree: Value | undefined, made?: Value): Reading {
  const { uses, calls } = rowsOf(tree);
  const reads = uses.filter(({ verb }) => verb.startsWith("SELECT")).map(({ relation }) => relation);
  const writes = uses.filter(({ verb }) => !verb.startsWith("SELECT")).map(({ relation }) => relation);
  const foreign = calls.filter((name) => !isBuiltinFunction(name)).map((name) => name.join("."));
  return {
    reads: unique(reads),
    writes: unique(made === undefined ? writes : [...writes, relationOf(made)]),
    unknown: [...new Set(foreign)].map((name) => `it calls the function ${name}`),
  };
}

function unique(relations: readonly Relation[]): readonly Relation[] {
  return [...new Map(relations.map((one) => [JSON.stringify([one.schema, one.name]), one])).values()];
}
