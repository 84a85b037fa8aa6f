// Owns which relations a statement both updates and inserts into by MERGE.
import type { Fields, Node, Relation, Statement, Value } from "@clew/sql-analyzer";
import { relationOf } from "./names.ts";

/**
 * Of a partitioned table the server gives triggers the row that was inserted last in the place of an updated one: what
 * ExecPrepareTupleRouting notes for the one is still there for the other.
 */
export function* mergedBy(ast: Statement["ast"]): Generator<Relation> {
  for (const merge of mergesIn(ast)) {
    const kinds = ((merge["mergeWhenClauses"] ?? []) as readonly Node[]).map(
      (clause) => clause["MergeWhenClause"]?.["commandType"],
    );
    if (kinds.includes("CMD_UPDATE") && kinds.includes("CMD_INSERT")) yield relationOf(merge["relation"]);
  }
}

function* mergesIn(tree: Value | undefined): Generator<Fields> {
  if (typeof tree !== "object" || tree === null) return;
  if (Array.isArray(tree)) {
    for (const item of tree as readonly Value[]) yield* mergesIn(item);
    return;
  }
  for (const [tag, value] of Object.entries(tree as Fields)) {
    if (tag === "MergeStmt") yield value as Fields;
    yield* mergesIn(value);
  }
}
