// Owns the fold: a catalog and statements give the catalog after them.
import { type Catalog, catalogFormat, type Fact } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";
import type { Grammar } from "../grammar.ts";
import type { Statement } from "../read.ts";
import { dropTemporaries } from "./drop.ts";
import { foldNode } from "./handlers.ts";
import { type DroppedColumn, type Move, Moves, type RenamedValue } from "./moves.ts";
import { type Opaque, Scene } from "./scene.ts";
import { pathOf } from "./settings.ts";
import { Transactions } from "./transactions.ts";
import { Working } from "./working.ts";

export type { DroppedColumn, Move, RenamedValue } from "./moves.ts";
export type { Opaque } from "./scene.ts";

/** Under what circumstances statements are folded. */
export interface FoldOptions {
  /** Who runs the statements and owns what they make; default `postgres`. */
  readonly role?: string;
  /** search_path where each file begins; default what the role has set, or `"$user", public`. */
  readonly searchPath?: readonly string[];
  /** Reads what is inside DO blocks. Without it they taint what they name. */
  readonly grammar?: Grammar;
}

/** What statements make of a catalog. */
export interface Folded {
  readonly catalog: Catalog;
  /** The statements that could not be read, or not all of them, in order. */
  readonly opaque: readonly Opaque[];
}

/** Files folded one after the other, without a catalog made for each. */
export interface Folding {
  /** Applies the statements of one file. Settings that it makes end with it. */
  apply(statements: readonly Statement[]): readonly Opaque[];
  /** The catalog as it is now. */
  catalog(): Catalog;
  /** Goes on from another catalog, as a server says that it is. */
  settle(catalog: Catalog): void;
  /** A fact of it, as it is now. */
  fact(key: Key): Fact | undefined;
  /**
   * What was renamed or went to another schema since the fold began, in order: `table public.a` to `table public.b`.
   * Later moves name things as the earlier ones left them. Of what is in no catalog (temporary tables) there is none,
   * nor where a statement could not be read, which taints what it names instead.
   */
  moves(): readonly Move[];
  /** Values of enums that were renamed since the fold began, in order. */
  renamedValues(): readonly RenamedValue[];
  /** Columns of tables that are still there which went since the fold began, in order; others may have their names. */
  droppedColumns(): readonly DroppedColumn[];
}

/**
 * The catalog after statements, without a server: what they say, as Postgres would take it. Statements are taken to
 * succeed. Each fact says how certain it is; expressions and queries are kept as written, with the search_path in force.
 */
export function fold(catalog: Catalog, statements: readonly Statement[], options: FoldOptions = {}): Folded {
  const folding = startFold(catalog, options);
  const opaque = folding.apply(statements);
  return { catalog: folding.catalog(), opaque };
}

/** Begins to fold files onto a catalog. */
export function startFold(catalog: Catalog, options: FoldOptions = {}): Folding {
  const working = new Working(catalog);
  const moves = new Moves();
  return {
    apply(statements) {
      const scene = openFile(working, statements, options, moves);
      for (const statement of statements) foldStatement(scene, statement);
      closeFile(scene);
      return scene.opaque;
    },
    catalog: () => catalogIn(working),
    settle: ({ facts }) => working.settle(facts),
    fact: (key) => working.get(key),
    moves: () => moves.moves(),
    renamedValues: () => [...moves.values],
    droppedColumns: () => moves.columns(),
  };
}

/** Where the statements of one file begin: by whom they are run, what can be rolled back. */
export function openFile(
  working: Working,
  statements: readonly Statement[],
  { role = "postgres", searchPath, grammar }: FoldOptions,
  moves?: Moves,
): Scene {
  const scene = new Scene(working, role, searchPath ?? pathAtLogin(working, role), grammar, moves);
  if (statements.some(({ kind }) => mayRollBack.test(kind))) scene.transactions = new Transactions(scene.mark());
  return scene;
}

/** Applies one statement of a file. */
export function foldStatement(scene: Scene, { ast, text, kind }: Statement): void {
  scene.begin(text, kind);
  if (ast !== undefined) foldNode(scene, ast);
  else if (!data.has(kind)) scene.cannotRead("does-not-parse");
}

/** Where the file ends: what it had only for itself goes. */
export function closeFile(scene: Scene): void {
  dropTemporaries(scene);
  scene.catalog.forget();
}

/** The catalog as it is now. */
export function catalogIn(working: Working): Catalog {
  return { format: catalogFormat, source: "files", major: working.major, facts: working.facts() };
}

const mayRollBack = /^(?:ROLLBACK|ABORT|PREPARE TRANSACTION)$/;

// In bulk mode plain data has no tree.
const data = new Set(["INSERT", "UPDATE", "DELETE", "MERGE", "SELECT"]);

function pathAtLogin(working: Working, role: string): readonly string[] {
  const of = working.as(`role ${role}`, "role");
  const database = working.as("database this", "database");
  const setting =
    of?.settingsHere?.["search_path"] ?? of?.settings?.["search_path"] ?? database?.settings?.["search_path"];
  return setting === undefined ? ["$user", "public"] : pathOf(setting);
}
