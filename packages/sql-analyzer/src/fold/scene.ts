// Owns what the statements of one file share while they are folded: the catalog, the role, the search_path.
import type { Grant } from "../catalog/grants.ts";
import type { Certainty, Fact, Kind, SqlText } from "../catalog/catalog.ts";
import { type Key, keyAlone } from "../catalog/keys.ts";
import type { Payloads } from "../catalog/payloads.ts";
import type { Fields, Grammar } from "../grammar.ts";
import { Cutter } from "./cut.ts";
import { Moves } from "./moves.ts";
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

export class Scene {
  readonly catalog: Working;
  readonly grammar: Grammar | undefined;
  readonly opaque: Opaque[] = [];
  readonly moves: Moves;
  /** The role that runs the statements. */
  role: string;
  /** The role at login, to which RESET ROLE goes back. */
  readonly login: string;
  /** How certain the statement at hand is to take effect as written. */
  certainty: Certainty = "exact";
  /** Unqualified names of temporary tables: they hide others, and are no facts. */
  readonly temporary: Set<string> = new Set();
  /** Whether an error, such as that something exists already, is caught. */
  guarded = false;
  cutter: Cutter = new Cutter("");
  kind = "";
  /** search_path at login, to which RESET goes back. */
  readonly loginPath: readonly string[];
  #setting: readonly string[];
  #path: readonly string[] | undefined;

  constructor(
    catalog: Working,
    role: string,
    path: readonly string[],
    grammar: Grammar | undefined,
    moves: Moves = new Moves(),
  ) {
    this.catalog = catalog;
    this.role = role;
    this.login = role;
    this.loginPath = path;
    this.#setting = path;
    this.grammar = grammar;
    this.moves = moves;
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

  setPath(setting: readonly string[]): void {
    this.#setting = setting;
    this.#path = undefined;
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
    this.cutter = new Cutter(text);
    this.kind = kind;
    this.certainty = "exact";
    this.guarded = false;
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
    if (this.guarded && this.catalog.has(about.key) && !this.cutter.replaces) return;
    const { key, name, parent, owner, grants, comment, uses, certainty } = about;
    const fact: Record<string, unknown> = { key, kind, name };
    const rest = {
      parent,
      certainty: certainty ?? this.certainty,
      owner,
      grants,
      comment,
      uses: uses?.length === 0 ? undefined : uses,
    };
    for (const part of [rest, payload] as readonly Readonly<Record<string, unknown>>[]) {
      for (const field in part) if (part[field] !== undefined && part[field] !== false) fact[field] = part[field];
    }
    this.catalog.put(fact as unknown as Fact);
  }

  /** Notes that the statement cannot be read, and taints these facts. */
  cannotRead(reason: Opaque["reason"], taints: Iterable<Key> = []): void {
    const tainted = [...new Set(taints)].filter((key) => this.catalog.has(key));
    for (const key of tainted) this.catalog.change(key, "tainted", {});
    this.opaque.push({ text: this.cutter.text, kind: this.kind, reason, taints: tainted });
  }
}
