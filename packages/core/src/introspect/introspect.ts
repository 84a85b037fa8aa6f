// Owns the reading of a live database's schema as a catalog: one question, one answer.
import { catalogOf, type Catalog } from "@clew/sql-analyzer";
import type { Session, Sql } from "../driver.ts";
import { Census, type Reading } from "./census.ts";
import { columns } from "./columns.ts";
import { constraints } from "./constraints.ts";
import { languages, servers, userMappings, wrappers } from "./foreign.ts";
import { indexes } from "./indexes.ts";
import { aliases, comments, uses } from "./notes.ts";
import { casts, operatorClasses, operatorFamilies, operators } from "./operators.ts";
import { privileges } from "./privileges.ts";
import { publications, publicationSchemas, publicationTables, unmodelled } from "./publications.ts";
import { relationNames, relations, sequences } from "./relations.ts";
import { routines } from "./routines.ts";
import { database, defaultPrivileges, extensions, roles, schemas } from "./surroundings.ts";
import { collations, configurations, dictionaries, parsers, statistics, templates } from "./text-search.ts";
import { eventTriggers, policies, rules, triggers } from "./triggers.ts";
import { types } from "./types.ts";

/** In an order in which all that a reading names has been named before. */
const readings: Readonly<Record<string, Reading<never>>> = {
  roles,
  database,
  extensions,
  schemas,
  wrappers,
  servers,
  userMappings,
  languages,
  routines,
  relationNames,
  types,
  relations,
  columns,
  sequences,
  constraints,
  indexes,
  policies,
  triggers,
  rules,
  eventTriggers,
  casts,
  operators,
  operatorClasses,
  operatorFamilies,
  collations,
  parsers,
  templates,
  dictionaries,
  configurations,
  statistics,
  defaultPrivileges,
  privileges,
  publications,
  publicationTables,
  publicationSchemas,
  unmodelled,
  comments,
  aliases,
  uses,
};

/**
 * `space`: the schemas that are not the system's. `member`: what belongs to an extension, with it.
 * An empty search_path, set before, makes the server qualify what it prints.
 */
const question: Sql = {
  text: `WITH space AS MATERIALIZED (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'),
  member AS MATERIALIZED (SELECT d.classid, d.objid, d.refobjid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 3079 AND d.deptype = 'e')
  SELECT current_setting('server_version_num')::integer / 10000 AS major, ${Object.entries(readings)
    .map(([name, { sql }]) => `(SELECT coalesce(json_agg(x), '[]') FROM (${sql}\n) x) AS "${name}"`)
    .join(", ")}`,
};

/** What decides about how the server prints, as pg_dump sets it; and no compiler, which would take longer than the query. */
const settings: Readonly<Record<string, string>> = {
  search_path: "",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  jit: "off",
  lc_monetary: "C",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  xmlbinary: "base64",
};

const setting: Sql = {
  text: `SELECT ${Object.entries(settings).map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`)}`,
};

interface Answer {
  readonly major: number;
  readonly [reading: string]: unknown;
}

/**
 * The schema of the database that a session is connected to, in one round trip: every schema but the system's, those of
 * a platform as well (see `filterCatalog`), and the cluster's roles. Postgres 14 to 18. Needs no more than the right to
 * connect; where a user mapping's options may not be seen, they are left out.
 * @throws SessionError also where somebody else changes the schema at that moment, so that half of it is already gone
 */
export async function introspect(session: Session): Promise<Catalog> {
  const [answer] = await session.query<Answer>(question, [setting]);
  const major = answer!.major;
  const census = new Census(major);
  for (const [name, { gather }] of Object.entries(readings)) gather(census, answer![name] as readonly never[]);
  return catalogOf(census.facts, { source: "server", major });
}
