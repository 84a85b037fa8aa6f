// Owns publications, their tables and their schemas as SQL.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { objectName, parentAddress } from "./address.ts";
import { emitted, literal } from "./emitted.ts";
import type { Alteration, Change, Emitter } from "./emitter.ts";

/** https://www.postgresql.org/docs/current/sql-createpublication.html */
export const publication: Emitter<"publication"> = {
  create(fact) {
    const all = fact.allTables ? " FOR ALL TABLES" : "";
    const options = [
      publish(fact),
      fact.viaPartitionRoot && "publish_via_partition_root = true",
      fact.generatedColumns && `publish_generated_columns = ${fact.generatedColumns}`,
    ];
    return [{ sql: `CREATE PUBLICATION ${addressOf(fact.key)}${all} WITH (${options.filter(Boolean).join(", ")})` }];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ to, fields }: Change<"publication">): Alteration | undefined {
    if (fields.has("allTables")) return undefined;
    const options = [
      fields.has("publish") && publish(to),
      fields.has("viaPartitionRoot") && `publish_via_partition_root = ${to.viaPartitionRoot ?? false}`,
      fields.has("generatedColumns") && `publish_generated_columns = ${to.generatedColumns ?? "none"}`,
    ];
    return { statements: [{ sql: `ALTER ${objectName(to)} SET (${options.filter(Boolean).join(", ")})` }] };
  },
};

function publish(fact: Fact<"publication">): string {
  return `publish = ${literal(fact.publish.join(", "))}`;
}

/** ONLY: what inherits from a table is listed by itself. */
export const publicationTable: Emitter<"publication table"> = {
  create(fact) {
    const columns = fact.columns === undefined ? "" : ` (${fact.columns.map(quoteIdentifier).join(", ")})`;
    const where = fact.where === undefined ? "" : ` WHERE (${fact.where.sql})`;
    const sql = `ALTER PUBLICATION ${parentAddress(fact)} ADD TABLE ONLY ${addressOf(fact.table)}${columns}${where}`;
    return [emitted(sql, fact.where)];
  },
  drop: (fact) => [{ sql: `ALTER PUBLICATION ${parentAddress(fact)} DROP TABLE ONLY ${addressOf(fact.table)}` }],
};

export const publicationSchema: Emitter<"publication schema"> = {
  create: (fact) => [
    { sql: `ALTER PUBLICATION ${parentAddress(fact)} ADD TABLES IN SCHEMA ${addressOf(fact.schema)}` },
  ],
  drop: (fact) => [{ sql: `ALTER PUBLICATION ${parentAddress(fact)} DROP TABLES IN SCHEMA ${addressOf(fact.schema)}` }],
};
