// Owns the comparison of a folded catalog with the server's, field by field; SQL is compared by letting the server print both.
import { normalise, type Catalog, type Fact, type Key, type SqlText } from "@clew/sql-analyzer";
import type { Client } from "pg";

export interface Difference {
  readonly key: Key;
  readonly kind: string;
  /** The field; `missing` and `extra` are of the whole fact. */
  readonly field: string;
  readonly folded: unknown;
  readonly live: unknown;
}

export interface Comparison {
  /** Facts that the statements have touched: other than before, on either side. */
  readonly touched: number;
  readonly equal: number;
  /** Left out, and counted: what the fold itself says it does not know. */
  readonly tainted: number;
  /** Those that the fold calls no more than likely, and how many of them are as it says. */
  readonly assumed: number;
  readonly assumedEqual: number;
  /** Of facts that the fold calls exact. */
  readonly differences: readonly Difference[];
  /** Of facts that the fold calls assumed. */
  readonly assumedDifferences: readonly Difference[];
}

const ignored = new Set(["certainty", "uses", "definition"]);

export async function compare(before: Catalog, folded: Catalog, live: Catalog, client: Client): Promise<Comparison> {
  const printer = new Printer(client, folded);
  const keys = new Set([...Object.keys(folded.facts), ...Object.keys(live.facts)] as Key[]);
  const differences: Difference[] = [];
  const assumedDifferences: Difference[] = [];
  let touched = 0;
  let equal = 0;
  let tainted = 0;
  let assumed = 0;
  let assumedEqual = 0;
  for (const key of [...keys].sort()) {
    const ours = folded.facts[key];
    const theirs = live.facts[key];
    const was = before.facts[key];
    if (same(was, ours) && same(was, theirs)) continue;
    touched += 1;
    if (ours?.certainty === "tainted" || (ours === undefined && isUnderDoubt(folded, live, theirs))) {
      tainted += 1;
      continue;
    }
    const found = await differ(printer, key, ours, theirs);
    if (ours?.certainty === "assumed") {
      assumed += 1;
      if (found.length === 0) assumedEqual += 1;
      assumedDifferences.push(...found);
    } else {
      if (found.length === 0) equal += 1;
      differences.push(...found);
    }
  }
  return { touched, equal, tainted, assumed, assumedEqual, differences, assumedDifferences };
}

// What lives in something tainted cannot be known, nor who may do what with what an extension brings.
function isUnderDoubt(folded: Catalog, live: Catalog, fact: Fact | undefined): boolean {
  if (fact?.kind === "privileges") {
    return fact.extension !== undefined && folded.facts[fact.extension]?.certainty !== "exact";
  }
  if (fact === undefined) return false;
  const under = [
    fact.parent,
    "table" in fact ? fact.table : undefined,
    ...("inherits" in fact ? (fact.inherits ?? []) : []),
  ];
  return under.some((key) => {
    if (key === undefined) return false;
    return folded.facts[key]?.certainty === "tainted" || isUnderDoubt(folded, live, live.facts[key]);
  });
}

function same(a: Fact | undefined, b: Fact | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return stable(a) === stable(b);
}

function stable(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (ignored.has(name)) return undefined;
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function differ(
  printer: Printer,
  key: Key,
  ours: Fact | undefined,
  theirs: Fact | undefined,
): Promise<Difference[]> {
  const kind = (ours ?? theirs)!.kind;
  if (ours === undefined) return [{ key, kind, field: "missing", folded: undefined, live: theirs }];
  if (theirs === undefined) return [{ key, kind, field: "extra", folded: ours, live: undefined }];
  const found: Difference[] = [];
  const [a, b] = [ours, theirs] as unknown as Record<string, unknown>[];
  for (const field of new Set([...Object.keys(a!), ...Object.keys(b!)])) {
    if (ignored.has(field)) continue;
    if (!(await agree(printer, ours, field, a![field], b![field]))) {
      found.push({ key, kind, field, folded: a![field], live: b![field] });
    }
  }
  return found;
}

async function agree(
  printer: Printer,
  fact: Fact,
  field: string,
  a: unknown,
  b: unknown,
  type?: string,
): Promise<boolean> {
  if (stable(a) === stable(b)) return true;
  if (isSql(a) && isSql(b)) return printer.agree(fact, field, a, b, type);
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (const [index, item] of a.entries()) if (!(await agree(printer, fact, field, item, b[index]))) return false;
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [one, other] = [a, b] as Record<string, unknown>[];
  for (const name of new Set([...Object.keys(one!), ...Object.keys(other!)])) {
    if (!(await agree(printer, fact, `${field}.${name}`, one![name], other![name], typeIn(other)))) return false;
  }
  return true;
}

function typeIn(value: Record<string, unknown> | undefined): string | undefined {
  const type = value?.["type"];
  return typeof type === "string" ? type : undefined;
}

function isSql(value: unknown): value is SqlText {
  return typeof value === "object" && value !== null && typeof (value as { sql?: unknown }).sql === "string";
}

/** Lets the server print a text in its own form. */
class Printer {
  readonly #client: Client;
  readonly #catalog: Catalog;
  readonly #printed = new Map<string, string>();

  constructor(client: Client, catalog: Catalog) {
    this.#client = client;
    this.#catalog = catalog;
  }

  async agree(fact: Fact, field: string, a: SqlText, b: SqlText, type?: string): Promise<boolean> {
    if (bare(a.sql) === bare(b.sql)) return true;
    const frame = this.#frame(fact, field, type);
    if (frame === undefined) return false;
    return (await this.#print(a, frame)) === (await this.#print(b, frame));
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
