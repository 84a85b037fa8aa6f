// Owns the log of what statements renamed: identity, which a catalog alone cannot tell.
import { addressOf, keyOf, type Key } from "../catalog/keys.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { TypeName } from "../catalog/relations.ts";
import { typesOfExtension } from "./known-extensions.ts";

/**
 * One thing under another key: RENAME or SET SCHEMA. What lives in it (`parent`) has moved with it, unsaid: after
 * `table public.a` to `table public.b`, `column public.a.id` is `column public.b.id`.
 */
export interface Move {
  /** Its key before the statement. */
  readonly from: Key;
  /** Its key after the statement. */
  readonly to: Key;
  /**
   * No statement names it: it went with the move before it that has no `along`, in whose children it is not, or not by
   * its parent's name alone. A constraint's index, the index of `ADD CONSTRAINT … USING INDEX` (which is no RENAME),
   * indexes and owned sequences of a table that goes to another schema, columns and checks of inheriting tables, routines with a
   * renamed type among their arguments, tables as they stand in publications.
   */
  readonly along?: true;
  /** Of an extension, whose key does not change: the names of the schemas that its objects left and went to. */
  readonly schemas?: readonly [from: string, to: string];
  /** Which of its file's statements did it, from 0. */
  readonly statement: number;
}

/** A move while its statement is folded. */
export type Step = Pick<Move, "from" | "to">;

/** ALTER TYPE … RENAME VALUE. */
export interface RenamedValue {
  /** The enum's key when it happened. */
  readonly type: Key;
  readonly from: string;
  readonly to: string;
}

/** A column that went while its table stayed; another one may have its name. */
export interface DroppedColumn {
  /** Its key when it happened. */
  readonly key: Key;
  /** How many moves there were before. */
  readonly moves: number;
}

/** What was renamed so far, in order, and the columns that went. */
export class Moves {
  /** Both in one, which a rollback cuts. */
  readonly list: (Move | { readonly dropped: Key })[] = [];
  readonly values: RenamedValue[] = [];
  /** Which of its file's statements is at hand. */
  statement = -1;

  moves(): readonly Move[] {
    return this.list.filter((entry) => "from" in entry);
  }

  columns(): readonly DroppedColumn[] {
    let moves = 0;
    return this.list.flatMap((entry) => {
      if ("dropped" in entry) return [{ key: entry.dropped, moves }];
      moves++;
      return [];
    });
  }

  /** Of moves that one statement made, the first is what it names. */
  log([first, ...rest]: readonly Step[]): void {
    if (first === undefined) return;
    const { statement } = this;
    this.list.push({ from: first.from, to: first.to, statement });
    this.logAlong(rest);
  }

  logExtension(extension: Key, schemas: readonly [from: string, to: string]): void {
    this.list.push({ from: extension, to: extension, schemas, statement: this.statement });
  }

  logDropped(key: Key): void {
    this.list.push({ dropped: key });
  }

  logAlong(moves: readonly Step[]): void {
    const { statement } = this;
    for (const { from, to } of moves) if (from !== to) this.list.push({ from, to, along: true, statement });
  }
}

/** What a column was called before moves, by its key after them; undefined of one that has the name that another gave away. */
export function columnBefore(column: Key, moves: readonly Move[]): Key | undefined {
  let key = column;
  for (const { from, to } of moves.toReversed()) {
    if (key === from) return undefined;
    if (key === to) key = from;
    if (!/^(?:schema|table) /.test(from)) continue;
    const [old, now] = [`${addressOf(from)}.`, `${addressOf(to)}.`];
    const address = addressOf(key);
    if (address.startsWith(old)) return undefined;
    if (address.startsWith(now)) key = keyOf("column", old + address.slice(now.length));
  }
  return key;
}

/** What a type is called after moves: by itself, or with its schema; modifiers and brackets stay. */
export function typeAfter(type: TypeName, moves: readonly Move[]): TypeName {
  if (!type.includes(".")) return type; // the system's
  return moves.reduce((name, { from, to, schemas }) => {
    const old = addressOf(from);
    if (schemas !== undefined) return ofExtension(old, name, ...schemas);
    if (from.startsWith("schema ")) return name.startsWith(`${old}.`) ? addressOf(to) + name.slice(old.length) : name;
    return name.startsWith(old) && /^(?:\[\])*$/.test(name.slice(old.length)) && isType.test(from)
      ? addressOf(to) + name.slice(old.length)
      : name;
  }, type);
}

function ofExtension(extension: string, type: TypeName, from: string, to: string): TypeName {
  const [home, bare] = [`${quoteIdentifier(from)}.`, type.replace(/[([].*$/s, "")];
  const moves = typesOfExtension(extension).some((name) => bare === home + name);
  const into = to === "pg_catalog" ? "" : `${quoteIdentifier(to)}.`;
  return moves ? into + type.slice(home.length) : type;
}

const isType = /^(?:base type|composite type|domain|enum|foreign table|materialized view|range|table|view) /;
