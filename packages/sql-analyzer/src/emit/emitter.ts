// Owns what it takes to print a kind of fact as SQL: how it is made, changed, finished and dropped.
import type { Catalog, Fact, Kind } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";

/** A statement, without its semicolon. Names in it are qualified, so that it means the same under every search_path. */
export interface Emitted {
  readonly sql: string;
  /** The search_path that it has to run under, where a text in it is as somebody wrote it (see `SqlText.path`). */
  readonly path?: readonly string[];
  /** It changes the type of this column: what stands after USING, where nothing better is known. */
  readonly using?: { readonly column: Key; readonly value: string };
  /** It gives a value of this enum, by its key in the end, another name. */
  readonly renames?: { readonly type: Key; readonly from: string; readonly to: string };
  /** It refuses a transaction block. */
  readonly alone?: true;
}

/** A fact that both catalogs have, and how they differ in it. */
export interface Change<K extends Kind = Kind> {
  readonly from: Fact<K>;
  readonly to: Fact<K>;
  /** The fields that differ, `columns` for the order of the columns; owner, grants and comment are not among them. */
  readonly fields: ReadonlySet<string>;
  readonly before: Catalog;
  readonly after: Catalog;
}

export interface Alteration {
  readonly statements: readonly Emitted[];
  /** What rows must obey (NOT NULL): when those that were changed are back. */
  readonly last?: readonly Emitted[];
  /**
   * What uses the fact in its SQL (views, policies, triggers, rules, indexes and checks with expressions, routines whose
   * signature or standard SQL body has it) is in the way: it is dropped before, and made again after.
   */
  readonly displaces?: true;
  /**
   * Run before anything else of the way, while all is as in `before`: statements that raise an error, with the rows
   * named, where rows stand in the way (NULL in a column that is to be NOT NULL).
   */
  readonly preconditions?: readonly Emitted[];
  /** What cannot be brought back by it, in words that complete "the order of …": the verdict is `lossy`. */
  readonly loses?: readonly string[];
}

/** How the facts of one kind are printed. `catalog` is the one that the fact is of. */
export interface Emitter<K extends Kind = Kind> {
  /**
   * Makes it, when all that it stands on is there. Owner, grants and comment are set by others. Undefined for what nobody
   * can print.
   */
  create(fact: Fact<K>, catalog: Catalog): readonly Emitted[] | undefined;
  /** What one that was made by `create` lacks, in words as in `Alteration.loses`: what no catalog holds, such as secrets. */
  loses?(fact: Fact<K>, catalog: Catalog): readonly string[];
  /** What rows get that came since, when those that were there have their values back: before what makes sure of them. */
  fill?(fact: Fact<K>, catalog: Catalog): readonly Emitted[];
  /**
   * What is set when everything is there, and rows are back in their tables: NOT NULL of an added column, OWNED BY, replica identity, the state of a
   * trigger, a column's storage. `alone`: it was made by its own `create`, and not with another.
   */
  finish?(fact: Fact<K>, catalog: Catalog, alone: boolean): readonly Emitted[];
  /** Never CASCADE. */
  drop(fact: Fact<K>, catalog: Catalog): readonly Emitted[];
  /** Brings it from one state to the other; undefined where it has to be dropped and made anew. */
  alter?(change: Change<K>): Alteration | undefined;
  /**
   * The fact whose `create` makes this one too, if that is made: a column's table, the constraint of an index. Undefined
   * where it is always made by itself.
   */
  madeWith?(fact: Fact<K>, catalog: Catalog): Key | undefined;
}

export type Emitters = { readonly [K in Kind]?: Emitter<K> };
