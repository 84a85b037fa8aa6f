// Tests of what the Supabase channel withstands: keys that may not use it, a gate that is closed, migrations that try to break out.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startSupabase, tempFolder, type Server } from "@clew/kit";
import { createClient } from "@supabase/supabase-js";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keys, startProject, type Project } from "../../test/channel.ts";
import { isSessionError } from "../driver.ts";
import { pg } from "../drivers/pg.ts";
import { supabase } from "../drivers/supabase.ts";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";
import { armSql, disarmSql } from "./functions.ts";
import { inspectChannel } from "./inspect.ts";
import { checksumOf } from "./wire.ts";

/** As on the platform, the role that migrations run as is no superuser here. */
let server: Server;
beforeAll(async () => {
  server = await startSupabase(17);
  const client = new Client(server.url({ user: "supabase_admin" }));
  await client.connect();
  await client.query("alter role postgres nosuperuser createdb createrole replication bypassrls");
  await client.end();
}, 60_000);
afterAll(() => server?.stop());

const ddl = ["create table public.gained ()"];
const transaction = (statements: readonly string[] = ddl) => ({
  request: crypto.randomUUID(),
  checksum: checksumOf(statements),
  statements,
});
const question = "select '[]'";
const calls: readonly (readonly [name: string, args: object, schema?: string])[] = [
  ["clew_state", {}],
  ["clew_query", { checksum: checksumOf([question]), question, settings: [] }],
  ["clew_transaction", transaction()],
  ["clew_transaction_repeatable_read", transaction()],
  ["clew_transaction_serializable", transaction()],
  ["run", { ...transaction(), read_only: false, dry_run: false }, "clew_channel"],
  ["admit", { request: crypto.randomUUID(), kind: "query", checksum: "", statements: [] }, "clew_channel"],
];

/** Who tries what, and what comes of it: the status, and the code or the reason. */
const tried: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anon: {
    clew_state: "401 42501",
    clew_query: "401 42501",
    clew_transaction: "401 42501",
    clew_transaction_repeatable_read: "401 42501",
    clew_transaction_serializable: "401 42501",
    "clew_channel.run": "406 PGRST106",
    "clew_channel.admit": "406 PGRST106",
  },
  authenticated: {
    clew_state: "403 42501",
    clew_query: "403 42501",
    clew_transaction: "403 42501",
    clew_transaction_repeatable_read: "403 42501",
    clew_transaction_serializable: "403 42501",
    "clew_channel.run": "406 PGRST106",
    "clew_channel.admit": "406 PGRST106",
  },
  service: {
    clew_state: "200 told",
    clew_query: "200 not-armed",
    clew_transaction: "200 not-armed",
    clew_transaction_repeatable_read: "200 not-armed",
    clew_transaction_serializable: "200 not-armed",
    "clew_channel.run": "406 PGRST106",
    "clew_channel.admit": "406 PGRST106",
  },
};

test.each(Object.entries(tried))("%s, and the channel not armed: nothing runs", async (who, expected) => {
  await using project = await startProject({ armed: 0, server });
  const client = createClient(project.url, keys[who as keyof typeof keys]);
  const found: Record<string, string> = {};
  for (const [name, args, schema] of calls) {
    const { data, error, status } = await (schema ? client.schema(schema as "public") : client).rpc(name, args);
    found[schema ? `${schema}.${name}` : name] = `${status} ${error?.code ?? (data as { why?: string }).why ?? "told"}`;
  }
  expect(found).toEqual(expected);
  expect(await project.db.sql("select to_regclass('public.gained') as t")).toEqual([{ t: null }]);
  const attempts = await project.db.sql("select outcome, reply ->> 'why' as why from clew_channel.attempt");
  expect(attempts).toEqual(
    who === "service" ? Array.from({ length: 4 }, () => ({ outcome: "refused", why: "not-armed" })) : [],
  );
  // The roles themselves, without PostgREST before them.
  for (const role of ["anon", "authenticated", "service_role"]) {
    for (const text of [
      "select * from clew_channel.gate",
      "update clew_channel.gate set armed_until = 'infinity'",
      "select clew_channel.ask('', '', '{}')",
    ])
      await expect(project.db.sql(`set role ${role}; ${text}`)).rejects.toMatchObject({ code: "42501" });
  }
});

