// Owns functions, procedures and aggregates as SQL.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Key } from "../catalog/keys.ts";
import type { Argument } from "../catalog/routines-and-types.ts";
import { objectName, routineName } from "./address.ts";
import { dollarQuoted, setting } from "./clauses.ts";
import { emitted, literal } from "./emitted.ts";
import type { Change, Emitted, Emitter } from "./emitter.ts";

type Routine = Fact<"function" | "procedure">;

/** https://www.postgresql.org/docs/current/sql-createfunction.html */
export const routine: Emitter<"function"> & Emitter<"procedure"> = {
  create: (fact: Routine) => [createRoutine(fact, "CREATE")],
  // A type goes with its own functions.
  drop: (fact: Routine, catalog: Catalog) =>
    typeOfRoutine(fact, catalog) === undefined ? [{ sql: `DROP ${objectName(fact)}` }] : [],
  alter: ({ from, to }: { readonly from: Routine; readonly to: Routine }) =>
    replaceable(from, to) ? { statements: [createRoutine(to, "CREATE OR REPLACE")] } : undefined,
  madeWith: (fact: Routine, catalog: Catalog) => typeOfRoutine(fact, catalog),
};

/** The statement that makes a function or procedure. */
export function createRoutine(fact: Routine, verb: "CREATE" | "CREATE OR REPLACE"): Emitted {
  const { arguments: args, sqlBody, language, transforms, support } = fact;
  const inputs = args.filter(({ mode }) => mode !== "table");
  const isProcedure = fact.kind === "procedure";
  const native = language === "c" || language === "internal";
  const parts = [
    `${verb} ${isProcedure ? "PROCEDURE" : "FUNCTION"} ${routineName(fact.key)}(${inputs.map(argument).join(", ")})`,
    isProcedure ? undefined : `RETURNS ${resultOf(fact)}`,
    `LANGUAGE ${quoteIdentifier(language)}`,
    transforms && `TRANSFORM ${transforms.map((type) => `FOR TYPE ${type}`).join(", ")}`,
    fact.window && "WINDOW",
    fact.volatility?.toUpperCase(),
    fact.strict && "STRICT",
    fact.securityDefiner && "SECURITY DEFINER",
    fact.leakproof && "LEAKPROOF",
    fact.parallel && `PARALLEL ${fact.parallel.toUpperCase()}`,
    fact.cost !== undefined && `COST ${fact.cost}`,
    fact.rows !== undefined && `ROWS ${fact.rows}`,
    support && `SUPPORT ${support}`,
    ...Object.entries(fact.settings ?? {}).map(([name, value]) => setting(name, value)),
    fact.library !== undefined
      ? `AS ${literal(fact.library)}, ${literal(fact.body ?? "")}`
      : sqlBody
        ? sqlBody.sql
        : `AS ${native ? literal(fact.body ?? "") : dollarQuoted(fact.body ?? "", fact.kind)}`,
  ];
  return emitted(parts.filter(Boolean).join("\n"), ...args.map((each) => each.default), sqlBody);
}

function resultOf({ arguments: args, returns, returnsSet }: Routine): string {
  const table = args.filter(({ mode }) => mode === "table");
  if (table.length > 0) return `TABLE(${table.map(({ name, type }) => `${named(name)}${type}`).join(", ")})`;
  return `${returnsSet ? "SETOF " : ""}${returns}`;
}

function argument({ name, type, mode, default: standard }: Argument): string {
  const direction = mode === undefined || mode === "table" ? "" : `${mode.toUpperCase()} `;
  return `${direction}${named(name)}${type}${standard === undefined ? "" : ` DEFAULT ${standard.sql}`}`;
}

function named(name: string | undefined): string {
  return name === undefined ? "" : `${quoteIdentifier(name)} `;
}

/** Whether CREATE OR REPLACE can lead from one to the other: it keeps what callers see of a function. */
function replaceable(from: Routine, to: Routine): boolean {
  if (from.returns !== to.returns || from.returnsSet !== to.returnsSet || from.window !== to.window) return false;
  if (from.arguments.length !== to.arguments.length) return false;
  return from.arguments.every((was, index) => {
    const is = to.arguments[index]!;
    const isInput = was.mode !== "out" && was.mode !== "table";
    return (
      was.type === is.type &&
      was.mode === is.mode &&
      (was.name === is.name || (isInput && was.name === undefined)) &&
      (was.default === undefined || is.default !== undefined)
    );
  });
}

/** The type that cannot be without this function, as this cannot be without the type: they are made, and go, together. */
function typeOfRoutine(fact: Routine, { facts }: Catalog): Key | undefined {
  return fact.uses?.find((key) => {
    const type = facts[key];
    return (type?.kind === "base type" || type?.kind === "range") && type.uses?.includes(fact.key);
  });
}

/** The functions that are made with a type: see `typeOfRoutine`. */
export function routinesOfType(type: Fact<"base type" | "range">, { facts }: Catalog): readonly Routine[] {
  return (type.uses ?? []).flatMap((key) => {
    const used = facts[key];
    return used?.kind === "function" && used.uses?.includes(type.key) ? [used] : [];
  });
}

/** https://www.postgresql.org/docs/current/sql-createaggregate.html */
export const aggregate: Emitter<"aggregate"> = {
  create: (fact) => [createAggregate(fact, "CREATE")],
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter: ({ from, to, fields }: Change<"aggregate">) =>
    ["arguments", "returns", "aggregate", "directArguments"].some((field) => fields.has(field)) ||
    from.arguments.length !== to.arguments.length
      ? undefined
      : { statements: [createAggregate(to, "CREATE OR REPLACE")] },
};

function createAggregate(fact: Fact<"aggregate">, verb: string): Emitted {
  const { arguments: args, aggregate: sort, directArguments = 0, properties, parallel } = fact;
  // An ordered-set aggregate whose direct arguments are variadic has its last one on both sides of ORDER BY.
  const direct = args.slice(0, directArguments).map(argument);
  const ordered = args.slice(directArguments < args.length ? directArguments : -1).map(argument);
  const list =
    sort === "normal"
      ? args.map(argument).join(", ") || "*"
      : `${direct.length > 0 ? `${direct.join(", ")} ` : ""}ORDER BY ${ordered.join(", ")}`;
  const said = Object.entries(properties).map(([name, value]) => property(name, value));
  if (parallel !== undefined) said.push(`PARALLEL = ${parallel.toUpperCase()}`);
  if (sort === "hypothetical-set") said.push("HYPOTHETICAL");
  return emitted(`${verb} AGGREGATE ${routineName(fact.key)}(${list}) (${said.join(", ")})`);
}

function property(name: string, value: string): string {
  if (name.endsWith("_EXTRA")) return name;
  if (name.endsWith("_MODIFY")) return `${name} = ${modifies[value] ?? value}`;
  if (name.endsWith("INITCOND")) return `${name} = ${literal(value)}`;
  if (name === "SORTOP") return `${name} = ${operatorName(value)}`;
  return `${name} = ${value}`;
}

/** An operator's name as definitions of others take it; the catalog has those of pg_catalog bare. */
export function operatorName(name: string): string {
  return name.includes(".") ? `OPERATOR(${name})` : `OPERATOR(pg_catalog.${name})`;
}

const modifies: Readonly<Record<string, string>> = { r: "READ_ONLY", s: "SHAREABLE", w: "READ_WRITE" };
