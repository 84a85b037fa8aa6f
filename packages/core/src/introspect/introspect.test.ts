// A live schema is read whole, the same each time, wherever it lies, and without secrets.
import { execFileSync, spawnSync } from "node:child_process";
import { freshDatabase } from "@clew/kit";
import { PGlite } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import {
  describeDiff,
  diff,
  factsOf,
  filterCatalog,
  hashCatalog,
  quoteIdentifier,
  schemaOf,
  type Catalog,
  type Kind,
  type Sameness,
  type SqlPlace,
} from "@clew/sql-analyzer";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyKind, inSession, startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { pg } from "../drivers/pg.ts";
import { pglite } from "../drivers/pglite.ts";
import { introspect } from "./introspect.ts";

const kinds: Readonly<Record<Kind, true>> = {
  aggregate: true,
  attribute: true,
  "base type": true,
  cast: true,
  collation: true,
  column: true,
  "composite type": true,
  constraint: true,
  database: true,
  "default privileges": true,
  domain: true,
  enum: true,
  "event trigger": true,
  extension: true,
  "foreign data wrapper": true,
  "foreign table": true,
  function: true,
  index: true,
  language: true,
  "materialized view": true,
  object: true,
  operator: true,
  "operator class": true,
  "operator family": true,
  policy: true,
  privileges: true,
  procedure: true,
  publication: true,
  "publication schema": true,
  "publication table": true,
  range: true,
  role: true,
  rule: true,
  schema: true,
  sequence: true,
  server: true,
  statistics: true,
  table: true,
  "text search configuration": true,
  "text search dictionary": true,
  "text search parser": true,
  "text search template": true,
  trigger: true,
  "user mapping": true,
  view: true,
};

const majors = [15, 17, 18] as const;
const servers = new Map<number, EveryKind>();
const catalogs = new Map<number, Catalog>();
beforeAll(async () => {
  for (const major of majors) {
    const server = await startEveryKind(major);
    servers.set(major, server);
    catalogs.set(major, await introspect(server.session));
  }
});
afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

async function catalogAt(url: string): Promise<Catalog> {
  await using session = await pg(() => new Client(url)).connect();
  return await introspect(session);
}

