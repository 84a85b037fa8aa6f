// Owns the Supabase baseline: the SQL that makes an empty database look like a fresh Supabase project to a migration.
import { readdirSync, readFileSync } from "node:fs";

/** Changes whenever a database that the baseline makes would differ. */
export const baselineVersion: string = "2026.11.0";

/** A file for the `extension` folder of a Postgres installation. */
export interface ExtensionFile {
  readonly name: string;
  readonly content: string;
}

// beside src and beside dist alike
const folder = new URL("../../baseline/", import.meta.url);

/**
 * The baseline as one script: roles, default privileges, and the schemas `auth`, `storage`, `realtime`, `vault`,
 * `extensions` and their kin with what migrations use of them.
 *
 * Run it once in a new database, as a superuser, in one transaction or as one message. Roles belong to the whole
 * server; those that exist are kept. It needs the extensions pg_stat_statements, pgcrypto and uuid-ossp.
 */
export function baselineSql(): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name) => withFallback(readFileSync(new URL(name, folder), "utf8")))
    .join("\n");
}

/**
 * Control files and scripts of stand-ins for extensions that Supabase has and a plain Postgres lacks: same names and
 * signatures, no effect outside the database. Where a server finds them, `create extension pg_cron` works.
 */
export function standIns(): readonly ExtensionFile[] {
  const extensions = new URL("extension/", folder);
  return readdirSync(extensions).map((name) => ({ name, content: readFileSync(new URL(name, extensions), "utf8") }));
}

/** Where the server lacks an extension of ours, its objects are made without it. */
function withFallback(sql: string): string {
  return sql.replaceAll(/^create extension (\w+) with schema (\w+);$/gm, (statement, name: string, schema: string) => {
    const script = standIns().find((file) => file.name.startsWith(`${name}--`));
    if (!script) return statement;
    // SQLSTATE 58P01 (to Postgres 15), 0A000 (since 16): the server has no such extension
    return `do $install$
begin
  ${statement}
exception when undefined_file or feature_not_supported then
  execute $script$
${script.content.replaceAll("@extschema@", schema)}$script$;
end $install$;`;
  });
}
