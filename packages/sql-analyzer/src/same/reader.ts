// Owns what the reading of one text shares: the catalog around it, the search_path, and the numbers of the items of FROM.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyAlone, keyIn } from "../catalog/keys.ts";
import { columnsOf } from "../fold/columns.ts";
import { findCalled, findRelation, findTable, type Name as NameInSql, rangeName } from "../fold/names.ts";
import type { Scene } from "../fold/scene.ts";
import { typeOf } from "../fold/type-names.ts";
import { tableKinds } from "../fold/working.ts";
import type { Fields } from "../grammar.ts";
import { ownFunctionColumns, ownFunctions, ownRelations } from "../references/system.ts";
import type { Output } from "./scope.ts";
import type { Name } from "./term.ts";

export class Reader {
  readonly scene: Scene;
  /** Whether a person wrote it, and not the server. */
  readonly written: boolean;
  #last = 0;

  constructor(scene: Scene, written: boolean) {
    this.scene = scene;
    this.written = written;
  }

  /** The next number of an item of FROM. */
  next(): number {
    return ++this.#last;
  }

  type(node: Fields): string {
    return typeOf(this.scene, node).type;
  }

  /** A relation's name: with its schema where that can be told. */
  relation(rangeVar: Fields): Name {
    const { schema, name } = rangeName(rangeVar);
    return this.#named(schema, name, () => {
      if (ownRelations().has(`pg_catalog.${name}`)) return "pg_catalog";
      const key = findRelation(this.scene, { schema, name });
      return this.scene.path.find((home) =>
        key?.endsWith(keyIn(keyAlone("schema", home), "table", name).slice("table".length)),
      );
    });
  }

  #named(schema: string | undefined, name: string, find: () => string | undefined): Name {
    if (schema !== undefined) return { is: "name", name, schemas: [schema] };
    const found = find();
    if (found !== undefined) return { is: "name", name, schemas: [found] };
    // What belongs to an extension is no fact.
    return { is: "name", name, schemas: this.written ? this.scene.path : ["pg_catalog"] };
  }

  /** The columns of the relation that a FROM names; undefined where they cannot be told. */
  columns(rangeVar: Fields): readonly Output[] | undefined {
    const key = findTable(this.scene, rangeVar);
    if (key !== undefined) return this.columnsOf(key);
    const { schema, name } = rangeName(rangeVar);
    const own = ownRelations().get(`${schema ?? "pg_catalog"}.${name}`);
    return own?.map((column) => ({ name: column, type: undefined }));
  }

  /** Undefined where the catalog has none: it may not know them. */
  columnsOf(relation: Key): readonly Output[] | undefined {
    const columns = columnsOf(this.scene, relation);
    return columns.length === 0
      ? undefined
      : columns.map(({ name, type }) => ({ name, type: type === "unknown" ? undefined : type }));
  }

  /** A function's name: with its schema where that can be told. */
  routine({ schema, name }: NameInSql, count: number): Name {
    return this.#named(schema, name, () => {
      if (ownFunctions().has(name))
        return this.written && this.called({ schema, name }, count) ? undefined : "pg_catalog";
      const fact = this.called({ schema, name }, count);
      return this.scene.path.find((home) => fact?.parent === keyAlone("schema", home));
    });
  }

  /** The routine that a call means, if the catalog has just one of that name with that many arguments. */
  called(name: NameInSql, count: number): Fact<"function"> | undefined {
    const found = findCalled(this.scene, name, count);
    return found.length === 1 ? this.scene.catalog.as(found[0], "function") : undefined;
  }

  /** What a function gives in FROM: undefined where that cannot be told, one column without a name for a plain value. */
  rows(name: NameInSql, count: number): readonly Output[] | undefined {
    const fact = this.called(name, count);
    if (fact !== undefined) {
      const outputs = fact.arguments.filter(({ mode }) => mode === "out" || mode === "table" || mode === "inout");
      if (outputs.length > 0) return outputs.map(({ name = "", type }) => ({ name, type }));
      for (const kind of tableKinds) {
        const columns = this.columnsOf(`${kind} ${fact.returns}`);
        if (columns !== undefined) return columns;
      }
      return fact.returns === "record" || fact.returns?.includes(".") ? undefined : [{ name: "", type: fact.returns }];
    }
    if ((name.schema ?? "pg_catalog") !== "pg_catalog" || !ownFunctions().has(name.name)) return undefined;
    if (name.name === "unnest" && count === 1) return [{ name: "", type: undefined }];
    const own = ownFunctionColumns(name.name);
    if (own === undefined) return undefined;
    return own.length === 0
      ? [{ name: "", type: undefined }]
      : own.map((column) => ({ name: column, type: undefined }));
  }
}
