// What statements are folded to is what a server makes of them, fact by fact: on cases of our own, the repository's migrations and others'.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startServer, type DatabaseOptions, type Server } from "@clew/kit";
import { loadGrammar, startFold } from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, published } from "../conformance/published.ts";
import { cases, majors } from "./cases.ts";
import { compare, type Comparison } from "./compare.ts";
import { catalogOf, inDatabase, inWords } from "./database.ts";
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

async function foldAndReplay(options: DatabaseOptions, files: readonly File[], first = ""): Promise<Comparison> {
  const grammar = await loadGrammar();
  return await inDatabase(options, async (db, client) => {
    if (first) await db.sql(first);
    const before = await catalogOf(db);
    const folding = startFold(before, { grammar });
    for (const file of files) folding.apply(await replay(client, file, grammar));
    return await compare(before, folding.catalog(), await catalogOf(db), await db.client());
  });
}
