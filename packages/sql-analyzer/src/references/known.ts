// Owns whether a name is known: in the catalog through the search_path, to PostgreSQL, or to an extension.
import type { Fact, Kind } from "../catalog/catalog.ts";
import { type Key, keyAlone, keyIn, schemaOf } from "../catalog/keys.ts";
import type { Scene } from "../fold/scene.ts";
import { relationKinds, routineKinds, tableKinds, typeKinds } from "../fold/working.ts";
import { extensionOfType } from "../fold/known-extensions.ts";
import type { Name } from "../fold/names.ts";
import { type Arity, type Brought, broughtBy, ownFunctions, ownRelations, ownRoles, ownTypes } from "./system.ts";

/** What a name was looked up as. */
export type Sort =
  | "collation"
  | "event trigger"
  | "extension"
  | "function"
  | "index"
  | "language"
  | "publication"
  | "role"
  | "schema"
  | "sequence"
  | "server"
  | "statistics"
  | "table"
  | "text search configuration"
  | "type"
  | "view"
  | "wrapper";

/** A name that is not known. */
export interface Missing {
  /** Which part of it: the schema, or the name in it. */
  readonly part: "schema" | "name";
  /** Whether there can be nothing of that name; otherwise it is only likely where a known name is near. */
  readonly certain: boolean;
  readonly candidates: () => Iterable<string>;
}

/** The columns of a relation. */
export interface Columns {
  /** Undefined: not known. */
  readonly names: ReadonlySet<string> | undefined;
  /** Another version of the server may have others. */
  readonly partial?: boolean;
}

export const unknownColumns: Columns = { names: undefined };

// A relation's row is a type as well, but seldom what a misspelt one was meant to be.
const ownTypeKinds = typeKinds.filter((kind) => !(tableKinds as readonly Kind[]).includes(kind));

// What the grammar knows, and no catalog has.
const writtenAsFunctions = ["coalesce", "greatest", "grouping", "least", "nullif"];

const ownSchemas = new Set(["pg_catalog", "information_schema", "pg_toast"]);

/** Schemas that belong to Supabase, which adds to them without a migration. */
const platform = new Set(
  `auth cron extensions graphql graphql_public net pgbouncer pgmq pgsodium pgsodium_masks pgtle realtime _realtime storage
  supabase_functions supabase_migrations vault`.split(/\s+/),
);

/** What is known before one statement. */
export class Known {
  readonly scene: Scene;
  /** The catalog was read from the server that is meant, so that it lacks nothing. */
  readonly live: boolean;
  #extensions: readonly { readonly fact: Fact<"extension">; readonly brought: Brought | undefined }[] | undefined;

  constructor(scene: Scene, live: boolean) {
    this.scene = scene;
    this.live = live;
  }

  /** To be called when extensions may have come or gone. */
  forget(): void {
    this.#extensions = undefined;
  }

  get extensions(): readonly { readonly fact: Fact<"extension">; readonly brought: Brought | undefined }[] {
    this.#extensions ??= this.scene.catalog
      .allOf("extension")
      .filter(({ name }) => name !== "plpgsql")
      .map((fact) => ({ fact, brought: broughtBy(fact.name) }));
    return this.#extensions;
  }

