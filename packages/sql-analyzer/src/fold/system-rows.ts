// Owns what queries of Postgres's own catalogs would find, as far as the catalog at hand tells: `DO` blocks ask before they act.
import type { Fact } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";
import type { Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { relationKinds, tableKinds, type Working } from "./working.ts";

/** A value of a query: undefined is one that cannot be known. A list is an array. */
export type Known =
  | string
  | boolean
  | null
  | readonly Known[]
  | { readonly [column: string]: Known | undefined }
  | undefined;

/** A row: columns that it does not have cannot be known. OIDs are keys. */
export interface SystemRow {
  readonly [column: string]: Known;
}

/** What is asked of a relation: where a query says what it looks for, only that. */
interface Asked {
  readonly scene: Scene;
  /** The fact. */
  readonly key?: string | undefined;
  /** What it is in. */
  readonly parent?: string | undefined;
  /** The name of the table that it is in. */
  readonly table?: string | undefined;
  readonly name?: string | undefined;
}

type SystemRelation = (asked: Asked) => readonly SystemRow[];

/** Whether the rows of a relation of pg_catalog or information_schema are known. */
export function isKnown(name: string): boolean {
  return relations[name] !== undefined;
}

/** The rows of a known relation. `equal` says what columns are to be: rows that are otherwise may be left out. */
export function systemRows(scene: Scene, name: string, equal: ReadonlyMap<string, string>): readonly SystemRow[] {
  const relation = relations[name]!;
  const by = lookups[name] ?? {};
  const wanted = (column: string | undefined): string | undefined =>
    column === undefined ? undefined : equal.get(column);
  const asked = { key: wanted(by.key), parent: wanted(by.parent), table: wanted(by.table), name: wanted(by.name) };
  if (Object.values(asked).some((each) => each !== undefined)) return relation({ scene, ...asked });
  const { catalog } = scene;
  const known = kept.get(catalog);
  const rows = known?.version === catalog.version ? known.rows : new Map<string, readonly SystemRow[]>();
  if (rows !== known?.rows) kept.set(catalog, { version: catalog.version, rows });
  const found = rows.get(name) ?? relation({ scene });
  rows.set(name, found);
  return found;
}

// A block asks several times before it changes anything.
const kept = new WeakMap<Working, { readonly version: number; readonly rows: Map<string, readonly SystemRow[]> }>();

function schemaNamed(fact: Fact): string {
  return fact.parent === undefined ? "" : schemaName(fact.parent);
}

function facts<K extends Fact["kind"]>(asked: Asked, ...kinds: readonly K[]): readonly Fact<K>[] {
  const { catalog } = asked.scene;
  const { key, parent, table, name } = asked;
  if (key !== undefined) {
    const fact = catalog.get(key as Key);
    return fact !== undefined && (kinds as readonly string[]).includes(fact.kind) ? [fact as Fact as Fact<K>] : [];
  }
  if (parent !== undefined) return kinds.flatMap((kind) => catalog.children(parent as Key, kind));
  if (table !== undefined) {
    const found = catalog.named(table, ...tableKinds);
    return found.flatMap(({ key: of }) => kinds.flatMap((kind) => catalog.children(of, kind)));
  }
  return name === undefined ? catalog.allOf(...kinds) : catalog.named(name, ...kinds);
}

/** The schema and the name of a table by its key. */
function placeOf(scene: Scene, table: Key | undefined): { readonly schema: string; readonly name: string } {
  const fact = scene.catalog.get(table);
  return fact === undefined ? { schema: "", name: "" } : { schema: schemaNamed(fact), name: fact.name };
}

const relationLetters: { readonly [kind: string]: string } = {
  table: "r",
  view: "v",
  "materialized view": "m",
  "foreign table": "f",
  sequence: "S",
  index: "i",
  "composite type": "c",
};

const constraintLetters: { readonly [type: string]: string } = {
  "primary key": "p",
  unique: "u",
  "foreign key": "f",
  check: "c",
  exclude: "x",
};

const tables = ["table", "view", "materialized view", "foreign table"] as const;
const types = ["enum", "domain", "composite type", "range", "base type", ...tables] as const;
const typeLetters: { readonly [kind: string]: string } = { enum: "e", domain: "d", range: "r", "base type": "b" };

const relations: { readonly [name: string]: SystemRelation | undefined } = {
  pg_namespace: (asked) => facts(asked, "schema").map(({ key, name }) => ({ oid: key, nspname: name })),
  pg_class: (asked) =>
    facts(asked, ...relationKinds).map((fact) => ({
      oid: fact.key,
      relname: fact.name,
      relnamespace: fact.parent ?? null,
      relkind: fact.kind === "table" && fact.partitionBy !== undefined ? "p" : (relationLetters[fact.kind] ?? "r"),
      relrowsecurity: fact.kind === "table" && fact.rowSecurity === true,
    })),
  pg_tables: (asked) =>
    facts(asked, "table").map((fact) => ({
      schemaname: schemaNamed(fact),
      tablename: fact.name,
      tableowner: fact.owner ?? null,
      rowsecurity: fact.rowSecurity === true,
    })),
  // What belongs to an extension is no fact, so of the facts that there are nothing does.
  key_column_usage: (asked) =>
    facts(asked, "constraint").flatMap((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.parent);
      return (fact.type === "check" ? [] : (fact.columns ?? [])).map((column, index) => ({
        constraint_schema: schema,
        constraint_name: fact.name,
        table_schema: schema,
        table_name: name,
        column_name: column,
        ordinal_position: String(index + 1),
      }));
    }),
  constraint_column_usage: (asked) =>
    facts(asked, "constraint").flatMap((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.references?.table ?? fact.parent);
      return (fact.references?.columns ?? fact.columns ?? []).map((column) => ({
        constraint_schema: placeOf(asked.scene, fact.parent).schema,
        constraint_name: fact.name,
        table_schema: schema,
        table_name: name,
        column_name: column,
      }));
    }),
  pg_depend: () => [],
  pg_views: (asked) => facts(asked, "view").map((fact) => ({ schemaname: schemaNamed(fact), viewname: fact.name })),
  pg_matviews: (asked) =>
    facts(asked, "materialized view").map((fact) => ({ schemaname: schemaNamed(fact), matviewname: fact.name })),
  tables: (asked) =>
    facts(asked, "table", "view", "foreign table").map((fact) => ({
      table_schema: schemaNamed(fact),
      table_name: fact.name,
      table_type: fact.kind === "table" ? "BASE TABLE" : fact.kind === "view" ? "VIEW" : "FOREIGN",
    })),
  views: (asked) => facts(asked, "view").map((fact) => ({ table_schema: schemaNamed(fact), table_name: fact.name })),
  schemata: (asked) => facts(asked, "schema").map(({ name }) => ({ schema_name: name })),
  columns: (asked) =>
    facts(asked, "column").map((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.parent);
      return {
        table_schema: schema,
        table_name: name,
        column_name: fact.name,
        is_nullable: fact.notNull === true ? "NO" : "YES",
        data_type: fact.type.endsWith("[]")
          ? "ARRAY"
          : fact.type.includes(".")
            ? "USER-DEFINED"
            : fact.type.replace(/\([^)]*\)/, ""),
        udt_name: fact.type.includes(".")
          ? (/[^".]+(?="?$)/.exec(fact.type.replace("[]", ""))?.[0] ?? undefined)
          : undefined,
      };
    }),
  pg_attribute: (asked) =>
    facts(asked, "column").map((fact) => ({
      attrelid: fact.parent ?? null,
      attname: fact.name,
      attisdropped: false,
      attnotnull: fact.notNull === true,
    })),
  pg_type: (asked) =>
    facts(asked, ...types).map((fact) => ({
      oid: fact.key,
      typname: fact.name,
      typnamespace: fact.parent ?? null,
      typtype: typeLetters[fact.kind] ?? "c",
    })),
  pg_enum: (asked) =>
    facts(asked, "enum").flatMap((fact) => fact.values.map((value) => ({ enumtypid: fact.key, enumlabel: value }))),
  pg_constraint: (asked) =>
    facts(asked, "constraint").map((fact) => ({
      conname: fact.name,
      conrelid: fact.parent ?? null,
      connamespace: asked.scene.catalog.get(fact.parent)?.parent ?? null,
      contype: constraintLetters[fact.type] ?? "c",
      confrelid: fact.references?.table ?? null,
      convalidated: fact.notValid !== true,
    })),
  table_constraints: (asked) =>
    facts(asked, "constraint").map((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.parent);
      const type = fact.type.toUpperCase();
      return {
        constraint_schema: schema,
        constraint_name: fact.name,
        table_schema: schema,
        table_name: name,
        constraint_type: type,
      };
    }),
  pg_policies: (asked) =>
    facts(asked, "policy").map((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.parent);
      return {
        schemaname: schema,
        tablename: name,
        policyname: fact.name,
        cmd: fact.command.toUpperCase(),
        roles: fact.roles,
      };
    }),
  pg_policy: (asked) => facts(asked, "policy").map((fact) => ({ polname: fact.name, polrelid: fact.parent ?? null })),
  pg_trigger: (asked) =>
    facts(asked, "trigger").map((fact) => ({ tgname: fact.name, tgrelid: fact.parent ?? null, tgisinternal: false })),
  triggers: (asked) =>
    facts(asked, "trigger").map((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.parent);
      return { trigger_schema: schema, trigger_name: fact.name, event_object_schema: schema, event_object_table: name };
    }),
  pg_indexes: (asked) =>
    facts(asked, "index").map((fact) => ({
      schemaname: schemaNamed(fact),
      indexname: fact.name,
      tablename: placeOf(asked.scene, fact.table).name,
    })),
  pg_proc: (asked) =>
    facts(asked, "function", "procedure", "aggregate").map((fact) => ({
      oid: fact.key,
      proname: fact.name,
      pronamespace: fact.parent ?? null,
      prosecdef: fact.kind !== "aggregate" && fact.securityDefiner === true,
      prokind: fact.kind === "function" ? "f" : fact.kind === "procedure" ? "p" : "a",
    })),
  routines: (asked) =>
    facts(asked, "function", "procedure").map((fact) => ({
      routine_schema: schemaNamed(fact),
      routine_name: fact.name,
      routine_type: fact.kind.toUpperCase(),
    })),
  pg_roles: (asked) => facts(asked, "role").map(({ key, name }) => ({ oid: key, rolname: name })),
  pg_authid: (asked) => facts(asked, "role").map(({ key, name }) => ({ oid: key, rolname: name })),
  pg_extension: (asked) =>
    facts(asked, "extension").map(({ key, name, version }) => ({ oid: key, extname: name, extversion: version })),
  pg_publication: (asked) => facts(asked, "publication").map(({ key, name }) => ({ oid: key, pubname: name })),
  pg_publication_tables: (asked) =>
    facts(asked, "publication table").map((fact) => {
      const { schema, name } = placeOf(asked.scene, fact.table);
      return { pubname: asked.scene.catalog.get(fact.parent)?.name ?? "", schemaname: schema, tablename: name };
    }),
  pg_publication_rel: (asked) =>
    facts(asked, "publication table").map((fact) => ({ prpubid: fact.parent ?? null, prrelid: fact.table })),
  pg_sequences: (asked) =>
    facts(asked, "sequence").map((fact) => ({ schemaname: schemaNamed(fact), sequencename: fact.name })),
  pg_event_trigger: (asked) => facts(asked, "event trigger").map((fact) => ({ evtname: fact.name })),
};

