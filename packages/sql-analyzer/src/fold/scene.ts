// Owns what the statements of one file share while they are folded: the catalog, the role, the search_path.
import type { Grant } from "../catalog/grants.ts";
import type { Certainty, Fact, Kind, SqlText } from "../catalog/catalog.ts";
import { type Key, keyAlone } from "../catalog/keys.ts";
import type { Payloads } from "../catalog/payloads.ts";
import type { Fields, Grammar } from "../grammar.ts";
import { Cutter } from "./cut.ts";
import { Moves } from "./moves.ts";
import { Transactions } from "./transactions.ts";
import type { Working } from "./working.ts";

/** A statement whose effect on the schema cannot be read from it, or only in part. */
export interface Opaque {
  /** As written. */
  readonly text: string;
  readonly kind: string;
  readonly reason: "unknown-statement" | "dynamic-sql" | "does-not-parse" | "unknown-object" | "rolled-back";
  /** What is tainted by it. */
  readonly taints: readonly Key[];
}

/** What of the envelope a new fact has. */
export interface About {
  readonly key: Key;
  readonly name: string;
  readonly parent?: Key | undefined;
  readonly owner?: string | undefined;
  readonly grants?: readonly Grant[] | undefined;
  readonly comment?: string | undefined;
  readonly uses?: readonly Key[] | undefined;
  /** Where it is not the statement's. */
  readonly certainty?: Certainty | undefined;
}

/** Fields that may be undefined, and flags that may be false, for absent. */
export type Loose<T> = { readonly [K in keyof T]: true extends T[K] ? T[K] | boolean | undefined : T[K] | undefined };

/** Applies one statement, given the fields of its node, to the scene's catalog. */
export type Fold = (scene: Scene, node: Fields) => void;

/** A point in a file that a rollback may go back to. */
export interface Mark {
  readonly catalog: number;
  readonly opaque: number;
  readonly moves: number;
  readonly values: number;
  readonly role: string;
  readonly sessionRole: string;
  readonly sessionUser: string;
  readonly setting: readonly string[];
  readonly sessionSetting: readonly string[];
  readonly temporary: readonly string[];
}

export class Scene {
  readonly catalog: Working;
  readonly grammar: Grammar | undefined;
  readonly opaque: Opaque[] = [];
  readonly moves: Moves;
  /** The role that runs the statements. */
  role: string;
  /** The role that it will be again after the transaction. */
  sessionRole: string;
  /** The role at login. */
  readonly login: string;
  /** The one that SET SESSION AUTHORIZATION has made of it, to which RESET ROLE goes back. */
  sessionUser: string;
  /** How certain the statement at hand is to take effect as written. */
  certainty: Certainty = "exact";
  /** Unqualified names of temporary tables: they hide others, and are no facts. */
  readonly temporary: Set<string> = new Set();
  /** Whether an error, such as that something exists already, is caught. */
  guarded = false;
  /** The block that catches the errors of what is folded; it is undone if one is certain to be raised. */
  attempt: { failed: boolean } | undefined;
  transactions: Transactions = new Transactions(undefined);
  cutter: Cutter = new Cutter("");
  kind = "";
  /** default_table_access_method, and what it will be again after the transaction. */
  accessMethod = "heap";
  sessionAccessMethod = "heap";
  /** search_path at login, to which RESET goes back. */
  readonly loginPath: readonly string[];
  #setting: readonly string[];
  #sessionSetting: readonly string[];
  #path: readonly string[] | undefined;
  /** How many could not be read before the statement at hand. */
  #begun = 0;

  constructor(
    catalog: Working,
    role: string,
    path: readonly string[],
    grammar: Grammar | undefined,
    moves: Moves = new Moves(),
  ) {
    this.catalog = catalog;
    this.role = role;
    this.sessionRole = role;
    this.login = role;
    this.sessionUser = role;
    this.loginPath = path;
    this.#setting = path;
    this.#sessionSetting = path;
    this.grammar = grammar;
    this.moves = moves;
    moves.statement = -1;
  }