test("armed for a while, it closes by itself; too large, changed on the way, and an id used twice are refused", async () => {
  await using project = await startProject({ server });
  const { db } = project;
  const client = createClient(project.url, project.key);
  const why = async (args: object): Promise<unknown> => {
    const { data } = await client.rpc("clew_transaction", args);
    return (data as { why?: string; outcome: string }).why ?? (data as { outcome: string }).outcome;
  };
  expect(await why({ ...transaction(), checksum: checksumOf(["another"]) })).toBe("checksum");
  expect(await why({ ...transaction(), statements: ["create table public.", "gained ()"] })).toBe("checksum");
  expect(await why(transaction([`select '${"x".repeat(9 << 20)}'`]))).toBe("too-large");
  const once = transaction();
  expect([await why(once), await why(once)]).toEqual(["done", "done"]);
  expect(await why({ ...transaction(["drop table public.gained"]), request: once.request })).toBe("reused");
  const dry = { ...transaction(["drop table public.gained"]), dry_run: true };
  expect(await why(dry)).toBe("done");
  expect(await db.sql("select to_regclass('public.gained')::text as t")).toEqual([{ t: "gained" }]);
  await db.sql("update clew_channel.gate set armed_until = clock_timestamp() - interval '1 second'");
  expect(await why(transaction(["drop table public.gained"]))).toBe("not-armed");
  await db.sql(armSql("for-good"));
  expect(await why(transaction(["drop table public.gained"]))).toBe("done");
  await db.sql(disarmSql);
  expect(await why(transaction())).toBe("not-armed");
  const counts = await db.sql("select outcome, count(*)::int as n from clew_channel.attempt group by 1 order by 1");
  expect(counts).toEqual([
    { outcome: "done", n: 3 },
    { outcome: "refused", n: 5 },
  ]);
});

