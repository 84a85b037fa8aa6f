// Owns the inverse of a migration: the statements that undo it, and how much of it they give back.
import type { Catalog, Certainty, Fact } from "../catalog/catalog.ts";
import { keysBetween } from "../catalog/descent.ts";
import { diff } from "../catalog/diff.ts";
import type { Key } from "../catalog/keys.ts";
import { startFold, type Folding, type Move, type Opaque } from "../fold/fold.ts";
import type { Grammar } from "../grammar.ts";
import type { Statement } from "../read.ts";
import { columnsGone, madeAnew, withParts } from "./anew.ts";
import { undoMoves } from "./moves.ts";
import type { Action } from "./action.ts";
import { secretsReplaced } from "./secrets.ts";
import { transition, type Transition } from "./transition.ts";

/**
 * How much an inverse gives back. `exact`: the schema, fact for fact, and nothing else was changed. `needs-data`: the
 * same, with rows that have to be kept when the migration runs. `lossy`: something does not come back. `impossible`: there
 * is no way back by SQL.
 */
export type InverseClass = "exact" | "needs-data" | "lossy" | "impossible";

/** The way back from a migration; `scriptOf` writes its actions down. */
export interface Inverse {
  /** In the order in which they run, after the migration. */
  readonly actions: readonly Action[];
  readonly class: InverseClass;
  /** Why it is not `exact`. */
  readonly reason?: string;
  /** The facts that the migration changes. */
  readonly changed: readonly Key[];
  /** Tables that it drops and makes again, and columns that it drops, also where others have their names afterwards. */
  readonly anew: ReadonlySet<Key>;
  /** What it renames and moves, in order. */
  readonly moves: readonly Move[];
  /** The catalog that the migration leaves. */
  readonly after: Catalog;
  /** `exact` where the catalog after is known; otherwise the inverse may look other when the migration has run. */
  readonly certainty: Certainty;
  /** The statements that could not be read whole. */
  readonly opaque: readonly Opaque[];
}

/** Under what circumstances a migration runs, and what is known of it. */
export interface InvertOptions {
  readonly grammar: Grammar;
  /** Who runs the migration, and its inverse; default `postgres`. */
  readonly role?: string;
  /** The catalog after, where it is known from a server; default the fold's. */
  readonly after?: Catalog;
  /** A fold that has come to `before`, which goes on to what is after the statements; default a new one. */
  readonly folding?: Folding;
  /** The statements run by themselves, outside any transaction, and so does what undoes them. Default false. */
  readonly alone?: boolean;
}

/**
 * The inverse of statements that run on a schema that is as `before`. What was renamed or moved is moved back, everything
 * else follows from the difference between the two catalogs, so that also what opaque statements did is undone where
 * `after` comes from a server.
 */
export function invert(statements: readonly Statement[], before: Catalog, options: InvertOptions): Inverse {
  const { grammar, role = "postgres" } = options;
  const folding = options.folding ?? startFold(before, { grammar, role });
  const moved = folding.moves().length;
  const renamed = folding.renamedValues().length;
  const dropped = folding.droppedColumns().length;
  const opaque = folding.apply(statements);
  const after = options.after ?? folding.catalog();
  const moves = folding.moves().slice(moved);
  const values = folding.renamedValues().slice(renamed);
  const undone = undoMoves(after, { moves, values }, grammar, role);
  const columns = folding
    .droppedColumns()
    .slice(dropped)
    .map((column) => ({ ...column, moves: column.moves - moved }));
  const anew = new Set([
    ...madeAnew(statements, before, after, moves, { grammar, role }),
    ...columnsGone(columns, moves, before),
  ]);
  const way = transition(undone.catalog, before, { anew: withParts(anew, undone.catalog), role });
  const back: readonly Action[] = undone.statements.map((statement) => ({ ...statement, what: "move" }));
  const actions = [...back, ...way.actions];
  return {
    actions: options.alone ? concurrently(actions) : actions,
    ...verdict({ ...way, loses: [...new Set([...way.loses, ...secretsReplaced(statements, before, role)])] }),
    changed: [...new Set([...undone.statements.map(({ key }) => key), ...way.changed])],
    anew,
    moves,
    after,
    certainty: options.after ? "exact" : opaque.length > 0 ? "tainted" : certaintyOf(before, after),
    opaque,
  };
}

/** An index that was made without stopping writers goes, and comes back, without stopping them. */
function concurrently(actions: readonly Action[]): readonly Action[] {
  const one = actions.filter(({ what }) => what === "drop" || what === "create");
  const [first] = one;
  // With anything beside it, it belongs into a transaction.
  if (one.length !== 1 || first === undefined || !("sql" in first) || !first.key.startsWith("index ")) return actions;
  const sql = first.sql.replace(/^((?:DROP|CREATE(?: UNIQUE)?) INDEX) /, "$1 CONCURRENTLY ");
  return actions.map((action) => (action === first ? { ...first, sql, alone: true as const } : action));
}

function verdict({ impossible, loses, empty }: Transition): Pick<Inverse, "class" | "reason"> {
  if (impossible.length > 0) return { class: "impossible", reason: impossible.join("; ") };
  if (loses.length > 0) return { class: "lossy", reason: `${loses.join("; ")} does not come back` };
  if (empty.length > 0) return { class: "needs-data", reason: `what was in ${empty.join(", ")}` };
  return { class: "exact" };
}

/** How certain it is what statements have changed: also where they may have changed more than the two catalogs differ in. */
function certaintyOf(before: Catalog, after: Catalog): Certainty {
  const touched = new Set<Key>();
  for (const key of keysBetween(before.facts, after.facts)) {
    const [was, is] = [before.facts[key], after.facts[key]];
    if (was === is) continue;
    touched.add(key);
    for (const fact of [was, is]) if (fact?.parent !== undefined) touched.add(fact.parent);
  }
  const [was, is] = [only(touched, before), only(touched, after)];
  const found = new Set(diff(was, is).map(({ certainty }) => certainty));
  for (const { key, certainty } of Object.values(is.facts))
    if (certainty !== was.facts[key]?.certainty) found.add(certainty);
  return found.has("tainted") ? "tainted" : found.has("assumed") ? "assumed" : "exact";
}

function only(keys: ReadonlySet<Key>, catalog: Catalog): Catalog {
  const facts: Record<Key, Fact> = {};
  for (const key of keys) if (catalog.facts[key] !== undefined) facts[key] = catalog.facts[key];
  return { ...catalog, facts };
}
