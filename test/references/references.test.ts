// Names in migrations: silence over those that run, and the place of each that is damaged before the server sees it.
import { freshDatabase, type Database } from "@clew/kit";
import {
  factsOf,
  loadGrammar,
  read,
  references,
  startFold,
  type Catalog,
  type Finding,
  type Folding,
  type Grammar,
  type Statement,
} from "@clew/sql-analyzer";
import { Client, type DatabaseError } from "pg";
import { expect, test } from "vitest";
import { pg } from "../../packages/core/src/drivers/pg.ts";
import { introspect } from "../../packages/core/src/introspect/introspect.ts";
import { histories, type History } from "./corpus.ts";
import { damaged, identifiers, namesSchema, randomOf, type Token } from "./damage.ts";

const wanted = Number(process.env["MUTATIONS"] ?? 1000);
const seed = Number(process.env["SEED"] ?? 1);

const grammar: Grammar = await loadGrammar();
const all = await histories();

async function open(history: History): Promise<{ readonly db: Database; readonly catalog: Catalog }> {
  const db = await freshDatabase({ template: history.template });
  if (history.before !== "") await db.sql(history.before);
  await using session = await pg(() => new Client(db.url)).connect();
  return { db, catalog: await introspect(session) };
}

test.each(all)("nothing is said of $name, which runs", async (history) => {
  const { db, catalog } = await open(history);
  await using _ = db;
  const folding = startFold(catalog, { grammar });
  const opaque: { readonly text: string }[] = [];
  const said: string[] = [];
  const paths = Object.keys(history.files);
  for (const [index, path] of paths.entries()) {
    const { statements } = read(history.files[path]!, grammar);
    const later = paths
      .slice(index + 1)
      .map((path) => ({ path, statements: read(history.files[path]!, grammar).statements }));
    for (const finding of references(statements, folding.catalog(), { grammar, later, opaque }))
      said.push(words(path, finding));
    opaque.push(...folding.apply(statements));
  }
  expect(said).toEqual([]);
});

function words(path: string, { severity, message, at }: Finding): string {
  return `${severity} ${path}:${at?.start} ${message}`;
}

interface Mutation {
  readonly history: string;
  readonly path: string;
  readonly token: Token;
  readonly text: string;
  /** The statement's kind. */
  readonly kind: string;
  /** What the name was. */
  readonly sort: string;
  /** What the server says; undefined where only running the body would tell. */
  readonly refused: { readonly message: string; readonly statement: Statement } | undefined;
  readonly found: boolean;
}

test(
  `of ${wanted} damaged names at least 95 % are found before the server sees them, at their place`,
  { timeout: 300_000 },
  async () => {
    const random = randomOf(seed);
    const chosen = choose(random);
    const mutations: Mutation[] = [];
    for (const history of all) mutations.push(...(await mutate(history, chosen, random)));
    const missed = mutations.filter(({ found }) => !found);
    const share = 1 - missed.length / mutations.length;
    const list = missed.map(({ history, path, token, text, refused, kind }) => {
      const line = text.slice(text.lastIndexOf("\n", token.start) + 1, token.end + 20).replaceAll(/\s+/g, " ");
      return `${history} ${path} ${kind} ${token.name}: ${line} → ${refused?.message ?? "in a body"}`;
    });
    const groups = new Map<string, Mutation[]>();
    for (const each of mutations) {
      for (const group of [each.sort, each.token.inBody ? "in bodies" : "outside bodies"]) {
        groups.set(group, [...(groups.get(group) ?? []), each]);
      }
    }
    const table = [...groups].map(
      ([group, all]) => `${group}: ${all.filter(({ found }) => found).length} of ${all.length}`,
    );
    console.log(
      `${mutations.length} damaged names, ${(share * 100).toFixed(1)} % found\n${[...table, ...list].join("\n")}`,
    );
    expect(mutations.length).toBeGreaterThan(wanted * 0.9);
    expect(share).toBeGreaterThanOrEqual(0.95);
  },
);

type Chosen = ReadonlyMap<string, readonly Token[]>;

/** Places in all files, more than are wanted, for many turn out to be no damage. */
function choose(random: () => number): Chosen {
  const places: { readonly at: string; readonly token: Token }[] = [];
  for (const { name, files } of all) {
    for (const [path, text] of Object.entries(files)) {
      for (const { start, end } of read(text, grammar).statements) {
        for (const token of identifiers(text, start, end)) places.push({ at: `${name} ${path}`, token });
      }
    }
  }
  const shuffled = places.map((place) => [random(), place] as const).sort(([a], [b]) => a - b);
  const chosen = new Map<string, Token[]>();
  for (const [, { at, token }] of shuffled) {
    const tokens = chosen.get(at) ?? [];
    chosen.set(at, [...tokens, token]);
  }
  return chosen;
}