/** The columns by which the facts of a relation's rows are found. */
interface Lookups {
  readonly key?: string;
  readonly parent?: string;
  readonly table?: string;
  readonly name?: string;
}

/** The columns by which rows of a relation are found without a look at all of them. */
export function lookupsOf(name: string): ReadonlySet<string> {
  return new Set(Object.values(lookups[name] ?? {}));
}

const lookups: { readonly [name: string]: Lookups | undefined } = {
  pg_namespace: { key: "oid", name: "nspname" },
  pg_class: { key: "oid", name: "relname" },
  pg_tables: { name: "tablename" },
  key_column_usage: { table: "table_name", name: "constraint_name" },
  constraint_column_usage: { name: "constraint_name" },
  pg_views: { name: "viewname" },
  pg_matviews: { name: "matviewname" },
  tables: { name: "table_name" },
  views: { name: "table_name" },
  schemata: { name: "schema_name" },
  columns: { table: "table_name", name: "column_name" },
  pg_attribute: { parent: "attrelid", name: "attname" },
  pg_type: { key: "oid", name: "typname" },
  pg_enum: { key: "enumtypid" },
  pg_constraint: { parent: "conrelid", name: "conname" },
  table_constraints: { table: "table_name", name: "constraint_name" },
  pg_policies: { table: "tablename", name: "policyname" },
  pg_policy: { parent: "polrelid", name: "polname" },
  pg_trigger: { parent: "tgrelid", name: "tgname" },
  triggers: { table: "event_object_table", name: "trigger_name" },
  pg_indexes: { name: "indexname" },
  pg_proc: { key: "oid", name: "proname" },
  routines: { name: "routine_name" },
  pg_roles: { key: "oid", name: "rolname" },
  pg_authid: { key: "oid", name: "rolname" },
  pg_extension: { key: "oid", name: "extname" },
  pg_publication: { key: "oid", name: "pubname" },
  pg_publication_rel: { parent: "prpubid" },
  pg_sequences: { name: "sequencename" },
  pg_event_trigger: { name: "evtname" },
};
