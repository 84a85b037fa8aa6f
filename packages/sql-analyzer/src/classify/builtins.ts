// Knows PostgreSQL's own functions and types: whether an expression is volatile, and whether a name is the user's.
import type { Value } from "../grammar.ts";
import { stableFunctions, types, volatileFunctions } from "./builtin-names.ts";
import { rowsOf } from "./rows.ts";

const stable = new Set(stableFunctions.split(/\s+/));
const volatile = new Set(volatileFunctions.split(/\s+/));
const known = new Set(types.split(/\s+/));

/**
 * Whether an expression without subqueries gives the same value for every row of a statement: `stable` if all functions
 * that it calls do, `volatile` if one does not, `unknown` if one is not PostgreSQL's own. Operators and casts pass for
 * stable.
 */
export function volatilityOf(expression: Value): "stable" | "volatile" | "unknown" {
  const calls = rowsOf(expression).calls.map(builtinName);
  if (calls.some((name) => name !== undefined && volatile.has(name))) return "volatile";
  return calls.every((name) => name !== undefined && stable.has(name)) ? "stable" : "unknown";
}

/** Whether a function, by its name in parts, is PostgreSQL's own; one that is cannot write to anybody's tables. */
export function isBuiltinFunction(parts: readonly string[]): boolean {
  const name = builtinName(parts);
  return name !== undefined && (stable.has(name) || volatile.has(name) || name.startsWith("pg_"));
}

/** Whether a type, by its name in parts, is PostgreSQL's own. None of those is a domain. */
export function isBuiltinType(parts: readonly string[]): boolean {
  const name = builtinName(parts);
  return name !== undefined && known.has(name);
}

function builtinName(parts: readonly string[]): string | undefined {
  return parts.length === 1 || parts[0] === "pg_catalog" ? parts.at(-1) : undefined;
}
