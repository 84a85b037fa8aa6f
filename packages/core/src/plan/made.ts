// Owns which tables and views a run has made itself, so that nothing that was there before it is lost with them. Pure.
import type { Loss } from "@clew/sql-analyzer";
import type { Fields, Statement } from "@clew/sql-analyzer/reading";
import { nameKey, relationName } from "./replaced.ts";

/** Follows statements in order. What may have been there already (IF NOT EXISTS, in a block) does not count, unless it is temporary. */
export class Made {
  readonly #lasting = new Set<string>();
  readonly #temporary = new Set<string>();
  /** Names without a schema mean others than in `public`. */
  #elsewhere = false;

  /** The temporary tables of a file are gone when the next one begins, and so are its settings. */
  nextFile(): void {
    this.#temporary.clear();
    this.#elsewhere = false;
  }

  /** `perhaps`: it may not run at all. */
  follow({ ast }: Pick<Statement, "ast">, perhaps = false): void {
    const [tag, fields = {}] = (Object.entries(ast ?? {})[0] ?? []) as [string?, Fields?];
    if (tag === "VariableSetStmt" && fields["name"] === "search_path") this.#elsewhere = true;
    if (tag === "RenameStmt" && fields["renameType"] === "OBJECT_TABLE") {
      const name = relationName(fields["relation"]);
      if (this.#knows(name)) this.#lasting.add(nameKey([...name.slice(0, -1), String(fields["newname"])]));
    }
    const made = relationMade(tag, fields);
    if (made === undefined) return;
    const key = nameKey(relationName(made));
    if (made["relpersistence"] === "t") this.#temporary.add(key);
    else if (!perhaps && !this.#elsewhere && fields["if_not_exists"] !== true && fields["replace"] !== true)
      this.#lasting.add(key);
  }

  /** Whether what goes was made by the run. */
  has(loss: Loss): boolean {
    if (loss.what !== "object") {
      const { schema, name } = loss.relation;
      return this.#knows(schema === undefined ? [name] : [schema, name]);
    }
    return (loss.type === "TABLE" || loss.type === "VIEW") && !loss.cascade && this.#knows(loss.name);
  }

  #knows(name: readonly (string | undefined)[]): boolean {
    if (name.length > 1 && name[0] === "pg_temp") return true;
    const key = nameKey(name);
    return this.#temporary.has(key) || (!this.#elsewhere && this.#lasting.has(key));
  }
}

function relationMade(tag: string | undefined, fields: Fields): Fields | undefined {
  switch (tag) {
    case "CreateStmt":
      return fields["relation"] as Fields;
    case "CreateTableAsStmt":
      return (fields["into"] as Fields)["rel"] as Fields;
    case "SelectStmt":
      return (fields["intoClause"] as Fields | undefined)?.["rel"] as Fields | undefined;
    case "ViewStmt":
      return fields["view"] as Fields;
    default:
      return undefined;
  }
}
