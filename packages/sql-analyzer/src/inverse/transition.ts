// Owns the way from one catalog to another: the statements that make one schema out of the other, in an order that works.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { extensionUnder, dependencies, type Dependencies } from "../catalog/dependencies.ts";
import { diff, type DiffOptions } from "../catalog/diff.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, kindOfKey, type Key } from "../catalog/keys.ts";
import { dropDefault, setDefault } from "../emit/column-default.ts";
import type { Change, Emitted, Emitter } from "../emit/emitter.ts";
import { emitterOf } from "../emit/emitters.ts";
import { envelopeSql, envelopeFields } from "../emit/envelope.ts";
import { leavesParent, onceLeft } from "../emit/kin.ts";
import { checksOf, isOwner, label, type Action } from "./action.ts";
import { columnsOf, inTheirOrder, isColumn, isGenerated } from "./columns.ts";
import { displace, type Touched } from "./displacement.ts";
import { inOrder, type Ordered } from "./order.ts";
import { printedAgain } from "./printed.ts";
import { calling, guards, hasRows, ranks } from "./ranks.ts";

/** The way from one schema to another; `scriptOf` writes its actions down. */
export interface Transition {
  readonly actions: readonly Action[];
  /** What does not come back, in words. Empty where `to` is reached in every fact. */
  readonly loses: readonly string[];
  /** Why `to` cannot be reached at all: what nobody can print, or cannot be taken out of the way. */
  readonly impossible: readonly string[];
  /** Tables and columns that are made anew, and whose rows and values the statements do not give back. */
  readonly empty: readonly Key[];
  /** The facts in which the two differ. */
  readonly changed: readonly Key[];
}

export interface TransitionOptions extends DiffOptions {
  /** Who runs it and so owns what it makes, which needs no OWNER TO. Default: not known, so that each owner is set. */
  readonly role?: string;
  /** Of `from`, what is dropped though `to` has it too, which is another one: whole tables. */
  readonly anew?: ReadonlySet<Key>;
}

/**
 * The statements that turn a database that is as `from` into one that is as `to`. They run under an empty search_path, with
 * `check_function_bodies` off. What only has another name is dropped and made anew: undo moves first.
 * `rows` stands where a table or column is back, and what constrains it is not yet.
 */
export function transition(from: Catalog, to: Catalog, options: TransitionOptions = {}): Transition {
  return printedAgain(new Work(from, to, options).transition());
}

interface Node extends Ordered {
  readonly actions: readonly Action[];
}

const rowsNode = "rows";

