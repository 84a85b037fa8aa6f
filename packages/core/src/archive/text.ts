// Owns the forms in which the archive's functions are written: names, and the settings that texts of values depend on.
import { identifier } from "../store/bind.ts";

/** The name of something that one archive has to itself: its rows, a function. */
export function own(word: string, id: string): string {
  return `clew_archive.${identifier(`${word} ${id}`)}`;
}

/**
 * What each function has in force: that a value's text is the same whoever asks, and is read back to the same value; and
 * that no policy hides rows. https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const settings = `SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD' SET IntervalStyle = postgres SET TimeZone = 'UTC' SET extra_float_digits = 1 SET bytea_output = hex
SET lc_monetary = 'C' SET quote_all_identifiers = off SET row_security = off`;

/** Beyond that, for functions that read the texts of many values, not for each statement of a migration. */
export const readsMuch = `SET xmloption = content SET array_nulls = on SET transform_null_equals = off SET jit = off SET work_mem = '64MB'
SET client_min_messages = warning`;

/** A function of an archive in PL/pgSQL; `me` in its body is the archive's id. */
export function plpgsql(head: string, id: string, declare: string, body: string): string {
  return `CREATE FUNCTION ${head} LANGUAGE plpgsql ${settings} AS $clew$
#variable_conflict use_variable
DECLARE
  me CONSTANT uuid := '${id}';
${declare}
BEGIN
${body}
END$clew$`;
}

/** A function that all archives have in common; its parameters are told in its head. */
export function common(head: string, declare: string, body: string): string {
  return shared(`${head} LANGUAGE plpgsql ${settings} SET jit = off`, declare, body);
}

/**
 * A part of a trigger's function, with the rights and the settings that this one has. It runs for each statement of a loop: an
 * assignment costs less than a PERFORM, which is a query.
 */
export function part(head: string, declare: string, body: string): string {
  return shared(`${head} LANGUAGE plpgsql`, declare, body);
}

function shared(head: string, declare: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${head} AS $common$
#variable_conflict use_variable
DECLARE
${declare}
BEGIN
${body}
END$common$`;
}

/** SQL of a table as it is read and written by itself: what inherits from it has rows of its own, a partitioned table has none. */
export const itself = (rel: string): string =>
  `(SELECT CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END FROM pg_class c WHERE c.oid = ${rel}) || ${rel}::text`;
