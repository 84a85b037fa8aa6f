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

/** What is damaged, and how often of a thousand times. */
const quotas: Readonly<Record<string, number>> = {
  table: 250,
  column: 300,
  function: 150,
  role: 100,
  policy: 100,
  other: 100,
};

/** An identifier that a file's statement may take for a name of the schema. */
interface Candidate {
  readonly history: History;
  readonly path: string;
  readonly token: Token;
  readonly sort: string;
}

/** A file with one name damaged. */
interface Damage extends Candidate {
  readonly text: string;
  readonly kind: string;
  readonly before: Catalog;
  readonly opaque: readonly { readonly text: string }[];
  /** What the server says; undefined where only running the body would tell. */
  readonly refused: { readonly message: string; readonly statement: Statement } | undefined;
}

test(
  `of ${wanted} damaged names at least 95 % are found before the server sees them, at their place`,
  { timeout: 300_000 },
  async () => {
    const random = randomOf(seed);
    const damages: Damage[] = [];
    for (const history of all) damages.push(...(await damagesOf(history, random)));
    const chosen = Object.entries(quotas).flatMap(([sort, quota]) =>
      shuffled(
        damages.filter((each) => sortOf(each.sort) === sort),
        random,
      ).slice(0, Math.round((quota * wanted) / 1000)),
    );
    const results = chosen.map((damage) => ({ ...damage, found: isFound(damage) }));
    const groups = new Map<string, boolean[]>();
    for (const { sort, token, found } of results) {
      for (const group of [sort, token.inBody ? "in bodies" : "outside bodies"]) {
        groups.set(group, [...(groups.get(group) ?? []), found]);
      }
    }
    const missed = results.filter(({ found }) => !found);
    const share = 1 - missed.length / results.length;
    const table = [...groups].map(([group, all]) => `${group}: ${all.filter(Boolean).length} of ${all.length}`);
    console.log(
      [`${results.length} damaged names, ${(share * 100).toFixed(1)} % found`, ...table, ...missed.map(line)].join(
        "\n",
      ),
    );
    expect(results.length).toBeGreaterThan(wanted * 0.99);
    expect(share).toBeGreaterThanOrEqual(0.95);
  },
);

function line({ history, path, kind, token, text, refused }: Damage): string {
  const shown = text.slice(Math.max(text.lastIndexOf("\n", token.start) + 1, token.start - 80), token.end + 20);
  const said = refused?.message ?? "in a body";
  return `${history.name} ${path} ${kind} ${token.name}: ${shown.replaceAll(/\s+/g, " ")} → ${said}`;
}

function sortOf(kind: string): string {
  return Object.hasOwn(quotas, kind) ? kind : "other";
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((each) => [random(), each] as const)
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each);
}

const kinds = [
  "policy",
  "role",
  "table",
  "view",
  "materialized view",
  "function",
  "procedure",
  "trigger",
  "constraint",
  "enum",
  "domain",
  "composite type",
  "index",
  "sequence",
  "schema",
  "column",
] as const;

/** How often one name is damaged at most, each time in another way, of so many that are tried in a file. */
const tries: Readonly<Record<string, number>> = { policy: 14, role: 6, function: 2, table: 1, column: 1, other: 1 };
const mostInFile = 30;

/** The history with many of its names damaged, one at a time: those that the server refuses, or that are in bodies. */
async function damagesOf(history: History, random: () => number): Promise<readonly Damage[]> {
  const { db, catalog } = await open(history);
  await using _ = db;
  const client = await db.client();
  const folding = startFold(catalog, { grammar });
  const opaque: { readonly text: string }[] = [];
  const found: Damage[] = [];
  for (const [path, text] of Object.entries(history.files)) {
    const before = folding.catalog();
    const unread = [...opaque];
    const { statements } = read(text, grammar);
    opaque.push(...folding.apply(statements));
    const names = namesOf(before, folding.catalog());
    const candidates = statements
      .flatMap(({ start, end }) => identifiers(text, start, end))
      .filter((token) => names.has(token.name) && (!token.inBody || namesSchema(text, token)))
      .map((token) => ({ history, path, token, sort: names.get(token.name)! }));
    const tried = Object.keys(quotas).flatMap((sort) =>
      shuffled(
        candidates.filter((each) => sortOf(each.sort) === sort),
        random,
      ).slice(0, mostInFile),
    );
    await client.query("begin");
    for (const [index, statement] of statements.entries()) {
      if (["BEGIN", "COMMIT"].includes(statement.kind)) continue;
      for (const candidate of tried) {
        const { token, sort } = candidate;
        if (token.start < statement.start || token.end > statement.end) continue;
        for (let i = 0; i < tries[sortOf(sort)]!; i++) {
          const broken = damaged(text, token, random);
          const refused = await refusal(client, broken, index, token.inBody, statements.length);
          if (refused === "fine" ? !token.inBody : !undefinedNames.has(refused.code)) continue;
          found.push({
            ...candidate,
            text: broken,
            kind: statement.kind,
            before,
            opaque: unread,
            refused: refused === "fine" ? undefined : refused,
          });
        }
      }
      await client.query(statement.text);
    }
    await client.query("commit");
    await client.query("reset all");
  }
  return found;
}

function isFound(damage: Damage): boolean {
  const { text, before, opaque } = damage;
  const findings = references(read(text, grammar).statements, before, { grammar, opaque });
  return findings.some(({ at }) => at !== undefined && isPlace(at, damage));
}

/**
 * At the damaged name. Where the server does not speak of it, it was a name being made: then where the name that is gone
 * is used in the statement that fails.
 */
function isPlace(at: NonNullable<Finding["at"]>, { text, token, refused }: Damage): boolean {
  if (at.start === token.start) return true;
  const written = identifiers(text, token.start, token.end + 2)[0]?.name ?? "";
  if (refused === undefined || (refused.message.match(/[\w$]+/g) ?? []).some((word) => word === written)) return false;
  const name = text.slice(at.start, at.end).replaceAll('"', "").toLowerCase();
  const { start, end } = refused.statement;
  return start <= at.start && at.end <= end && name === token.name.toLowerCase();
}

/** What each name is; of one name for several things, the first of `kinds`. */
function namesOf(before: Catalog, after: Catalog): ReadonlyMap<string, string> {
  const own = ["now", "coalesce", "count", "jsonb_build_object", "lower"].map((name) => [name, "function"] as const);
  const facts = kinds.toReversed().flatMap((kind) => [...factsOf(before, kind), ...factsOf(after, kind)]);
  return new Map([...own, ...facts.map(({ name, kind }) => [name, kind] as const)]);
}

/** SQLSTATEs 42P01, 42703, 42883, 42704, 3F000, 42P02: what is named is not there. */
const undefinedNames = new Set(["42P01", "42703", "42883", "42704", "3F000", "42P02"]);

/** What the server says of a damaged file from the damaged statement on; leaves no trace. */
async function refusal(
  client: Client,
  text: string,
  from: number,
  alone: boolean,
  count: number,
): Promise<"fine" | { readonly code: string; readonly message: string; readonly statement: Statement }> {
  const { statements } = read(text, grammar);
  if (statements.length !== count) return { code: "split", message: "", statement: statements[0]! };
  await client.query("savepoint damage");
  try {
    for (const statement of statements.slice(from, alone ? from + 1 : undefined)) {
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