class Work {
  readonly #from: Catalog;
  readonly #to: Catalog;
  readonly #options: TransitionOptions;
  #known: { before?: Dependencies; after?: Dependencies } = {};
  readonly #touched: Touched = {
    dropped: new Set(),
    made: new Set(),
    altered: new Map(),
    withoutDefault: new Set(),
    stuck: [],
  };
  /** Of the facts that both have, those whose owner, grants or comment differ. */
  readonly #enveloped = new Set<Key>();
  readonly #changed = new Set<Key>();
  readonly #loses = new Set<string>();
  readonly #impossible = new Set<string>();
  readonly #checks: Action[] = [];

  constructor(from: Catalog, to: Catalog, options: TransitionOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /** What stands on what: asked only where something is dropped, changed or made. */
  get #before(): Dependencies {
    return (this.#known.before ??= dependencies(this.#from));
  }

  get #after(): Dependencies {
    return (this.#known.after ??= dependencies(this.#to));
  }

  transition(): Transition {
    this.#compare();
    if (this.#changed.size === 0)
      return { actions: [{ what: "rows" }], loses: [], impossible: [], empty: [], changed: [] };
    displace(this.#touched, this.#from, this.#to, this.#before);
    for (const { key, on } of this.#touched.stuck)
      this.#impossible.add(`${key} stands on ${on}, which has to be made anew`);
    this.#compareOrders();
    const ordered = inOrder(this.#nodes(), this.#edges());
    const steps = ordered.flatMap((node) => node.actions);
    // A role can go when nothing is granted to it any more.
    const isLast = ({ what, key }: Action): boolean => what === "drop" && kindOfKey(key) === "role";
    const roles = steps.filter(isLast);
    const actions = [
      ...this.#checks,
      ...(roles.length === 0 ? steps : steps.filter((step) => !isLast(step))),
      ...this.#finish(ordered),
      ...roles,
    ];
    return {
      actions,
      loses: [...this.#loses],
      impossible: [...this.#impossible],
      empty: [...this.#touched.made].filter((key) => this.#isEmptied(key)).sort(),
      changed: [...this.#changed].sort(),
    };
  }

  /** What differs, and what each kind says of it. */
  #compare(): void {
    const fields = new Map<Key, Set<string>>();
    const { anew = new Set<Key>() } = this.#options;
    // Of these `#compareOrders` says what comes of the order.
    const ordered = new Set([...anew].map((key) => this.#from.facts[key]?.parent));
    for (const key of anew) {
      this.#changed.add(key);
      this.#touched.dropped.add(key);
      if (this.#to.facts[key] !== undefined) this.#touched.made.add(key);
    }
    for (const { key, what, field } of diff(this.#from, this.#to, this.#options)) {
      this.#changed.add(key);
      if (what === "removed") this.#touched.dropped.add(key);
      else if (what === "added") this.#touched.made.add(key);
      else if (anew.has(key) || (field === "columns" && ordered.has(key))) continue;
      else if (envelopeFields(this.#from.facts[key]!.kind).has(field!)) this.#enveloped.add(key);
      else fields.set(key, (fields.get(key) ?? new Set()).add(field!));
    }
    // With a table's owner change the grants on its columns, also those that are said in the same words before and after.
    for (const key of this.#enveloped)
      if (this.#from.facts[key]!.owner !== this.#to.facts[key]!.owner)
        for (const column of columnsOf(this.#to, key))
          if (this.#to.facts[column]!.grants && this.#from.facts[column]) this.#enveloped.add(column);
    for (const [key, changed] of fields) this.#change(key, changed);
  }

  #change(key: Key, fields: ReadonlySet<string>): void {
    const [from, to] = [this.#from.facts[key]!, this.#to.facts[key]!];
    const change = { from, to, fields, before: this.#from, after: this.#to } as Change;
    const alteration = emitterOf(from)?.alter?.(change);
    if (alteration === undefined) {
      this.#touched.dropped.add(key);
      this.#touched.made.add(key);
      return;
    }
    this.#touched.altered.set(key, alteration);
    for (const lost of alteration.loses ?? []) this.#loses.add(lost);
    if (alteration.last === undefined) this.#checks.push(...checksOf(key, alteration));
  }

  /** Columns that come back stand behind those that stayed. */
  #compareOrders(): void {
    const wholes = new Set<Key>();
    for (const key of this.#touched.made) {
      const fact = this.#to.facts[key]!;
      if (isColumn(fact) && !this.#touched.made.has(fact.parent!)) wholes.add(fact.parent!);
    }
    for (const whole of wholes) {
      const now = columnsOf(this.#from, whole).filter((key) => !this.#touched.dropped.has(key));
      const wanted = columnsOf(this.#to, whole);
      const reached = [...now, ...wanted.filter((key) => this.#touched.made.has(key))];
      if (reached.some((key, index) => key !== wanted[index])) this.#loses.add(`the order of the columns of ${whole}`);
    }
  }

  #nodes(): readonly Node[] {
    const { dropped, made, altered, withoutDefault } = this.#touched;
    const nodes: Node[] = [];
    for (const key of dropped) {
      if (this.#dropper(key) !== key) continue;
      const fact = onceLeft(this.#from.facts[key]!, this.#from, this.#to);
      const sql = this.#print(fact, (emitter) => emitter.drop(fact, this.#from));
      nodes.push({ id: `drop ${key}`, rank: ranks.drop, actions: label(sql, key, "drop") });
    }
    for (const key of withoutDefault) {
      const column = this.#to.facts[key];
      if (dropped.has(key) || column?.kind !== "column") continue;
      const drop = label([dropDefault(column)], key, "alter");
      nodes.push({ id: `undefault ${key}`, rank: ranks.drop, actions: drop });
      if (column.default === undefined) continue;
      const back = label([setDefault(column)], key, "alter");
      nodes.push({ id: `default ${key}`, rank: ranks.make, actions: back });
    }
    for (const [key, alteration] of altered) {
      const { statements, last } = alteration;
      const guarding = last && [...checksOf(key, alteration), ...label(last, key, "alter")];
      if (guarding) nodes.push({ id: `last ${key}`, rank: ranks.guard, actions: guarding });
      nodes.push({ id: `alter ${key}`, rank: ranks.alter, actions: label(statements, key, "alter") });
    }
    nodes.push({ id: rowsNode, rank: ranks.rows, actions: [{ what: "rows" }] });
    for (const key of made) {
      const fact = this.#to.facts[key]!;
      for (const lost of emitterOf(fact)?.loses?.(fact, this.#to) ?? []) this.#loses.add(lost);
      if (this.#maker(key) !== key) continue;
      const sql = this.#print(fact, (emitter) => emitter.create(fact, this.#to));
      const actions = label(sql, key, "create");
      const rows: readonly Action[] = fact.kind === "table" ? [{ what: "rows", key }] : [];
      const rank = guards.has(fact.kind) ? ranks.guard : ranks.make;
      nodes.push({ id: `make ${key}`, rank, actions: [...actions, ...rows] });
      const fill = label(emitterOf(fact)?.fill?.(fact, this.#to) ?? [], key, "finish");
      if (fill.length > 0) nodes.push({ id: `fill ${key}`, rank: ranks.rows, actions: fill });
    }
    return nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #print(fact: Fact, print: (emitter: Emitter) => readonly Emitted[] | undefined): readonly Emitted[] {
    const emitter = emitterOf(fact);
    const sql = emitter && print(emitter);
    if (sql !== undefined) return sql;
    this.#impossible.add(`${fact.key} cannot be written as SQL`);
    return [];
  }

  #edges(): ReadonlyMap<string, ReadonlySet<string>> {
    const { dropped, made, altered, withoutDefault } = this.#touched;
    const edges = new Map<string, Set<string>>();
    const after = (later: string, earlier: string): void => {
      if (later === earlier) return;
      const known = edges.get(later);
      if (known) known.add(earlier);
      else edges.set(later, new Set([earlier]));
    };
    const dropOf = (key: Key): string => `drop ${this.#dropper(key)}`;
    const makeOf = (key: Key): string => `make ${this.#maker(key)}`;
    for (const key of dropped)
      for (const { on } of this.#before.uses.get(key)) {
        // Memberships in a role go with it, and with them what keeps a member that has passed them on.
        if (dropped.has(on) && kindOfKey(key) === "role") after(dropOf(key), dropOf(on));
        else if (dropped.has(on)) after(dropOf(on), dropOf(key));
        // What a table has in common with a parent can go once it has left that, unless it goes with the parent's.
        else if (this.#from.facts[this.#dropper(key)]!.parent === on && leavesParent(on, this.#from, this.#to))
          after(dropOf(key), `alter ${on}`);
        // The default of a column that owns a sequence may name that.
        else if (altered.has(on) && kindOfKey(key) !== "sequence") after(`alter ${on}`, dropOf(key));
      }
    for (const key of altered.keys()) {
      for (const { on } of this.#before.uses.get(key)) if (dropped.has(on)) after(dropOf(on), `alter ${key}`);
      for (const { on } of this.#after.uses.get(key)) {
        if (made.has(on)) after(`alter ${key}`, makeOf(on));
        else if (altered.has(on)) {
          after(`alter ${key}`, `alter ${on}`);
          after(`last ${key}`, `last ${on}`);
        }
      }
    }
    for (const key of withoutDefault) {
      if (altered.has(key)) {
        after(`alter ${key}`, `undefault ${key}`);
        after(`default ${key}`, `alter ${key}`);
      }
      for (const { on } of this.#before.uses.get(key)) {
        if (dropped.has(on)) after(dropOf(on), `undefault ${key}`);
        else if (altered.has(on)) after(`alter ${on}`, `undefault ${key}`);
      }
      for (const { on } of this.#after.uses.get(key)) {
        if (made.has(on)) after(`default ${key}`, makeOf(on));
        else if (altered.has(on)) after(`default ${key}`, `alter ${on}`);
      }
    }
    for (const key of altered.keys()) {
      const needs = this.#after.uses.get(key);
      // An index that a table is to be known by comes after the rows, and the table's change after it.
      if (!needs.some(({ on }) => made.has(on) && guards.has(this.#to.facts[on]!.kind)))
        after(rowsNode, `alter ${key}`);
      after(`last ${key}`, rowsNode);
    }
    for (const key of made) {
      const fact = this.#to.facts[key]!;
      if (guards.has(fact.kind) && this.#maker(key) === key) {
        after(makeOf(key), rowsNode);
        // A table is attached when it has its keys and indexes.
        const table = fact.kind === "index" ? fact.table : fact.parent;
        if (table && altered.has(table)) after(`last ${table}`, makeOf(key));
      } else if (hasRows.has(kindOfKey(this.#maker(key))) && !isGenerated(fact)) {
        after(rowsNode, makeOf(key));
        after(`fill ${key}`, rowsNode);
      } else for (const { on } of this.#after.uses.get(key)) after(makeOf(key), `fill ${on}`);
    }
    for (const [first, next] of inTheirOrder(made, this.#to)) after(makeOf(next), makeOf(first));
    const leaving = new Map<string, Key[]>();
    for (const key of dropped) leaving.set(addressOf(key), [...(leaving.get(addressOf(key)) ?? []), key]);
    for (const key of made) {
      const fact = this.#to.facts[key]!;
      for (const { on } of this.#after.uses.get(key)) {
        // A column's default may need the sequence that the column is to own.
        if (fact.kind === "sequence" && !fact.identity && fact.ownedBy === on) continue;
        if (made.has(on)) after(makeOf(key), makeOf(on));
        else if (altered.has(on)) after(makeOf(key), `alter ${on}`);
      }
      // A name is free when what had it is gone, whatever its kind.
      for (const other of leaving.get(addressOf(key)) ?? []) after(makeOf(key), dropOf(other));
    }
    return edges;
  }

  /** What is set at the end, in the order in which things were made: states, owners, grants, comments. */
  #finish(ordered: readonly Node[]): readonly Action[] {
    const { made } = this.#touched;
    const place = new Map(ordered.map(({ id }, index) => [id, index] as const));
    const at = (key: Key): number => place.get(`make ${this.#maker(key)}`) ?? -1;
    const sorted = [...made].sort((a, b) => at(a) - at(b) || (a < b ? -1 : 1));
    const finishing: Action[] = [];
    const enveloping: Action[] = [];
    for (const key of [...sorted.filter((key) => !this.#isLast(key)), ...sorted.filter((key) => this.#isLast(key))]) {
      const fact = this.#to.facts[key]!;
      const alone = this.#maker(key) === key;
      finishing.push(...label(this.#ownerOfTable(fact), key, "finish"));
      finishing.push(...label(emitterOf(fact)?.finish?.(fact, this.#to, alone) ?? [], key, "finish"));
      enveloping.push(...this.#envelope(undefined, fact));
    }
    for (const key of [...this.#enveloped].sort()) {
      if (!made.has(key)) enveloping.push(...this.#envelope(this.#from.facts[key], this.#to.facts[key]!));
    }
    // With its table's owner a sequence changes its own, and who may use it.
    const owners = enveloping.filter(isOwner);
    return [...finishing, ...owners, ...enveloping.filter((action) => !isOwner(action))];
  }

  /** A column is given a sequence of its table's owner, who may be another one before the table is handed over. */
  #ownerOfTable(fact: Fact): readonly Emitted[] {
    if (fact.kind !== "sequence" || fact.identity || fact.ownedBy === undefined) return [];
    const table = this.#from.facts[this.#to.facts[fact.ownedBy]?.parent ?? fact.ownedBy];
    if (table?.owner === undefined || table.owner === this.#options.role || this.#touched.made.has(table.key))
      return [];
    return [{ sql: `ALTER SEQUENCE ${addressOf(fact.key)} OWNER TO ${quoteIdentifier(table.owner)}` }];
  }

  /** What reads the rows of other tables, when all their partitions and the keys of these are there. */
  #isLast(key: Key): boolean {
    const fact = this.#to.facts[key]!;
    return fact.kind === "materialized view" || (fact.kind === "constraint" && fact.type === "foreign key");
  }

  #envelope(from: Fact | undefined, to: Fact): readonly Action[] {
    return label(envelopeSql(from, to, { before: this.#from, after: this.#to, ...this.#options }), to.key, "finish");
  }

  #isEmptied(key: Key): boolean {
    const fact = this.#to.facts[key]!;
    if (fact.kind !== "column") return fact.kind === "table";
    // What is generated is computed again from the columns beside it.
    return !fact.generated && this.#maker(key) === key && this.#from.facts[fact.parent!]?.kind === "table";
  }

  /** The dropped fact with which this one goes: itself where it has to be dropped by a statement of its own. */
  #dropper(key: Key): Key {
    const { dropped, altered } = this.#touched;
    const fact = this.#from.facts[key]!;
    const uses = this.#before.uses.get(key);
    // Out of the way of one column's change it may have to go before another column, with which it would go, can.
    if (fact.kind === "constraint" && fact.check && !fact.inherited && uses.some(({ on }) => altered.has(on)))
      return key;
    // A foreign key to a table that goes as well would stop its DROP.
    if (fact.kind === "constraint" && fact.references && fact.references.table !== fact.parent) {
      if (dropped.has(fact.references.table) && !fact.inherited) return key;
    }
    // Two tables may have policies that name each other.
    if (fact.kind === "policy" || fact.kind === "rule") {
      const others = uses.map(({ on }) => this.#from.facts[on]!).filter((other) => other.parent !== fact.parent);
      if (
        others.some(
          ({ key: on, kind }) => on !== fact.parent && dropped.has(on) && (kind === "table" || kind === "column"),
        )
      )
        return key;
    }
    // Nor can a table go before a function that takes its rows, nor that before the policies that call it.
    if (calling.has(fact.kind) && uses.some(({ on, type }) => type === "normal" && this.#goesBack(on, fact.parent!)))
      return key;
    for (const { on, type } of uses) {
      // An index goes with its constraint, never the other way round.
      if (type === "part" && dropped.has(on) && !(fact.kind === "constraint" && fact.index === on))
        return this.#dropper(on);
    }
    return key;
  }

  /** Whether a function that goes stands, by others or by itself, on what goes as well. */
  #goesBack(from: Key, whole: Key, seen: Set<Key> = new Set()): boolean {
    if (!this.#touched.dropped.has(from) || seen.has(from) || !/^(function|procedure|view) /.test(from)) return false;
    seen.add(from);
    return this.#before.uses
      .get(from)
      .some(({ on }) => on === whole || this.#from.facts[on]?.parent === whole || this.#goesBack(on, whole, seen));
  }

  /** The made fact whose statement makes this one: itself where it has one of its own. */
  #maker(key: Key): Key {
    const fact = this.#to.facts[key];
    if (fact === undefined) return key;
    const maker = extensionUnder(fact, this.#to) ?? emitterOf(fact)?.madeWith?.(fact, this.#to);
    return maker !== undefined && maker !== key && this.#touched.made.has(maker) ? this.#maker(maker) : key;
  }
}
