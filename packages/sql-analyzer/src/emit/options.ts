// Owns how options are printed: storage parameters, and those of foreign data wrappers.
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Options } from "../catalog/relations.ts";
import { mask } from "../catalog/secrets.ts";
import { literal, words } from "./emitted.ts";

/** `WITH (fillfactor = '70')`; empty without options. */
export function withOptions(options: Options | undefined): string {
  return options === undefined ? "" : `WITH ${parameters(options)}`;
}

/** `(fillfactor = '70', toast.autovacuum_enabled = 'off')`. */
export function parameters(options: Options): string {
  const list = Object.entries(options).map(([name, value]) => `${parameterName(name)} = ${literal(value)}`);
  return `(${list.join(", ")})`;
}

/**
 * `SET (…)` and `RESET (…)`, each where something is to be set or reset.
 * https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
 */
export function changedParameters(from: Options = {}, to: Options = {}): readonly string[] {
  const set = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const reset = Object.keys(from).filter((name) => to[name] === undefined);
  return [
    ...(set.length > 0 ? [`SET ${parameters(Object.fromEntries(set))}`] : []),
    ...(reset.length > 0 ? [`RESET (${reset.map(parameterName).join(", ")})`] : []),
  ];
}

/** A namespace of parameters is no part of the name. */
function parameterName(name: string): string {
  return name.split(".").map(quoteIdentifier).join(".");
}

/** `OPTIONS (host 'example.org')`, without secrets, which are not known; empty without options. */
export function wrapperOptions(options: Options = {}): string {
  const list = Object.entries(options)
    .filter(([, value]) => value !== mask)
    .map(([name, value]) => words(quoteIdentifier(name), literal(value)));
  return list.length > 0 ? `OPTIONS (${list.join(", ")})` : "";
}

/** The options whose values are secrets. */
export function secretsOf(options: Options = {}): readonly string[] {
  return Object.keys(options).filter((name) => options[name] === mask);
}

/** `OPTIONS (ADD a 'x', SET b 'y', DROP c)`; empty where nothing changes that is known. */
export function changedWrapperOptions(from: Options = {}, to: Options = {}): string {
  const changes = [
    ...Object.entries(to)
      .filter(([name, value]) => from[name] !== value && value !== mask)
      .map(([name, value]) => words(from[name] === undefined ? "ADD" : "SET", quoteIdentifier(name), literal(value))),
    ...Object.keys(from)
      .filter((name) => to[name] === undefined)
      .map((name) => `DROP ${quoteIdentifier(name)}`),
  ];
  return changes.length > 0 ? `OPTIONS (${changes.join(", ")})` : "";
}
