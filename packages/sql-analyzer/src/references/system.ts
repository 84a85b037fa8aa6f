// Owns what is PostgreSQL's own: functions, types, relations with their columns, roles.
import { extensionNames, type ExtensionNames } from "./extension-names.ts";
import { rowFunctions, systemFunctions, systemRelations, systemRoles, systemTypes } from "./system-names.ts";

/** How many arguments a function takes. */
export interface Arity {
  readonly least: number;
  /** Infinity where the last is variadic. */
  readonly most: number;
}

/** Functions of pg_catalog. */
export const ownFunctions = (): ReadonlyMap<string, readonly Arity[]> => (ownFunctionMap ??= arities(systemFunctions));

/** The columns that a function of pg_catalog gives in FROM: undefined where a query has to say, none for a plain value. */
export function ownFunctionColumns(name: string): readonly string[] | undefined {
  ownRows ??= byFirstWord(rowFunctions);
  const columns = ownRows.get(name) ?? [];
  return columns[0] === "?" ? undefined : columns;
}

/** Types of pg_catalog, also by the names that CREATE TABLE alone takes for types. */
export const ownTypes = (): ReadonlySet<string> =>
  (ownTypeSet ??= new Set([
    ...words(systemTypes),
    "serial",
    "serial2",
    "serial4",
    "serial8",
    "bigserial",
    "smallserial",
  ]));

/** Columns of the relations of pg_catalog and information_schema, by `schema.name`. */
export const ownRelations = (): ReadonlyMap<string, readonly string[]> =>
  (ownRelationMap ??= byFirstWord(systemRelations));

export const ownRoles = (): ReadonlySet<string> => (ownRoleSet ??= new Set(words(systemRoles)));

/** What an extension brings, by `schema.name`, or by name alone in a schema that CREATE EXTENSION chooses. */
export interface Brought {
  readonly partial: boolean;
  /** All that it brings is in schemas of its own: pg_net's in `net`, wherever the extension itself is. */
  readonly apart: boolean;
  readonly schemas: ReadonlySet<string>;
  readonly functions: ReadonlyMap<string, readonly Arity[]>;
  readonly types: ReadonlySet<string>;
  readonly relations: ReadonlySet<string>;
}

/** What an extension brings; undefined for one that is not known. */
export function broughtBy(extension: string): Brought | undefined {
  const names = Object.hasOwn(extensionNames, extension) ? extensionNames[extension] : undefined;
  if (names === undefined) return undefined;
  let found = broughtMap.get(names);
  if (found === undefined) {
    found = {
      partial: names.partial === true,
      apart: [names.functions, names.types, names.relations].every((list) => words(list ?? "").every(hasSchema)),
      schemas: new Set(words(names.schemas ?? "")),
      functions: arities(names.functions ?? ""),
      types: new Set(words(names.types ?? "")),
      relations: new Set(words(names.relations ?? "")),
    };
    broughtMap.set(names, found);
  }
  return found;
}

// Read on first need: nothing here costs a program that never asks.
let ownFunctionMap: ReadonlyMap<string, readonly Arity[]> | undefined;
let ownRows: ReadonlyMap<string, readonly string[]> | undefined;
let ownTypeSet: ReadonlySet<string> | undefined;
let ownRelationMap: ReadonlyMap<string, readonly string[]> | undefined;
let ownRoleSet: ReadonlySet<string> | undefined;
const broughtMap = new Map<ExtensionNames, Brought>();

function hasSchema(name: string): boolean {
  return name.includes(".");
}

function words(list: string): readonly string[] {
  return list === "" ? [] : list.split(/\s+/).filter((word) => word !== "");
}

function byFirstWord(list: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    list.split("\n").map((line) => {
      const [name, ...rest] = line.split(" ");
      return [name!, rest] as const;
    }),
  );
}

function arities(list: string): ReadonlyMap<string, readonly Arity[]> {
  return new Map(
    words(list).map((word) => {
      const colon = word.lastIndexOf(":");
      return [
        word.slice(0, colon),
        word
          .slice(colon + 1)
          .split(",")
          .map(arity),
      ] as const;
    }),
  );
}

function arity(written: string): Arity {
  if (written.endsWith("+")) return { least: Number(written.slice(0, -1)), most: Infinity };
  const [least, most = least] = written.split("-");
  return { least: Number(least), most: Number(most) };
}
