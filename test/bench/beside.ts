// Owns the benchmark of rollbacks beside another tool's: what of a migration comes back, by pg_dump and the rows of its tables.
import { MigrationExecutor } from "@clew/core";
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { loadGrammar, read } from "@clew/sql-analyzer";
import { apply, extract, plan } from "@supabase/pg-delta";
import { Client, Pool } from "pg";
import { filesOf, published } from "../conformance/published.ts";
import { base, cases } from "../rollback/cases.ts";
import { startDumper, type Dumper } from "../rollback/dump.ts";
import { differences, stateOf, type State } from "../rollback/state.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

export const beside: Benchmark = {
  name: "pg-delta",
  what: "rollbacks of cases with rows and of published migrations, and those that @supabase/pg-delta plans from the schema after to the one before",
  run: compare,
};

/** Runs a migration and takes it back, in a database that is as before. */
type Tool = (url: string, migration: Migration) => Promise<void>;

interface Migration {
  readonly text: string;
  readonly statements: readonly string[];
}

const tools: Readonly<Record<string, Tool>> = {
  async clew(url, { text }) {
    await using folder = await tempFolder({ "1_it.sql": text });
    const executor = new MigrationExecutor({ databaseUrl: url, dir: folder.path });
    const { outcome } = await executor.execute("1");
    if (outcome !== "applied") throw new Error(`the migration ended with ${outcome}`);
    await executor.rollback();
  },
  async "pg-delta"(url, migration) {
    const pool = new Pool({ connectionString: url, max: 2 });
    pool.on("error", () => {});
    try {
      const before = await extract(pool);
      await runAll(url, migration);
      const after = await extract(pool);
      await apply(plan(after.factBase, before.factBase), pool);
    } finally {
      await pool.end();
    }
  },
};

interface Score {
  files: number;
  statements: number;
  withRows: number;
}

async function compare({ server }: Bench): Promise<readonly Figure[]> {
  const grammar = await loadGrammar();
  await using dumper = startDumper();
  const scores = new Map(
    Object.keys(tools).map((name): [string, Score] => [name, { files: 0, statements: 0, withRows: 0 }]),
  );
  let [files, statements] = [0, 0];
  for (const { start, texts } of await histories()) {
    await using line = await freshDatabase({ server });
    await line.sql(start);
    for (const text of texts) {
      const migration = { text, statements: read(text, grammar).statements.map((statement) => statement.text) };
      const { length } = migration.statements;
      files += 1;
      statements += length;
      for (const [name, tool] of Object.entries(tools)) {
        const left = await leftOver(line, server.url(), dumper, (url) => tool(url, migration));
        const score = scores.get(name)!;
        if (left?.every((one) => one.startsWith("rows of ")) ?? false) {
          score.files += 1;
          score.statements += length;
        }
        if (left?.length === 0) score.withRows += 1;
      }
      await runAll(line.url, migration);
    }
  }
  const share = (part: number, of: number): number => (100 * part) / of;
  return [
    { what: "migrations", value: files },
    { what: "statements in them", value: statements },
    ...[...scores].flatMap(([name, score]): readonly Figure[] => [
      { what: `${name}: migrations whose schema comes back, per cent`, value: share(score.files, files) },
      { what: `${name}: statements in those, per cent`, value: share(score.statements, statements) },
      { what: `${name}: migrations whose schema and rows come back, per cent`, value: share(score.withRows, files) },
    ]),
  ];
}

async function histories(): Promise<readonly { readonly start: string; readonly texts: readonly string[] }[]> {
  const own = cases.map(({ sql }) => ({ start: base, texts: [sql] }));
  const plain = published.filter(({ template }) => template === "plain");
  const others = plain.map(async (it) => ({ start: it.before, texts: Object.values(await filesOf(it)).map(String) }));
  return [...own, ...(await Promise.all(others))];
}

/** What is otherwise in a copy of a database when a tool is done with it; undefined where it fails. */
async function leftOver(
  { name, url }: Database,
  admin: string,
  dumper: Dumper,
  work: (url: string) => Promise<void>,
): Promise<readonly string[] | undefined> {
  const copy = `${name}_copy`;
  await asClient(admin, (client) => client.query(`create database ${copy} template ${name}`));
  const place = Object.assign(new URL(url), { pathname: `/${copy}` }).href;
  const state = (): Promise<State> => asClient(place, (client) => stateOf(client, place, dumper));
  try {
    const before = await state();
    await work(place);
    return differences(before, await state());
  } catch {
    return undefined;
  } finally {
    await asClient(admin, (client) => client.query(`drop database ${copy} with (force)`));
  }
}

/** As one message, which is a transaction; one after the other where a statement refuses that. */
async function runAll(url: string, { text, statements }: Migration): Promise<void> {
  const apart = statements.some((statement) => /^vacuum\b|\bconcurrently\b/i.test(statement));
  await asClient(url, async (client) => {
    for (const part of apart ? statements : [text]) await client.query(part);
  });
}

async function asClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