/** Texts that try to break out, and what the server says; undefined where they run, and gain nothing. */
const breakouts: readonly (readonly [name: string, texts: readonly string[], sqlstate: string | undefined])[] = [
  ["SET ROLE", ["set role supabase_admin"], "42501"],
  ["SET LOCAL ROLE", ["set local role service_role"], "42501"],
  ["RESET ROLE in a block", ["do $$ begin execute 'reset role'; end $$"], "42501"],
  ["SET SESSION AUTHORIZATION", ["set session authorization supabase_admin"], "42501"],
  ["set_config of the role", ["select set_config('role', 'supabase_admin', false)"], "42501"],
  ["the end of a quote", ["'; update clew_channel.gate set armed_until = 'infinity'; --"], "42601"],
  ["the end of our dollar quote", ["$clew$; update clew_channel.gate set armed_until = 'infinity'; $clew$"], "42601"],
  [
    "our dollar quote within another",
    ["do $a$ begin perform $clew$; update clew_channel.gate set armed_until = 'infinity'; $clew$; end $a$"],
    undefined,
  ],
  ["our dollar quote", ["do $clew$ begin perform 1; end $clew$"], undefined],
  [
    "a name that is SQL",
    [`create table public."x'; drop schema clew_channel cascade; --" ("""; commit; --" int)`],
    undefined,
  ],
  ["COMMIT in the text", ["select 1; commit; update clew_channel.gate set armed_until = 'infinity'"], "0A000"],
  ["COMMIT in a block", ["do $$ begin commit; end $$"], "2D000"],
  ["ROLLBACK TO", ["savepoint a", "rollback to a"], "0A000"],
  [
    "functions and operators of our names, first in the path",
    [
      "create function public.clock_timestamp() returns timestamptz language sql as $$ select '-infinity'::timestamptz $$",
      "create function public.octet_length(text) returns int language sql as 'select 0'",
      "create function public.never(text, text) returns boolean language sql as 'select false'",
      "create operator public.= (leftarg = text, rightarg = text, function = public.never)",
      "set local search_path = public, pg_catalog",
      "select 'a'::text = 'a'::text",
    ],
    undefined,
  ],
  ["a path without pg_catalog first", ["create schema evil", "set search_path = evil, public, pg_temp"], undefined],
  ["the gate", ["update clew_channel.gate set armed_until = 'infinity'"], "CLW04"],
  [
    "the gate, in a function of the owner",
    [
      "create function public.open() returns void language sql security definer as $$ update clew_channel.gate set armed_until = 'infinity' $$",
      "select public.open()",
    ],
    "CLW04",
  ],
  [
    "the gate without its trigger",
    [
      "alter table clew_channel.gate disable trigger guard",
      "update clew_channel.gate set armed_until = 'infinity'",
      "alter table clew_channel.gate enable always trigger guard",
    ],
    "CLW04",
  ],
  [
    "the gate at the end",
    [
      "create table public.late (n int)",
      "create function public.later() returns trigger language plpgsql security definer as $$ begin update clew_channel.gate set armed_until = 'infinity'; return null; end $$",
      "create constraint trigger later after insert on public.late deferrable initially deferred for each row execute function public.later()",
      "insert into public.late values (1)",
    ],
    "CLW04",
  ],
  [
    "the gate made anew",
    [
      "drop table clew_channel.gate",
      "create table clew_channel.gate as select true as one, 'infinity'::timestamptz as armed_until, 1 as max_bytes",
    ],
    "CLW04",
  ],
  [
    "another function in the place of ours",
    [
      "create or replace function clew_channel.admit(request uuid, kind text, checksum text, statements text[]) returns jsonb language sql as 'select null::jsonb'",
    ],
    "CLW04",
  ],
  ["execution for anon", ["grant execute on function public.clew_query(text, text, text[]) to anon"], "CLW04"],
  [
    "a second entry",
    ["create function public.clew_open() returns void language sql security definer as 'select 1'"],
    "CLW04",
  ],
  ["the schema for anon", ["grant usage on schema clew_channel to anon"], "CLW04"],
  ["the record of attempts, deleted", ["delete from clew_channel.attempt where true"], "CLW04"],
  ["the record of attempts, emptied", ["truncate clew_channel.attempt"], "CLW04"],
  [
    "the record of attempts, rewritten",
    ["update clew_channel.attempt set reply = '{}' where outcome <> 'running'"],
    "CLW04",
  ],
  [
    "the record of attempts, as a replica",
    ["set local session_replication_role = replica", "delete from clew_channel.attempt where true"],
    "42501",
  ],
  ["the whole channel", ["drop schema clew_channel cascade"], "CLW04"],
  ["a superuser", ["alter role postgres superuser"], "42501"],
  ["a new superuser", ["create role evil superuser"], "42501"],
  ["a role of the platform", ["grant supabase_admin to postgres"], "42501"],
  ["a program", ["copy (select 1) to program 'id'"], "42501"],
  ["a file", ["select pg_read_file('/etc/hostname')"], "42501"],
  [
    "settings that stay",
    ["set timezone = 'Asia/Tokyo'", "set row_security = off", "set statement_timeout = 0", "set search_path = nowhere"],
    undefined,
  ],
  [
    "locks, temporary tables, statements and channels that stay",
    ["select pg_advisory_lock(1)", "create temp table notes (n int)", "prepare p as select 1", "listen x"],
    undefined,
  ],
];

async function standing({ db }: Project): Promise<unknown> {
  const [row] = await db.sql(`select (select armed_until::text from clew_channel.gate) as gate,
    (select json_agg(rolname order by rolname) from pg_roles where rolsuper) as superusers,
    (select count(*)::int from pg_auth_members) as members,
    has_function_privilege('anon', 'public.clew_query(text, text, text[])', 'execute') as anon`);
  return row;
}

