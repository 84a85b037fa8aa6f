// Owns which relations a statement both updates and inserts into by MERGE.
import { walk, type Node, type Relation, type Statement } from "@clew/sql-analyzer";
import { relationOf } from "./names.ts";

/**
 * Of a partitioned table the server gives triggers the row that was inserted last in the place of an updated one: what
 * ExecPrepareTupleRouting notes for the one is still there for the other.
 */
export function mergedBy(statement: Statement): readonly Relation[] {
  const merged: Relation[] = [];
  walk(statement, {
    MergeStmt({ relation, mergeWhenClauses = [] }) {
      const kinds = (mergeWhenClauses as readonly Node[]).map((clause) => clause["MergeWhenClause"]?.["commandType"]);
      if (kinds.includes("CMD_UPDATE") && kinds.includes("CMD_INSERT")) merged.push(relationOf(relation));
    },
  });
  return merged;
}