  /** The schemas that unqualified names are looked up in, in order, without pg_catalog. */
  get path(): readonly string[] {
    this.#path ??= this.#setting.flatMap((name) => {
      const schema = name === "$user" ? this.role : name;
      return this.catalog.has(keyAlone("schema", schema)) ? [schema] : [];
    });
    return this.#path;
  }

  /** What search_path is set to, `$user` among it. */
  get setting(): readonly string[] {
    return this.#setting;
  }

  /** Sets search_path; only until the transaction ends with `local`. */
  setPath(setting: readonly string[], local = false): void {
    this.#setting = setting;
    if (!local) this.#sessionSetting = setting;
    this.#path = undefined;
  }

  /** What SET LOCAL has set ends with the transaction. */
  endLocal(): void {
    this.setPath(this.#sessionSetting);
    this.role = this.sessionRole;
    this.accessMethod = this.sessionAccessMethod;
  }

  mark(): Mark {
    return {
      catalog: this.catalog.mark(),
      opaque: this.opaque.length,
      moves: this.moves.list.length,
      values: this.moves.values.length,
      role: this.role,
      sessionRole: this.sessionRole,
      sessionUser: this.sessionUser,
      setting: this.#setting,
      sessionSetting: this.#sessionSetting,
      temporary: [...this.temporary],
    };
  }

  /** Makes undone whatever has happened since. */
  backTo(mark: Mark): void {
    this.catalog.backTo(mark.catalog);
    this.opaque.length = mark.opaque;
    this.moves.list.length = mark.moves;
    this.moves.values.length = mark.values;
    this.role = mark.role;
    this.sessionRole = mark.sessionRole;
    this.sessionUser = mark.sessionUser;
    this.setPath(mark.setting, true);
    this.#sessionSetting = mark.sessionSetting;
    this.temporary.clear();
    for (const name of mark.temporary) this.temporary.add(name);
  }

  /** To be called when schemas or the role have changed. */
  forgetPath(): void {
    this.#path = undefined;
  }

  /** The schema in which an unqualified new object is made. */
  get home(): string {
    return this.path[0] ?? "public";
  }

  begin(text: string, kind: string): void {
    this.moves.statement++;
    this.cutter = new Cutter(text);
    this.kind = kind;
    this.certainty = "exact";
    this.guarded = false;
    this.#begun = this.opaque.length;
  }

  sql(text: string): SqlText {
    return { sql: text.trim(), path: this.path };
  }

  /** Folds another text within the statement at hand, as a DO block runs it. */
  within(text: string, run: () => void): void {
    const { cutter } = this;
    this.cutter = new Cutter(text);
    run();
    this.cutter = cutter;
  }

  change(key: Key | undefined, change: object): void {
    this.catalog.change(key, this.certainty, change);
  }

  /** Puts a fact in place of whatever had its key; what is undefined is left out. */
  add<K extends Kind>(kind: K, about: About, payload: Loose<Payloads[K]>): void {
    // Of what exists already the server says so, and somebody catches it.
    if (this.guarded && this.catalog.has(about.key) && !this.cutter.replaces) {
      this.refuse(about.key);
      return;
    }
    const { key, name, parent, owner, grants, comment, uses, certainty = this.certainty } = about;
    const fact: Record<string, unknown> = { key, kind, name };
    if (parent !== undefined) fact["parent"] = parent;
    fact["certainty"] = certainty;
    if (owner !== undefined) fact["owner"] = owner;
    if (grants !== undefined) fact["grants"] = grants;
    if (comment !== undefined) fact["comment"] = comment;
    if (uses !== undefined && uses.length > 0) fact["uses"] = uses;
    const rest: Readonly<Record<string, unknown>> = payload;
    for (const field in rest) if (rest[field] !== undefined && rest[field] !== false) fact[field] = rest[field];
    this.catalog.put(fact as unknown as Fact);
  }

  /** To be called where the server would say that something exists already. */
  refuse(key: Key | undefined): void {
    if (this.attempt !== undefined && this.catalog.get(key)?.certainty === "exact") this.attempt.failed = true;
  }

  /** Notes that the statement cannot be read, and taints these facts. */
  cannotRead(reason: Opaque["reason"], taints: Iterable<Key> = []): void {
    const { text } = this.cutter;
    const tainted = new Set<Key>();
    for (const key of taints) {
      const fact = this.catalog.get(key);
      if (fact === undefined) continue;
      tainted.add(key);
      if (fact.certainty !== "tainted") this.catalog.change(key, "tainted", {});
    }
    // A loop comes by the same place again and again.
    const last = this.opaque.length > this.#begun ? this.opaque.at(-1) : undefined;
    const again = last?.text === text && last.reason === reason ? this.opaque.pop() : undefined;
    const all = again === undefined ? tainted : new Set([...again.taints, ...tainted]);
    this.opaque.push({ text, kind: this.kind, reason, taints: [...all] });
  }
}
