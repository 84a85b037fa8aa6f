// Owns whether SQL that was written and SQL that a server prints say the same: each is read in the catalog that it is of.
import type { Catalog, Fact, SqlText } from "../catalog/catalog.ts";
import type { Sameness, SqlPlace } from "../catalog/diff.ts";
import type { Key } from "../catalog/keys.ts";
import { normalise } from "../fingerprint.ts";
import { columnsOf } from "../fold/columns.ts";
import { Scene } from "../fold/scene.ts";
import { tagged } from "../fold/tree.ts";
import { Working } from "../fold/working.ts";
import type { Fields, Grammar } from "../grammar.ts";
import { compareBounds } from "./bounds.ts";
import { compareTerms, placeOf } from "./compare.ts";
import { plain, readExpression } from "./expressions.ts";
import { readQuery } from "./queries.ts";
import { Reader } from "./reader.ts";
import { emptyScope, type Entry, type Output, type Scope, visibleOf } from "./scope.ts";
import type { Term } from "./term.ts";

/** Compares texts of one catalog with texts of another; see `DiffOptions.sameSql`. */
export type CompareSql = (before: SqlText, after: SqlText, at: SqlPlace) => Sameness;

/**
 * Begins to compare the texts of two catalogs by their parse trees. What is said to be the same a server would print
 * alike, but for aliases; where that cannot be told from the trees and the catalogs, the answer is `unknown`.
 */
export function startComparing(before: Catalog, after: Catalog, grammar: Grammar): CompareSql {
  const scenes = new Map<Catalog, Scene>();
  const sceneOf = (catalog: Catalog): Scene => {
    const known = scenes.get(catalog);
    if (known !== undefined) return known;
    const made = new Scene(new Working(catalog), "postgres", [], grammar);
    scenes.set(catalog, made);
    return made;
  };
  const read = (catalog: Catalog, text: SqlText, at: SqlPlace): Term | undefined => {
    const scene = sceneOf(catalog);
    scene.setPath(text.path ?? []);
    return readText(new Reader(scene, text.path !== undefined), text.sql, at);
  };
  return (one, other, at) => {
    if (one.path?.join() === other.path?.join() && normalise(one.sql) === normalise(other.sql)) return "same";
    if (at.field === "bound") return compareBounds(grammar, after, at.key, one.sql, other.sql);
    const a = read(before, one, at);
    const b = read(after, other, at);
    if (a === undefined || b === undefined) return "unknown";
    const place = placeOf(typeWanted(after, at));
    // Of two that are written, or printed, either may be the one with the casts.
    return one.path === undefined && other.path !== undefined ? compareTerms(b, a, place) : compareTerms(a, b, place);
  };
}

function readText(reader: Reader, sql: string, { key, field }: SqlPlace): Term | undefined {
  const { catalog } = reader.scene;
  const fact = catalog.get(key);
  if (fact === undefined) return undefined;
  if (fact.kind === "view" || fact.kind === "materialized view") {
    const node = parse(reader, sql);
    const names = columnsOf(reader.scene, key).map(({ name }) => name);
    return node && readQuery(reader, node, undefined, false, names.length > 0 ? new Set(names) : undefined).term;
  }
  const frame = frames[`${fact.kind} ${field}`];
  if (frame !== undefined) {
    const node = parse(reader, frame(sql));
    return node && plain(reader, "", node, scopeOf(reader, fact));
  }
  const node = parse(reader, `SELECT (${sql}\n)`);
  const [, select] = tagged(node && { SelectStmt: node });
  const target = (select["targetList"] as readonly { readonly ResTarget: Fields }[] | undefined)?.[0]?.ResTarget;
  return target && readExpression(reader, target["val"], scopeOf(reader, fact));
}

/** The type that a text comes to be of. */
function typeWanted(catalog: Catalog, { key, field }: SqlPlace): string | undefined {
  const fact = catalog.facts[key];
  if ((fact?.kind !== "column" && fact?.kind !== "domain") || field !== "default") return undefined;
  const domain = catalog.facts[`domain ${fact.type}`];
  return domain?.kind === "domain" ? domain.type : fact.type;
}

/** Statements in which what is no expression can stand. */
const frames: { readonly [place: string]: ((sql: string) => string) | undefined } = {
  "table partitionBy": (sql) => `CREATE TABLE pg_catalog.x () PARTITION BY ${sql}`,
  "constraint exclude": (sql) => `ALTER TABLE pg_catalog.x ADD EXCLUDE ${sql}`,
  "rule rule": (sql) => sql,
  "function sqlBody": (sql) => `CREATE FUNCTION x() ${sql}`,
  "procedure sqlBody": (sql) => `CREATE PROCEDURE x() ${sql}`,
};

function parse({ scene }: Reader, sql: string): Fields | undefined {
  const parsed = scene.grammar!.parse(sql);
  if (!parsed.ok || parsed.statements.length !== 1) return undefined;
  return tagged(parsed.statements[0]!.node)[1];
}

/** What a text of a fact can name. */
function scopeOf(reader: Reader, fact: Fact): Scope {
  const entry = (id: number, alias: string, of: Key | undefined): Entry => ({
    id,
    alias,
    columns: of === undefined ? undefined : reader.columnsOf(of),
  });
  switch (fact.kind) {
    case "trigger": {
      const rows = ["new", "old"].map((name, index) => entry(-index - 1, name, fact.parent));
      return { ...emptyScope, entries: rows, visible: [] };
    }
    case "index":
    case "publication table":
    case "statistics":
      return scopeWith(entry(0, relationName(fact.table), fact.table));
    case "table":
      return scopeWith(entry(0, relationName(fact.key), fact.key));
    case "column":
    case "policy":
      return scopeWith(entry(0, relationName(fact.parent!), fact.parent));
    case "constraint": {
      if (!fact.parent!.startsWith("domain ")) return scopeWith(entry(0, relationName(fact.parent!), fact.parent));
      const domain = reader.scene.catalog.as(fact.parent, "domain");
      const value: Output = { name: "value", type: domain?.type };
      return scopeWith({ id: 0, alias: "", columns: [value] });
    }
    case "function":
    case "procedure": {
      const columns = fact.arguments.map(({ name = "", type }) => ({ name, type }));
      return scopeWith({ id: 0, alias: fact.name, columns });
    }
    default:
      return emptyScope;
  }
}

function scopeWith(entry: Entry): Scope {
  return { ...emptyScope, entries: [entry], visible: visibleOf(entry) };
}

function relationName(key: Key): string {
  const last = /(?:"((?:[^"]|"")*)"|([^".]*))$/.exec(key);
  return last?.[1]?.replaceAll('""', '"') ?? last?.[2] ?? "";
}
