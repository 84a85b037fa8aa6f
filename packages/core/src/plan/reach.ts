// Owns what statements lose beyond what they name, as the catalog says: rows that refer to others, and what the functions do that they call.
import {
  classify,
  factsOf,
  read,
  schemaOf,
  type Catalog,
  type Fact,
  type Grammar,
  type Key,
  type Loss,
  type Statement,
} from "@clew/sql-analyzer";
import { nameOf, type Names } from "../archive/names.ts";
import { blockOf } from "./block.ts";
import { Made } from "./made.ts";

/** Something that is lost though the statement does not name it. */
export interface Beyond {
  readonly what: Loss["what"];
  /** The table that it is of, or the loss in the body of a function. */
  readonly of: Loss | { readonly table: string; readonly which: "all" | "some"; readonly columns?: readonly string[] };
  /** What does it: `ON DELETE CASCADE of orders_person_fkey`. */
  readonly by: string;
  /** Absent where it is certain. */
  readonly when?: string;
}

type RowLoss = Extract<Loss, { readonly what: "rows" }>;

type Routine = Fact<"function"> | Fact<"procedure">;

/** What is reached from statements in a catalog; `after` has what the run makes. */
export class Reach {
  readonly #before: Catalog;
  readonly #names: Names;
  readonly #grammar: Grammar;
  readonly #keys: ReadonlyMap<Key | undefined, readonly Fact<"constraint">[]>;
  readonly #routines: ReadonlyMap<string, readonly Routine[]>;

  constructor(before: Catalog, after: Catalog, names: Names, grammar: Grammar) {
    this.#before = before;
    this.#names = names;
    this.#grammar = grammar;
    const both = [before, after];
    const keys = both.flatMap((side) => factsOf(side, "constraint")).filter(({ inherited }) => inherited !== true);
    this.#keys = Map.groupBy(keys, ({ references }) => references?.table);
    const routines = both.flatMap((side) => [...factsOf(side, "function"), ...factsOf(side, "procedure")]);
    this.#routines = Map.groupBy(routines, ({ name }) => name);
  }

  /** What a statement loses beyond its words, after what the run has made. */
  of(statement: Statement, made: Made): readonly Beyond[] {
    const found = [...this.#referring(statement, made), ...this.#called(statement, new Set())];
    return [...new Map(found.map((one) => [JSON.stringify([one.of, one.by]), one])).values()];
  }

  /** Follows what a statement renames. */
  follow({ ast }: Statement): void {
    this.#names.follow(ast);
  }

  #referring(statement: Statement, made: Made): readonly Beyond[] {
    const losses = classify(statement).destroys.filter(
      (loss): loss is RowLoss => loss.what === "rows" && !made.has(loss),
    );
    const named = new Set(losses.flatMap(({ relation }) => this.#names.resolve(relation)));
    return losses
      .filter(({ kin }) => kin === "referencing")
      .flatMap(({ relation, which }) =>
        this.#names.resolve(relation).flatMap((key) => this.#beside(key, which, named)),
      );
  }

  /** From table to table along foreign keys: all of them for TRUNCATE … CASCADE, those that cascade for DELETE. */
  #beside(from: Key, which: "all" | "some", named: ReadonlySet<Key>): readonly Beyond[] {
    const found: Beyond[] = [];
    const seen = new Set(named);
    const queue = [from];
    for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
      for (const { parent, name, references, columns } of this.#keys.get(key) ?? []) {
        const { onDelete, onDeleteColumns } = references!;
        const table = parent === undefined ? undefined : this.#before.facts[parent];
        if (table?.kind !== "table" || seen.has(table.key)) continue;
        const said = shownName(table);
        if (which === "all") {
          found.push({ what: "rows", of: { table: said, which }, by: `TRUNCATE … CASCADE, for ${name} refers to it` });
        } else if (onDelete === "cascade") {
          found.push({ what: "rows", of: { table: said, which }, by: `ON DELETE CASCADE of ${name}`, when: referring });
        } else {
          if (onDelete !== "set null" && onDelete !== "set default") continue;
          const by = `ON DELETE ${onDelete.toUpperCase()} of ${name}`;
          const changed = onDeleteColumns ?? columns ?? [];
          found.push({ what: "values", of: { table: said, which, columns: changed }, by, when: referring });
          continue;
        }
        seen.add(table.key);
        queue.push(table.key);
      }
    }
    return found;
  }

  /** What the functions do that a statement calls, as their bodies say; of those that cannot be read nothing is said. */
  #called(statement: Statement, seen: Set<Key>): readonly Beyond[] {
    if (!runs.has(statement.kind) && classify(statement).unknown.length === 0) return [];
    return callsIn(statement.ast).flatMap(([schema, name]) =>
      (this.#routines.get(name) ?? [])
        .filter((routine) => schema === undefined || schemaOf(routine) === schema)
        .flatMap((routine) => this.#body(routine, seen)),
    );
  }

  #body(routine: Routine, seen: Set<Key>): readonly Beyond[] {
    if (seen.has(routine.key)) return [];
    seen.add(routine.key);
    const by = `the ${routine.kind} ${routine.name}, which it calls`;
    const made = new Made();
    return this.#statementsOf(routine).flatMap((statement): readonly Beyond[] => {
      made.follow(statement, true);
      const own = classify(statement)
        .destroys.filter((loss) => !("kin" in loss && loss.kin !== undefined) && !made.has(loss))
        .map((loss) => ({ what: loss.what, of: loss, by, when: "if it comes to that" }));
      const further = [...this.#referring(statement, made), ...this.#called(statement, seen)];
      return [
        ...own,
        ...further.map((one) => ({ ...one, by: `${one.by}, by ${by}`, when: one.when ?? "if it comes to that" })),
      ];
    });
  }

  #statementsOf({ language, body, definition, sqlBody }: Routine): readonly Statement[] {
    if (language === "sql")
      return read(body ?? sqlBody?.sql ?? "", this.#grammar).statements.filter(({ ast }) => ast !== undefined);
    if (language !== "plpgsql") return [];
    const text = definition?.sql ?? `DO LANGUAGE plpgsql $clew_body$${body ?? ""}$clew_body$`;
    return blockOf(text, this.#grammar).statements;
  }
}

const referring = "if rows there refer to those that go";

/** Statements that run functions at once. */
const runs: ReadonlySet<string> = new Set(["SELECT", "CALL", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE TABLE AS"]);

function shownName(table: Fact<"table">): string {
  const { schema, name } = nameOf(table);
  return schema === "public" ? name : `${schema}.${name}`;
}

/** The functions that are called in a tree, by schema and name. */
function callsIn(node: unknown): readonly (readonly [schema: string | undefined, name: string])[] {
  const found: (readonly [string | undefined, string])[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [tag, inner] of Object.entries(value)) {
      if (tag === "funcname" && Array.isArray(inner)) {
        const parts = (inner as readonly { String?: { sval?: string } }[]).map((one) => one.String?.sval ?? "");
        found.push([parts.at(-2), parts.at(-1)!]);
      } else look(inner);
    }
  };
  look(node);
  return found;
}
