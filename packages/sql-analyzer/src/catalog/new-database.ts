// Owns what a new database of Postgres has before anything is made in it.
import { catalogOf, type Catalog, type Fact } from "./catalog.ts";

/**
 * The catalog of a new database of a major version: the schema `public`, PL/pgSQL, and who may do what from the start. To fold
 * a project's files onto, and to look names up in.
 * https://www.postgresql.org/docs/release/15.0/: since then not everybody may create in the schema public
 */
export function newDatabase(major: number): Catalog {
  const owner = major >= 15 ? "pg_database_owner" : "postgres";
  const privileges = major >= 15 ? ["USAGE"] : ["CREATE", "USAGE"];
  const database: Fact = {
    key: "database this",
    kind: "database",
    name: "this",
    certainty: "exact",
    owner: "postgres",
    grants: [{ to: "public", privileges: ["CONNECT", "TEMPORARY"] }],
  };
  const language: Fact = {
    key: "extension plpgsql",
    kind: "extension",
    name: "plpgsql",
    certainty: "exact",
    schema: "pg_catalog",
    version: "1.0",
  };
  const schema: Fact = {
    key: "schema public",
    kind: "schema",
    name: "public",
    certainty: "exact",
    owner,
    grants: [{ to: "public", privileges }],
  };
  return catalogOf([database, language, schema], { source: "server", major });
}
