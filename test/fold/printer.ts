// Owns the comparison of two texts of SQL by letting the server print both.
import { normalise, type Catalog, type Fact, type SqlText } from "@clew/sql-analyzer";
import type { Client } from "pg";

/** Lets the server print a text in its own form. */
export class Printer {
  readonly #client: Client;
  readonly #catalog: Catalog;
  readonly #printed = new Map<string, string>();

  constructor(client: Client, catalog: Catalog) {
    this.#client = client;
    this.#catalog = catalog;
  }

  /** Whether the server prints both alike; false where it cannot print one. */
  async agree(fact: Fact, field: string, a: SqlText, b: SqlText, type?: string): Promise<boolean> {
    if (bare(a.sql) === bare(b.sql)) return true;
    const frame = this.#frame(fact, field, type);
    if (frame === undefined) return false;
    return (await this.#print(a, frame)) === (await this.#print(b, frame));
  }

  /** The text as the server prints it; undefined where it cannot. */
  async print(fact: Fact, field: string, text: SqlText, type?: string): Promise<string | undefined> {
    const frame = this.#frame(fact, field, type);
    const printed = frame && (await this.#print(text, frame));
    return printed === undefined || printed.startsWith("--") ? undefined : printed;
  }

  async #print({ sql, path = [] }: SqlText, frame: (sql: string) => string): Promise<string> {
    const made = `set local search_path = ${path.length === 0 ? "''" : path.map(quote).join(", ")}; ${frame(sql)}`;
    const known = this.#printed.get(made);
    if (known !== undefined) return known;
    await this.#client.query("begin");
    let printed = "";
    try {
      await this.#client.query(made);
      // What is printed is not always printed the same again (ORs in ORs, for one), so a view is printed twice.
      for (let round = 0; round < 2; round++) {
        await this.#client.query("set local search_path = ''");
        const { rows } = await this.#client.query<{ sql: string }>(printing);
        printed = rows[0]!.sql;
        if (!printed.startsWith(" ")) break;
        await this.#client.query(`drop view pg_temp.frame; create temporary view frame as ${printed}`);
      }
    } catch (error) {
      printed = `-- ${(error as Error).message}: ${made}`;
    }
    await this.#client.query("rollback");
    this.#printed.set(made, printed);
    return printed;
  }

  // A temporary view in which the text stands where its names mean the same.
  #frame(fact: Fact, field: string, type?: string): ((sql: string) => string) | undefined {
    const view = "create temporary view frame";
    const select = (from: string, type?: string) => (sql: string) =>
      `${view} as select ${type === undefined || type === "unknown" ? `(${sql})` : `(${sql})::${type}`} as x ${from}`;
    const of = (key: string | undefined): string =>
      key === undefined ? "" : key.slice(/^(?:materialized |foreign )?[a-z]+ /.exec(key)![0].length);
    switch (fact.kind) {
      case "table":
        if (field !== "partitionBy") return undefined;
        return (sql) => `create temporary table frame (like ${of(fact.key)}) partition by ${sql}`;
      case "rule":
        return (sql) => sql.replace(/rule\s+\S+/i, "rule frame");
      case "column":
        return select(`from ${of(fact.parent)}`, fact.type);
      case "policy":
        return select(`from ${of(fact.parent)}`, "boolean");
      case "constraint":
        if (fact.type === "exclude") {
          return (sql) =>
            `create temporary table frame (like ${of(fact.parent)}); alter table pg_temp.frame add constraint made exclude ${sql}`;
        }
        if (fact.type !== "check") return undefined;
        if (fact.parent!.startsWith("domain "))
          return select(`from (select null::${of(fact.parent)} as value) d`, "boolean");
        return select(`from ${of(fact.parent)}`, "boolean");
      case "index":
      case "statistics":
        return select(`from ${of(fact.table)}`);
      case "trigger":
        return select(`from ${of(fact.parent)} new, ${of(fact.parent)} old`, "boolean");
      case "domain":
        return select("", fact.type);
      case "function":
      case "procedure":
        return field === "sqlBody" ? routine(fact) : select("", type);
      case "publication table":
        return select(`from ${of(fact.table)}`, "boolean");
      case "view":
      case "materialized view": {
        const columns = Object.values(this.#catalog.facts)
          .filter((other): other is Fact<"column"> => other.kind === "column" && other.parent === fact.key)
          .sort((one, other) => one.position - other.position);
        const names = columns.length > 0 ? ` (${columns.map(({ name }) => quote(name)).join(", ")})` : "";
        return (sql) => `${view}${names} as ${sql}`;
      }
      default:
        return undefined;
    }
  }
}

/** Prints whatever the frame is. */
const printing = `select coalesce(
  (select pg_get_viewdef(oid) from pg_class where oid = to_regclass('pg_temp.frame') and relkind = 'v'),
  (select pg_get_partkeydef(oid) from pg_class where oid = to_regclass('pg_temp.frame') and relkind = 'p'),
  (select pg_get_constraintdef(oid) from pg_constraint where conname = 'made' and conrelid = to_regclass('pg_temp.frame')),
  (select pg_get_ruledef(oid) from pg_rewrite where rulename = 'frame'),
  (select pg_get_function_sqlbody(oid) from pg_proc where proname = 'frame' and pronamespace = pg_my_temp_schema())
) as sql`;

function routine(fact: Fact<"function"> | Fact<"procedure">): (sql: string) => string {
  const list = fact.arguments.map(
    ({ name, type, mode }) => `${mode ?? "in"} ${name === undefined ? "" : quote(name)} ${type}`,
  );
  const returns = fact.returns === undefined ? "" : `returns ${fact.returnsSet ? "setof " : ""}${fact.returns}`;
  return (sql) => `create ${fact.kind} pg_temp.frame(${list.join(", ")}) ${returns} language sql ${sql}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function bare(sql: string): string {
  let text = normalise(sql).replaceAll(/\s+/g, " ").trim();
  while (text.startsWith("(") && text.endsWith(")") && balanced(text.slice(1, -1))) text = text.slice(1, -1);
  return text.toLowerCase();
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const letter of text) {
    if (letter === "(") depth += 1;
    else if (letter === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
