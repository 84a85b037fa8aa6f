// Owns the clauses that several kinds have: settings, collations, bodies, and blocks that act on what has no name.
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Options } from "../catalog/relations.ts";
import { literal } from "./emitted.ts";

/** `SET name TO value` and `RESET name`, as ALTER ROLE and ALTER DATABASE take them. */
export function settingsChange(from: Options = {}, to: Options = {}): readonly string[] {
  const steps: string[] = [];
  for (const name of Object.keys(from)) if (to[name] === undefined) steps.push(`RESET ${settingName(name)}`);
  for (const [name, value] of Object.entries(to)) if (value !== from[name]) steps.push(setting(name, value));
  return steps;
}

/**
 * `SET name TO value`, of a value as pg_proc and pg_db_role_setting keep it: lists of names are given name by name, as
 * pg_dump does, for one constant would be one name. https://www.postgresql.org/docs/current/sql-set.html
 */
export function setting(name: string, value: string): string {
  const values = lists.has(name.toLowerCase()) ? namesIn(value).map(literal).join(", ") || "''" : literal(value);
  return `SET ${settingName(name)} TO ${values}`;
}

/** A collation's clause, ` COLLATE …`; the catalog has its name quoted. */
export function collate(collation: string | undefined): string {
  return collation === undefined ? "" : ` COLLATE ${collation}`;
}

/** A role as GRANT names it. */
export function grantee(role: string): string {
  return role === "public" ? "PUBLIC" : quoteIdentifier(role);
}

/** Text between dollar quotes, with a tag that is not in it. */
export function dollarQuoted(text: string, tag = "clew"): string {
  return text.includes(`$${tag}`) ? dollarQuoted(text, `${tag}_`) : `$${tag}$${text}$${tag}$`;
}

/** A block, `DO`. */
export function block(body: string, declare?: string): string {
  const declared = declare === undefined ? "" : `DECLARE ${declare}; `;
  return `DO ${dollarQuoted(`${declared}BEGIN ${body} END`)}`;
}

/** A step of a block for a statement about this database, whose name stands where `%I` does; other percent signs are doubled. */
export function onThisDatabase(start: string, end: string): string {
  const text = `${start.replaceAll("%", "%%")} %I ${end.replaceAll("%", "%%")}`;
  return `EXECUTE pg_catalog.format(${literal(text.trimEnd())}, pg_catalog.current_database());`;
}

function settingName(name: string): string {
  return name.split(".").map(quoteIdentifier).join(".");
}

function namesIn(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!,
  );
}

const lists: ReadonlySet<string> = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);
