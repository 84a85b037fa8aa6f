// Owns a schema as SQL: the statements that make it on a new database.
import { filterCatalog, scriptOf, transition, type Catalog, type Fact, type Key } from "@clew/sql-analyzer";
import { ownSchema } from "./difference.ts";
import { freshCatalog, platformOf } from "./platform.ts";

/**
 * The statements that make a project's own part of a schema on what a new database of its platform has, in an order that
 * works, without semicolons. Comments stand where something cannot be written as SQL.
 */
export function schemaSql(catalog: Catalog): readonly string[] {
  const fresh = freshCatalog(platformOf(catalog), catalog.major);
  // Roles are the server's, for all its databases: only those that files make belong to a project.
  const own = filterCatalog(ownSchema(catalog), ({ kind }) => kind !== "role" || catalog.source === "files").facts;
  // What an extension brings has privileges of its own, to which files only add.
  const unknown = Object.values(own).filter(({ kind, certainty }) => kind === "privileges" && certainty === "tainted");
  const facts: Record<Key, Fact> = { ...fresh.facts, ...own };
  for (const { key } of unknown) delete facts[key];
  const { actions, impossible } = transition(fresh, { ...catalog, facts }, { role: "postgres" });
  const statements = scriptOf(actions).map((sql) => sql.replace(/^SET LOCAL /, "SET "));
  const untold = unknown.length > 0 ? [`cannot be told: ${unknown.map(({ key }) => key).join(", ")}`] : [];
  return [...[...impossible, ...untold].map((what) => `-- ${what.replaceAll("\n", " ")}`), ...statements];
}
