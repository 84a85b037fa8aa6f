// Owns the reading of publications, and of what the catalog has no shape for.
import { addressOf, keyAlone, keyOf, publishedKey } from "@clew/sql-analyzer";
import { schemaKey, text, type Reading } from "./census.ts";
import { classes, members, type Class } from "./classes.ts";

interface PublicationRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly allTables: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly viaPartitionRoot: boolean;
  readonly generated: string;
}

const operations = ["insert", "update", "delete", "truncate"] as const;

/** pubgencols was added in 18; `n` is none. */
export const publications: Reading<PublicationRow> = {
  sql: `SELECT p.oid::bigint AS oid, p.pubname AS name, p.pubowner::bigint AS owner, p.puballtables AS "allTables",
    p.pubinsert AS insert, p.pubupdate AS update, p.pubdelete AS delete, p.pubtruncate AS truncate,
    p.pubviaroot AS "viaPartitionRoot", (SELECT pubgencols FROM (SELECT p.*) present) AS generated
  FROM pg_catalog.pg_publication p
    CROSS JOIN (SELECT 'n'::"char" AS pubgencols) absent
  WHERE p.oid NOT IN ${members("pg_publication")}`,
  gather(census, rows) {
    for (const row of rows) {
      const { oid, name, owner, allTables, viaPartitionRoot } = row;
      census.add(
        "publication",
        ["pg_publication", oid],
        { key: keyAlone("publication", name), name, owner },
        {
          allTables,
          publish: operations.filter((operation) => row[operation]),
          viaPartitionRoot,
          generatedColumns: row.generated === "s" ? "stored" : undefined,
        },
      );
    }
  },
};

interface PublicationTableRow {
  readonly oid: number;
  readonly publication: string;
  readonly table: number;
  readonly columns: readonly number[] | null;
  readonly where: string | null;
}

/** Column lists and row filters were added in 15. */
export const publicationTables: Reading<PublicationTableRow> = {
  sql: `SELECT r.oid::bigint AS oid, p.pubname AS publication, r.prrelid::bigint AS table,
    (SELECT prattrs FROM (SELECT r.*) present)::smallint[] AS columns,
    pg_catalog.pg_get_expr((SELECT prqual FROM (SELECT r.*) present), r.prrelid) AS where
  FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
    CROSS JOIN (SELECT NULL::int2vector AS prattrs, NULL::pg_node_tree AS prqual) absent`,
  gather(census, rows) {
    for (const { oid, publication, table: relation, columns, where } of rows) {
      const table = census.key("pg_class", relation);
      if (table === undefined) continue;
      const key = publishedKey("publication table", publication, table);
      census.add(
        "publication table",
        ["pg_publication_rel", oid],
        { key, name: addressOf(table), parent: keyAlone("publication", publication) },
        {
          table,
          columns: columns && census.columns(relation, columns),
          where: text(where),
        },
      );
    }
  },
};

interface PublicationSchemaRow {
  readonly oid: number;
  readonly publication: string;
  readonly schema: string;
}

/** pg_publication_namespace was added in 15, and no query that names it would run on 14: its dependencies tell the same. */
export const publicationSchemas: Reading<PublicationSchemaRow> = {
  sql: `SELECT d.objid::bigint AS oid, p.pubname AS publication, n.nspname AS schema
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_publication p ON d.refclassid = 6104 AND p.oid = d.refobjid
    JOIN pg_catalog.pg_depend e ON e.classid = d.classid AND e.objid = d.objid
    JOIN pg_catalog.pg_namespace n ON e.refclassid = 2615 AND n.oid = e.refobjid
  WHERE d.classid = 6237`,
  gather(census, rows) {
    for (const { oid, publication, schema } of rows) {
      const key = publishedKey("publication schema", publication, schemaKey(schema));
      const about = { key, name: schema, parent: keyAlone("publication", publication) };
      census.add("publication schema", ["pg_publication_namespace", oid], about, { schema: schemaKey(schema) });
    }
  },
};

interface OtherRow {
  readonly class: keyof typeof classes;
  readonly oid: number;
  readonly type: string;
  /** Quoted where it has to be. */
  readonly schema: string | null;
  readonly identity: string;
}

const others: readonly Class[] = ["pg_am", "pg_conversion", "pg_subscription", "pg_transform"];

/** What is not modelled is at least known to be there. */
export const unmodelled: Reading<OtherRow> = {
  sql: others
    .map(
      (of) => `SELECT '${of}' AS class, x.oid::bigint AS oid, i.type, i.schema, i.identity FROM pg_catalog.${of} x
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(${classes[of]}, x.oid, 0) i WHERE x.oid >= 16384 AND x.oid NOT IN ${members(of)}`,
    )
    .join(" UNION ALL "),
  gather(census, rows) {
    for (const { class: of, oid, type, schema, identity: said } of rows) {
      // Older versions say `for integer on language plperl`.
      const identity = type === "transform" ? said.replace(" on language ", " language ") : said;
      const parent = schema === null ? undefined : keyOf("schema", schema);
      census.add(
        "object",
        [of, oid],
        { key: keyOf("object", `${type} ${identity}`), name: identity, parent },
        { type },
      );
    }
  },
};