const kinds = [
  "policy",
  "role",
  "table",
  "view",
  "materialized view",
  "function",
  "procedure",
  "schema",
  "column",
] as const;

async function mutate(history: History, chosen: Chosen, random: () => number): Promise<readonly Mutation[]> {
  const { db, catalog } = await open(history);
  await using _ = db;
  const client = await db.client();
  const folding = startFold(catalog, { grammar });
  const opaque: { readonly text: string }[] = [];
  const found: Mutation[] = [];
  const size =
    Object.values(history.files).join("").length / all.flatMap(({ files }) => Object.values(files)).join("").length;
  for (const [path, text] of Object.entries(history.files)) {
    const before = folding.catalog();
    const { statements } = read(text, grammar);
    const after = startFold(before, { grammar });
    after.apply(statements);
    const names = namesOf(before, after);
    const share = Math.ceil((wanted * size * text.length) / Object.values(history.files).join("").length);
    const tokens = (chosen.get(`${history.name} ${path}`) ?? []).filter(
      (token) => names.has(token.name) && (!token.inBody || namesSchema(text, token)),
    );
    let left = share;
    const byStatement = new Map<Statement, Token[]>();
    for (const token of tokens.slice(0, share * 4)) {
      const statement = statements.find(({ start, end }) => start <= token.start && token.end <= end)!;
      byStatement.set(statement, [...(byStatement.get(statement) ?? []), token]);
    }
    await client.query("begin");
    for (const [index, statement] of statements.entries()) {
      if (["BEGIN", "COMMIT"].includes(statement.kind)) continue;
      for (const token of byStatement.get(statement) ?? []) {
        if (left === 0) break;
        const broken = damaged(text, token, random);
        const refused = await refusal(client, broken, index, statements.length);
        if (refused === "fine" && !token.inBody) continue;
        if (refused !== "fine" && !undefinedNames.has(refused.code)) continue;
        left -= 1;
        const findings = references(read(broken, grammar).statements, before, { grammar, opaque });
        const place = refused === "fine" || isSaid(refused.message, broken, token) ? undefined : refused.statement;
        found.push({
          history: history.name,
          path,
          token,
          text: broken,
          kind: statement.kind,
          sort: names.get(token.name)!,
          refused: refused === "fine" ? undefined : refused,
          found: findings.some(({ at }) => at !== undefined && isPlace(broken, at, token, place)),
        });
      }
      await client.query(statement.text);
    }
    await client.query("commit");
    await client.query("reset all");
    opaque.push(...folding.apply(statements));
  }
  return found;
}

/** Whether the server names the damaged name, and not the one that it no longer finds. */
function isSaid(message: string, broken: string, token: Token): boolean {
  const words: readonly string[] = message.match(/[\w$-]+/g) ?? [];
  const written = identifiers(broken, token.start, token.end + 2)[0]?.name ?? "";
  return words.includes(written) || !words.includes(token.name);
}

/** A name that was damaged where it is made is missed where it is used first. */
function isPlace(
  text: string,
  at: NonNullable<Finding["at"]>,
  token: Token,
  statement: Statement | undefined,
): boolean {
  if (statement === undefined) return at.start === token.start;
  const name = text.slice(at.start, at.end).replaceAll('"', "").toLowerCase();
  return statement.start <= at.start && at.end <= statement.end && name === token.name.toLowerCase();
}

/** What each name is; of one name for several things, the first of `kinds`. */
function namesOf(before: Catalog, after: Folding): ReadonlyMap<string, string> {
  const own = ["now", "coalesce", "count", "jsonb_build_object", "lower"].map((name) => [name, "function"] as const);
  const facts = kinds.toReversed().flatMap((kind) => [...factsOf(before, kind), ...factsOf(after.catalog(), kind)]);
  return new Map([...own, ...facts.map(({ name, kind }) => [name, kind] as const)]);
}

/** SQLSTATEs 42P01, 42703, 42883, 42704, 3F000, 42P02: what is named is not there. */
const undefinedNames = new Set(["42P01", "42703", "42883", "42704", "3F000", "42P02"]);

/** What the server says of a damaged file from the damaged statement on; leaves no trace. */
async function refusal(
  client: Client,
  text: string,
  from: number,
  count: number,
): Promise<"fine" | { readonly code: string; readonly message: string; readonly statement: Statement }> {
  const { statements } = read(text, grammar);
  if (statements.length !== count) return { code: "split", message: "", statement: statements[0]! };
  await client.query("savepoint damage");
  try {
    for (const statement of statements.slice(from)) {
      if (["BEGIN", "COMMIT"].includes(statement.kind)) continue;
      try {
        await client.query(statement.text);
      } catch (error) {
        const { code = "", message } = error as DatabaseError;
        return { code, message, statement };
      }
    }
    return "fine";
  } finally {
    await client.query("rollback to savepoint damage");
  }
}
