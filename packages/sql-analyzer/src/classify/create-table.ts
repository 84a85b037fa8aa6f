// Says what CREATE TABLE does to the relations that it names beside the new one.
import { type Fields, type Node, nodes } from "../grammar.ts";
import type { Act } from "./acts.ts";
import { relationOf } from "./relation.ts";

/** The acts of CREATE TABLE and CREATE FOREIGN TABLE. */
export function createTable(fields: Fields): readonly Act[] {
  const parents = nodes(fields["inhRelations"]).map((node) => relationOf(node["RangeVar"]));
  const isPartition = fields["partbound"] !== undefined;
  return [
    ...parents.map((parent): Act =>
      isPartition
        ? { key: "CREATE TABLE PARTITION OF", target: parent }
        : { key: "CREATE TABLE INHERITS", other: parent },
    ),
    ...nodes(fields["tableElts"]).flatMap(elementActs),
  ];
}

function elementActs({ ColumnDef: column, Constraint: constraint, TableLikeClause: like }: Node): readonly Act[] {
  if (like !== undefined) return [{ key: "CREATE TABLE LIKE", other: relationOf(like["relation"]) }];
  const constraints =
    column === undefined ? [constraint] : nodes(column["constraints"]).map((node) => node["Constraint"]);
  return constraints.flatMap((one) =>
    one?.["contype"] === "CONSTR_FOREIGN"
      ? [{ key: "CREATE TABLE REFERENCES", other: relationOf(one["pktable"]) }]
      : [],
  );
}