  /** What is missing of a schema; undefined where it is known. */
  schema(name: string): Missing | undefined {
    if (ownSchemas.has(name) || name.startsWith("pg_temp") || name.startsWith("pg_toast")) return undefined;
    if (this.scene.catalog.has(keyAlone("schema", name))) return undefined;
    if (this.extensions.some(({ fact, brought }) => fact.schema === name || brought?.schemas.has(name)))
      return undefined;
    const certain = (this.live || !platform.has(name)) && this.extensions.every(({ brought }) => brought !== undefined);
    return { part: "schema", certain, candidates: () => this.#names(["schema"], undefined) };
  }

  /** The key of a relation with columns, or its columns where it is no fact, or what is missing. */
  table(name: Name): { readonly key: Key } | { readonly columns: Columns } | { readonly missing: Missing } {
    const { catalog } = this.scene;
    if (this.isTemporary(name)) return { columns: unknownColumns };
    if (name.schema === undefined || ownSchemas.has(name.schema)) {
      const own = ownRelations().get(`${name.schema ?? "pg_catalog"}.${name.name}`);
      if (own !== undefined) return { columns: { names: new Set(own), partial: true } };
      if (name.name.startsWith("pg_toast")) return { columns: unknownColumns };
    }
    for (const schema of this.#homes(name)) {
      for (const kind of [...tableKinds, "sequence", "index", "composite type"] as const) {
        const key = keyIn(keyAlone("schema", schema), kind, name.name);
        if (!catalog.has(key)) continue;
        if (kind === "sequence") return { columns: { names: new Set(["last_value", "log_cnt", "is_called"]) } };
        return kind === "index" || kind === "composite type" ? { columns: unknownColumns } : { key };
      }
    }
    if (this.#brings("relations", name)) return { columns: unknownColumns };
    return { missing: this.#missing(name, tableKinds, "relations") };
  }

  /** The columns of a relation that is a fact. */
  columns(key: Key): Columns {
    const { catalog } = this.scene;
    const fact = catalog.get(key);
    const columns = catalog.children(key, "column");
    if (fact === undefined || fact.certainty === "tainted") return unknownColumns;
    if (fact.kind === "table" && fact.certainty === "assumed") return unknownColumns;
    if (columns.length === 0 && fact.kind !== "table") return unknownColumns;
    return { names: new Set(columns.map(({ name }) => name)) };
  }

  /** The attributes of a composite type; undefined where they are not known. */
  attributes(name: Name): ReadonlySet<string> | undefined {
    const { catalog } = this.scene;
    for (const schema of this.#homes(name)) {
      const key = keyIn(keyAlone("schema", schema), "composite type", name.name);
      if (catalog.get(key)?.certainty === "exact") return new Set(this.namesIn(key, "attribute"));
    }
    return undefined;
  }

  /** What is missing of a thing that a schema holds; undefined where it is known. */
  inSchema(name: Name, sort: "collation" | "index" | "sequence" | "statistics" | "view"): Missing | undefined {
    if (this.isTemporary(name) || (name.schema !== undefined && ownSchemas.has(name.schema))) return undefined;
    const kinds: readonly Kind[] = sort === "view" ? ["view", "materialized view"] : [sort];
    for (const schema of this.#homes(name)) {
      for (const kind of kinds)
        if (this.scene.catalog.has(keyIn(keyAlone("schema", schema), kind, name.name))) return undefined;
    }
    if (sort === "collation" && name.schema === undefined) return undefined;
    // Those of pg_catalog and of temporary tables are no facts.
    if (sort === "index" && name.schema === undefined)
      if (name.name.startsWith("pg_") || this.scene.temporary.size > 0) return undefined;
    if (this.#brings("relations", name)) return undefined;
    return this.#missing(name, kinds, "relations");
  }

  /** What is missing of a text search configuration; those of pg_catalog are all taken to be there. */
  textSearchConfiguration(name: Name): Missing | undefined {
    const { catalog } = this.scene;
    if (name.schema === undefined || ownSchemas.has(name.schema)) return undefined;
    if (catalog.has(keyIn(keyAlone("schema", name.schema), "text search configuration", name.name))) return undefined;
    return this.#missing(name, ["text search configuration"], "relations");
  }

  /** What is missing of a thing that no schema holds. */
  alone(name: string, kind: Kind): Missing | undefined {
    if (kind === "schema") return this.schema(name);
    const { catalog } = this.scene;
    if (catalog.has(keyAlone(kind, name))) return undefined;
    if (kind === "role") {
      if (ownRoles().has(name) || name.startsWith("pg_")) return undefined;
      // A catalog that tells of no role says nothing about them.
      if (catalog.allOf("role").length === 0) return undefined;
    }
    return { part: "name", certain: true, candidates: () => this.#names([kind], undefined) };
  }

  /** What is missing of a type; undefined where it is known. */
  type(name: Name): Missing | undefined {
    if (name.schema === "information_schema" || name.schema === "pg_toast") return undefined;
    const bare = name.name.startsWith("_") ? name.name.slice(1) : name.name;
    const { catalog } = this.scene;
    if (name.schema === undefined || name.schema === "pg_catalog") {
      if (ownTypes().has(name.name) || ownTypes().has(bare)) return undefined;
      if (ownRelations().has(`pg_catalog.${bare}`)) return undefined;
    }
    if (this.isTemporary(name)) return undefined;
    for (const schema of this.#homes(name)) {
      const home = keyAlone("schema", schema);
      for (const kind of typeKinds) {
        if (catalog.has(keyIn(home, kind, name.name)) || catalog.has(keyIn(home, kind, bare))) return undefined;
      }
      if (catalog.has(keyIn(home, "sequence", name.name))) return undefined;
      if (catalog.children(home, "range").some(({ multirange }) => multirange === name.name)) return undefined;
    }
    if (this.#brings("types", name) || this.#brings("types", { ...name, name: bare })) return undefined;
    if (this.#brings("relations", name)) return undefined;
    const extension = extensionOfType(bare);
    if (extension !== undefined && this.extensions.some(({ fact }) => fact.name === extension)) return undefined;
    const missing = this.#missing(name, ownTypeKinds, "types");
    if (name.schema !== undefined) return missing;
    return { ...missing, candidates: () => [...missing.candidates(), ...ownTypes()] };
  }

  /**
   * What is missing of a function that is called with so many arguments (undefined: any number will do), among those
   * that take another number of them `arities`.
   */
  routine(
    name: Name,
    count: number | undefined,
  ):
    | { readonly facts: readonly Fact<"function" | "procedure" | "aggregate">[]; readonly own: boolean }
    | RoutineMissing {
    const fits = ({ least, most }: Arity): boolean => count === undefined || (count >= least && count <= most);
    const others: Arity[] = [];
    if (name.schema === undefined || name.schema === "pg_catalog") {
      const own = ownFunctions().get(name.name) ?? [];
      if (own.some(fits)) return { facts: [], own: true };
      others.push(...own);
    }
    if (name.schema === "information_schema" || name.schema?.startsWith("pg_temp") === true)
      return { facts: [], own: false };
    for (const schema of this.#homes(name)) {
      const all = this.routinesIn(schema, name.name);
      const fitting = all.filter((fact) => aritiesOf(fact).some(fits));
      if (fitting.length > 0) return { facts: fitting, own: false };
      others.push(...all.flatMap(aritiesOf));
      const maker = this.#maker(schema, name.name);
      if (maker !== undefined && fits(maker)) return { facts: [], own: false };
    }
    for (const { fact, brought } of this.extensions) {
      for (const home of name.schema === undefined ? [fact.schema, ...this.#homes(name)] : [name.schema]) {
        const found = brought?.functions.get(home === fact.schema ? name.name : `${home}.${name.name}`) ?? [];
        if (found.some(fits)) return { facts: [], own: false };
        others.push(...found);
      }
    }
    const missing = this.#missing(name, routineKinds, "functions");
    const near =
      name.schema === undefined
        ? () => [...missing.candidates(), ...ownFunctions().keys(), ...writtenAsFunctions]
        : missing.candidates;
    return { missing: { ...missing, candidates: near }, arities: others };
  }

  /** How many arguments the function takes that makes values of a range or multirange type. */
  #maker(schema: string, name: string): Arity | undefined {
    const home = keyAlone("schema", schema);
    if (this.scene.catalog.has(keyIn(home, "range", name))) return { least: 2, most: 3 };
    const ranges = this.scene.catalog.children(home, "range");
    return ranges.some(({ multirange }) => multirange === name) ? { least: 0, most: Infinity } : undefined;
  }

  /** Whether an extension may have a support function of this name: for an index, an operator, a type. */
  mayHaveSupport(name: Name): boolean {
    return this.extensions.some(({ fact }) => this.#homes(name).includes(fact.schema));
  }

  /** The routines of a name in one schema. */
  routinesIn(schema: string, name: string): readonly Fact<"function" | "procedure" | "aggregate">[] {
    return this.scene.catalog.routines(keyAlone("schema", schema), name);
  }

  isTemporary({ schema, name }: Name): boolean {
    return schema?.startsWith("pg_temp") === true || (schema === undefined && this.scene.temporary.has(name));
  }

  /** Whether any schema has a thing of one of these kinds and this name. */
  anywhere(name: string, sort: Sort): boolean {
    const kinds: readonly Kind[] =
      sort === "function"
        ? routineKinds
        : sort === "type"
          ? typeKinds
          : sort === "table"
            ? relationKinds
            : [sort as Kind];
    return this.scene.catalog.named(name, ...kinds).length > 0;
  }

  /** Whether any row has a column of this name. */
  namesColumn(name: string): boolean {
    return this.scene.catalog.named(name, "column", "attribute").length > 0;
  }

  /** Whether a trigger gives its function a table of this name. */
  isTransition(name: string): boolean {
    return this.scene.catalog.allOf("trigger").some((fact) => fact.oldTable === name || fact.newTable === name);
  }

  /** Names of facts of a kind inside another. */
  namesIn(parent: Key, kind: Kind): readonly string[] {
    return this.scene.catalog.children(parent, kind).map(({ name }) => name);
  }

  #homes({ schema }: Name): readonly string[] {
    return schema === undefined ? this.scene.path : [schema];
  }

  #brings(what: "relations" | "types", { schema, name }: Name): boolean {
    return this.extensions.some(({ fact, brought }) => {
      if (brought === undefined) return false;
      if (schema === undefined || schema === fact.schema) {
        if (brought[what].has(name)) return true;
      }
      return this.#homes({ schema, name }).some((home) => brought[what].has(`${home}.${name}`));
    });
  }

  #missing(name: Name, kinds: readonly Kind[], what: "functions" | "relations" | "types"): Missing {
    if (name.schema !== undefined) {
      const schema = this.schema(name.schema);
      if (schema !== undefined) return schema;
    }
    const homes = this.#homes(name);
    // An extension whose names are not all known may have it: where it lives, or anywhere at all.
    const hidden = this.extensions.some(({ fact, brought }) => {
      const here =
        (homes.includes(fact.schema) && !brought?.apart) ||
        (name.schema !== undefined && brought?.schemas.has(name.schema) === true);
      if (brought === undefined)
        return name.schema === undefined || here || !this.scene.catalog.has(keyAlone("schema", name.schema));
      return brought.partial && here && (what !== "relations" || name.schema !== undefined);
    });
    const shifting =
      !this.live && name.schema !== undefined && (platform.has(name.schema) || ownSchemas.has(name.schema));
    return {
      part: "name",
      certain: !hidden && !shifting,
      candidates: () => this.#names(kinds, name.schema, what),
    };
  }

  *#names(
    kinds: readonly Kind[],
    schema: string | undefined,
    what?: "functions" | "relations" | "types",
  ): Iterable<string> {
    for (const fact of this.scene.catalog.all()) {
      if (kinds.includes(fact.kind) && (schema === undefined || schemaOf(fact) === schema)) yield fact.name;
    }
    if (what === undefined) return;
    for (const { fact, brought } of this.extensions) {
      for (const name of brought?.[what].keys() ?? []) {
        if (schema === undefined || schema === fact.schema) yield name;
        else if (name.startsWith(`${schema}.`)) yield name.slice(schema.length + 1);
      }
    }
    if (schema === "pg_catalog" && what === "functions") yield* ownFunctions().keys();
    if (schema === undefined || ownSchemas.has(schema)) {
      const prefix = `${schema ?? "pg_catalog"}.`;
      if (what === "relations")
        for (const name of ownRelations().keys()) if (name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }
}

export interface RoutineMissing {
  readonly missing: Missing;
  /** How many arguments those of the name take. */
  readonly arities: readonly Arity[];
}

function aritiesOf(fact: Fact<"function" | "procedure" | "aggregate">): readonly Arity[] {
  const inputs = fact.arguments.filter(({ mode }) => mode !== "out" && mode !== "table");
  const optional = inputs.filter((argument) => argument.default !== undefined).length;
  const variadic = inputs.some(({ mode }) => mode === "variadic");
  const least = inputs.length - optional - (variadic ? 1 : 0);
  const most = variadic ? Infinity : inputs.length;
  const all = fact.arguments.filter(({ mode }) => mode !== "table").length;
  // CALL and DROP may name the OUT arguments as well.
  return fact.kind === "procedure" || all > most
    ? [
        { least, most },
        { least: all, most: all },
      ]
    : [{ least, most }];
}