describe.each(majors)("Postgres %i", (major) => {
  test("every kind there is, in order, with what they belong to", () => {
    const { facts, ...about } = catalogs.get(major)!;
    expect(about).toEqual({ format: 1, source: "server", major });
    expect(new Set(Object.values(facts).map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
    expect(Object.keys(facts)).toEqual(Object.keys(facts).toSorted());
    const orphans = Object.values(facts).filter(({ parent }) => parent !== undefined && facts[parent] === undefined);
    expect(orphans).toEqual([]);
    const used = Object.values(facts).flatMap(({ uses }) => uses ?? []);
    expect(used.filter((key) => facts[key] === undefined)).toEqual([]);
  });

  test("what belongs to an extension is no fact", () => {
    const members = Object.keys(catalogs.get(major)!.facts).filter((key) => key.includes("gbt_"));
    expect(members).toEqual(["privileges function app.gbt_decompress(internal)"]);
  });

  test("the same when read again, as JSON and back", async () => {
    const first = catalogs.get(major)!;
    const again = await introspect(servers.get(major)!.session);
    expect(again).toEqual(first);
    expect(hashCatalog(JSON.parse(JSON.stringify(again)) as Catalog)).toBe(hashCatalog(first));
  });

  test("the same in a clone", async () => {
    const { url } = servers.get(major)!;
    const source = `source_${major}`;
    // a template may have nobody connected to it
    await inSession(url({ database: "postgres" }), `create database ${source}`);
    await inSession(url({ database: source }), everyKind.replace(/^(create|alter) role .*$/gm, ""));
    await inSession(url({ database: "postgres" }), `create database clone template ${source}`);
    const clone = await catalogAt(url({ database: "clone" }));
    expect(describeDiff(diff(catalogs.get(major)!, clone))).toEqual([]);
    expect(hashCatalog(clone)).toBe(hashCatalog(catalogs.get(major)!));
  });

  test("in one question, which leaves the session as it was", async () => {
    const { session } = servers.get(major)!;
    const path = { text: "select current_setting('search_path') as path" };
    const before = await session.query(path);
    let questions = 0;
    await introspect({
      ...session,
      query: (sql, settings) => {
        questions += 1;
        return session.query(sql, settings);
      },
    });
    expect(questions).toBe(1);
    expect(await session.query(path)).toEqual(before);
  });

  test("the same whatever the session's settings", async () => {
    const url = new URL(servers.get(major)!.url());
    const settings = {
      search_path: "app",
      DateStyle: "German",
      IntervalStyle: "iso_8601",
      TimeZone: "Asia/Tokyo",
      bytea_output: "escape",
      extra_float_digits: "-3",
      quote_all_identifiers: "on",
      standard_conforming_strings: "off",
    };
    url.searchParams.set(
      "options",
      Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(" "),
    );
    expect(describeDiff(diff(catalogs.get(major)!, await catalogAt(url.href)))).toEqual([]);
  });

  test("a role without rights reads the same, but for the options of others' mappings", async () => {
    const { url } = servers.get(major)!;
    await inSession(url(), "create user mapping for kind_owner server archive options (user 'remote')");
    const all = await catalogAt(url());
    const seen = await catalogAt(url({ user: "kind_reader" }));
    await inSession(url(), "drop user mapping for kind_owner server archive");
    expect(describeDiff(diff(all, seen))).toEqual(["user mapping archive.kind_owner: options user remote → none"]);
  });

  test("no password", () => {
    const text = JSON.stringify(catalogs.get(major));
    expect(text).toContain("(secret)");
    expect(text).not.toMatch(/hunter|canary|SCRAM/);
  });
});

test("names are quoted as the server quotes them", async () => {
  const { session } = servers.get(18)!;
  const words = await session.query<{ word: string; quoted: string }>({
    text: `select word, quote_ident(word) as quoted from (select word from pg_get_keywords()
      union select unnest(array['a', 'A', '_', '1a', 'a1', 'a$', 'a b', 'a"b', 'ä', '', 'a.b'])) words`,
  });
  expect(words.length).toBeGreaterThan(400);
  expect(words.filter(({ word, quoted }) => quoteIdentifier(word) !== quoted)).toEqual([]);
});

/** Versions print the query of a view differently. */
const printedAlike = {
  sameSql: (_: unknown, __: unknown, { field }: SqlPlace): Sameness => (field === "query" ? "same" : "different"),
};

test("15, 17 and 18 say the same of the same schema", () => {
  const [on15, on17, on18] = majors.map((major) => catalogs.get(major)!) as [Catalog, Catalog, Catalog];
  expect(describeDiff(diff(on15, on17, printedAlike))).toEqual([]);
  expect(describeDiff(diff(on17, on18))).toEqual(["extension btree_gist: version 1.7 → 1.8"]);
});

test("PGlite says what a server of its version says", async () => {
  const db = await PGlite.create({ extensions: { btree_gist } });
  try {
    await db.exec(everyKind);
    await using session = await pglite(db).connect();
    const embedded = await introspect(session);
    expect(embedded.major).toBe(18);
    const own = filterCatalog(catalogs.get(18)!, ({ key }) => key !== "role secret_user");
    expect(describeDiff(diff(own, embedded))).toEqual([]);
  } finally {
    await db.close();
  }
});

const programs = { dump: "pg_dump", restore: "psql" };
const dumper = spawnSync(programs.dump, ["--version"], { encoding: "utf8" });
const hasDump15 = dumper.status === 0 && dumper.stdout.includes(" 15.");
test.skipIf(!hasDump15)("what pg_dump 15 carries over is the same catalog (needs pg_dump 15)", async () => {
  const { url } = servers.get(15)!;
  const dump = execFileSync(programs.dump, ["--schema-only", url()], { encoding: "utf8" });
  await inSession(url({ database: "postgres" }), "create database restored");
  execFileSync(programs.restore, ["-q", "-v", "ON_ERROR_STOP=1", "-d", url({ database: "restored" })], {
    input: dump,
    stdio: "pipe",
  });
  expect(describeDiff(diff(catalogs.get(15)!, await catalogAt(url({ database: "restored" }))))).toEqual([
    // pg_dump --schema-only fills no materialized view
    "materialized view app.by_state: unpopulated no → yes",
  ]);
});

test("18: what is new in it", async () => {
  const { client, session } = servers.get(18)!;
  await client.query(`begin;
    create table app.new (id integer generated always as (1) virtual, room int, during daterange,
      constraint lasting primary key (room, during without overlaps));
    create table app.newer (room int, during daterange, a integer constraint a_there not null no inherit, b integer not null,
      foreign key (room, period during) references app.new (room, period during), check (a > 0) not enforced)`);
  const { facts } = await introspect(session);
  expect(facts["column app.new.id"]).toMatchObject({ generated: { as: { sql: "1" }, virtual: true } });
  expect(facts["constraint app.new.lasting"]).toMatchObject({ type: "primary key", period: true });
  expect(facts["constraint app.newer.newer_room_during_fkey"]).toMatchObject({ type: "foreign key", period: true });
  expect(facts["constraint app.newer.newer_a_check"]).toMatchObject({ notEnforced: true });
  expect(facts["constraint app.newer.a_there"]).toMatchObject({ type: "not null", columns: ["a"], noInherit: true });
  expect(facts["column app.newer.b"]).toMatchObject({ notNull: true });
  expect(Object.keys(facts).filter((key) => key.startsWith("constraint app.newer.newer_b"))).toEqual([]);
});

test("what a fresh Supabase project holds can be told from one's own", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await db.sql(`create table public.note (id uuid primary key, author uuid references auth.users (id));
    alter table public.note enable row level security;
    create policy own on public.note using ((select auth.uid()) = author);
    create policy uploads on storage.objects for insert to authenticated with check (bucket_id = 'x')`);
  const catalog = await catalogAt(db.url);
  const platform = new Set(["auth", "storage", "realtime", "vault", "extensions", "graphql", "graphql_public"]);
  const own = filterCatalog(catalog, (fact) => !platform.has(schemaOf(fact) ?? ""));
  expect(catalog.facts["table auth.users"]).toBeDefined();
  expect(own.facts["table auth.users"]).toBeUndefined();
  expect(factsOf(own, "policy").map(({ key }) => key)).toEqual(["policy public.note.own"]);
  expect(own.facts["policy public.note.own"]?.uses).toEqual(["column public.note.author", "function auth.uid()"]);
  expect(catalog.facts["policy storage.objects.uploads"]).toMatchObject({
    command: "insert",
    roles: ["authenticated"],
  });
});
