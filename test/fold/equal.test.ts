// What statements are folded to is what a server makes of them, fact by fact: on cases of our own, the repository's migrations and others'.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pg } from "@clew/core";
import { introspect } from "@clew/core/schema";
import { freshDatabase, startServer, type Database, type DatabaseOptions, type Server } from "@clew/kit";
import { loadGrammar, startFold, type Catalog } from "@clew/sql-analyzer";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, published } from "../conformance/published.ts";
import { cases, majors } from "./cases.ts";
import { compare, type Comparison, type Difference } from "./compare.ts";
import { replay, type File } from "./replay.ts";

const own = fileURLToPath(new URL("../../migrations/", import.meta.url));
const portfolio: readonly File[] = readdirSync(own)
  .filter((name) => name.endsWith(".sql") && !name.endsWith(".down.sql"))
  .sort()
  .map((name) => ({ name, text: readFileSync(`${own}${name}`, "utf8") }));
const plain = published.filter(({ template }) => template === "plain");

describe.each(majors)("on Postgres %i", (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
  });
  afterAll(() => server.stop());

  test.each(cases.filter(({ from }) => from <= major))("$name", async (file) => {
    expectEqual(await foldAndReplay({ server }, [file]));
  });

  test.each(plain)("$package", async (it) => {
    const files = Object.entries(await filesOf(it)).map(([name, text]) => ({ name, text: String(text) }));
    expectEqual(await foldAndReplay({ server }, files, it.before));
  });
});

describe("as a fresh Supabase project, on the server of this run (PG_MAJOR)", () => {
  test("the portfolio's migrations", async () => {
    expectEqual(await foldAndReplay({ template: "supabase" }, portfolio));
  });

  test.each(published.filter(({ template }) => template === "supabase"))("$package", async (it) => {
    const files = Object.entries(await filesOf(it)).map(([name, text]) => ({ name, text: String(text) }));
    expectEqual(await foldAndReplay({ template: "supabase" }, files, it.before));
  });
});

/** Nothing that the fold calls exact is otherwise, and it calls most exact. */
function expectEqual({ differences, touched, equal, assumedEqual }: Comparison): void {
  expect(touched).toBeGreaterThan(0);
  expect(differences.map(inWords)).toEqual([]);
  expect(equal / touched).toBeGreaterThan(0.5);
  expect((equal + assumedEqual) / touched).toBeGreaterThan(0.75);
}

function inWords({ key, field, folded, live }: Difference): string {
  return `${key} ${field}: folded ${JSON.stringify(folded)}, on the server ${JSON.stringify(live)}`;
}

async function foldAndReplay(options: DatabaseOptions, files: readonly File[], first = ""): Promise<Comparison> {
  const grammar = await loadGrammar();
  await using db = await freshDatabase(options);
  if (first) await db.sql(first);
  const client = await sessionOf(db);
  try {
    const before = await catalogOf(db);
    const folding = startFold(before, { grammar });
    for (const file of files) folding.apply(await replay(client, file, grammar));
    return await compare(before, folding.catalog(), await catalogOf(db), await db.client());
  } finally {
    await client.end();
  }
}

/** As the role postgres, which on Supabase is not the one that made the template. */
async function sessionOf({ url }: Database): Promise<Client> {
  const client = new Client({ connectionString: Object.assign(new URL(url), { username: "postgres" }).href });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function catalogOf({ url }: Database): Promise<Catalog> {
  await using session = await pg(() => new Client(url)).connect();
  return await introspect(session);
}