/** What a request finds that comes after, on the same connection. */
const afterwards = `select current_user as user, session_user as session, current_setting('role') as role, current_setting('timezone') as timezone,
  current_setting('row_security') as rows, current_setting('search_path') as path, to_regclass('pg_temp.notes') is null as notes,
  (select count(*)::int from pg_locks where locktype = 'advisory') as locks, (select count(*)::int from pg_prepared_statements where from_sql) as prepared,
  (select count(*)::int from pg_listening_channels()) as listening`;

describe("migrations that try to break out gain nothing", () => {
  let project: Project;
  beforeAll(async () => {
    project = await startProject({ server });
  });
  afterAll(() => project?.[Symbol.asyncDispose]());

  test.each(breakouts)("%s", async (_, texts, expected) => {
    await using session = await supabase(project).connect();
    const before = { standing: await standing(project), session: await session.query({ text: afterwards }) };
    const [{ n }] = (await project.db.sql("select count(*)::int as n from clew_channel.attempt")) as [{ n: number }];
    const sqlstate = await session.transaction(texts.map((text) => ({ text }))).then(
      () => undefined,
      (error: unknown) => (isSessionError(error) ? error.fault.sqlstate : Promise.reject(error)),
    );
    expect(sqlstate).toBe(expected);
    expect({ standing: await standing(project), session: await session.query({ text: afterwards }) }).toEqual(before);
    const rows = await project.db.sql("select outcome, kind from clew_channel.attempt order by at offset $1 limit 1", [
      n,
    ]);
    expect(rows).toEqual([{ kind: "transaction", outcome: expected === undefined ? "done" : "failed" }]);
    await using direct = await pg(() => new Client(project.db.url)).connect();
    expect((await inspectChannel(direct)).findings).toEqual([]);
  });

  test("and after all of them the gate still closes, and counts what it refuses", async () => {
    await project.db.sql(disarmSql);
    const error = await supabase(project)
      .connect()
      .catch((failure: unknown) => failure);
    expect(isClewError(error, "CHANNEL_NOT_ARMED")).toBe(true);
    const { data } = await createClient(project.url, project.key).rpc("clew_transaction", transaction());
    expect(data).toMatchObject({ outcome: "refused", why: "not-armed" });
  });
});

test("a whole run as a role that is no superuser: applied, and taken back with its rows", async () => {
  await using project = await startProject({ server });
  await using folder = await tempFolder({
    "01_a.sql": "create table public.a (id int primary key, t text);\ninsert into a values (1, 'x');",
    "02_b.sql": "alter table a drop column t;",
  });
  const executor = new MigrationExecutor({ supabaseUrl: project.url, serviceKey: project.key, dir: folder.path });
  expect((await executor.executeAll()).outcome).toBe("applied");
  expect((await executor.rollback()).outcome).toBe("rolled-back");
  expect(await project.db.sql("select * from public.a")).toEqual([{ id: 1, t: "x" }]);
});

test("the table in the documentation says what was tried, and what came of it", async () => {
  const keysTried = Object.entries(tried).flatMap(([who, calls]) =>
    Object.entries(calls).map(
      ([name, came]) => `| ${who === "service" ? "service key, not armed" : who} | \`${name}\` | ${came} |`,
    ),
  );
  const broken = breakouts.map(([name, texts, sqlstate]) => {
    const text = texts.join("; ").replaceAll("|", String.raw`\|`);
    return `| ${name} | \`${text}\` | ${sqlstate ?? "runs, and nothing is gained"} |`;
  });
  const table = [
    "| key | calls | is answered |",
    "| --- | --- | --- |",
    ...keysTried,
    "",
    "| a migration tries | by | and gets |",
    "| --- | --- | --- |",
    ...broken,
    "",
  ].join("\n");
  const path = fileURLToPath(new URL("../../../../docs/supabase-channel.md", import.meta.url));
  const before = readFileSync(path, "utf8").split("<!-- tried -->\n")[0]!;
  const text = `${before}<!-- tried -->\n\n${table}`;
  if (process.env["CLEW_WRITE"]) writeFileSync(path, text);
  expect(readFileSync(path, "utf8")).toBe(text);
});
