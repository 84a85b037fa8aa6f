// What is said of a rollback is so: schema by pg_dump, rows by their hashes, on cases of our own and those of the fold.
import { isClewError } from "@clew/core";
import { channelSql } from "@clew/core/supabase";
import { startServer, freshDatabase, startPostgrest, type Major, type Server } from "@clew/kit";
import { loadGrammar, read } from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases as folds } from "../fold/cases.ts";
import { commonKinds, kindsOf } from "../fold/kinds.ts";
import { base, cases } from "./cases.ts";
import { startDumper, type Dumper } from "./dump.ts";
import { heirs } from "./heirs.ts";
import { roundTrip } from "./round-trip.ts";
import { walked } from "./walked.ts";

const majors: readonly Major[] = process.env["CLEW_MATRIX"] ? [15, 17] : [17];

/** Of the cases of the fold, those that cannot come back whole, and why. */
const limits: Readonly<Record<string, string>> = {
  "unmodelled.sql": "object subscription subscribed cannot be written as SQL",
};

test("there is a case with rows for each common kind of statement", async () => {
  const grammar = await loadGrammar();
  const found = new Set(cases.flatMap(({ sql }) => read(sql, grammar).statements.flatMap(kindsOf)));
  expect(Object.keys(commonKinds).filter((kind) => !found.has(kind))).toEqual([]);
});

describe.each(majors)("on Postgres %i", (major) => {
  let server: Server;
  let dumper: Dumper;
  beforeAll(async () => {
    server = await startServer({ major });
    dumper = startDumper();
  });
  afterAll(async () => {
    await dumper[Symbol.asyncDispose]();
    await server.stop();
  });

  test.each(folds.filter(({ from }) => from <= major))("$name", async ({ name, text }) => {
    await using db = await freshDatabase({ server });
    if (limits[name] !== undefined) {
      await expect(roundTrip(db, dumper, text)).rejects.toThrow(limits[name]);
      return;
    }
    const { back, again, changed, class: verdict } = await roundTrip(db, dumper, text);
    expect({ back, again, changed, verdict }).toEqual({ back: [], again: [], changed: true, verdict: "exact" });
  });

  test.each(cases)("with rows: $name", async ({ sql, class: verdict }) => {
    await using db = await freshDatabase({ server });
    await db.sql(base);
    const trip = await roundTrip(db, dumper, sql);
    expect(trip).toMatchObject({ class: verdict });
    if (verdict === "lossy") expect(trip.reason).not.toBe("");
    else expect(trip, trip.reason).toMatchObject({ back: [], changed: true, again: [] });
  });

  test.each([...walked, ...heirs].filter(({ from = 0 }) => from <= major))(
    "where others have been: $name",
    async ({ before, sql, class: verdict }) => {
      await using db = await freshDatabase({ server });
      await db.sql(base);
      await db.sql(before);
      const trip = await roundTrip(db, dumper, sql);
      expect(trip, trip.reason).toMatchObject({ class: verdict, back: [], changed: true, again: [] });
    },
  );

  test("an enum that a generated column of another type names does not come back", async () => {
    await using db = await freshDatabase({ server });
    await db.sql(
      `create type tone as enum ('dark'); create table wall (tone text generated always as ('dark'::tone) stored)`,
    );
    const { class: verdict, reason } = await roundTrip(db, dumper, "alter type tone add value 'grey'");
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason: "enum public.tone as it was, which column public.wall.tone holds does not come back",
    });
  });

  test("the order of columns does not come back where a parent's came later than a table's own", async () => {
    await using db = await freshDatabase({ server });
    await db.sql(
      "create table trip (a int); create table leg (b int) inherits (trip); alter table trip add column c int",
    );
    const { class: verdict, reason } = await roundTrip(db, dumper, "drop table leg");
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason: "the order of the columns of table public.leg does not come back",
    });
  });

  test("what is written to a partitioned table does not come back in partitions that leave it before it goes", async () => {
    await using db = await freshDatabase({ server });
    await db.sql(`create table trip (a int, b int) partition by list (a); create table trip_1 partition of trip default;
      insert into trip values (1, 2)`);
    const sql = "update trip set b = 3; alter table trip detach partition trip_1; drop table trip";
    const { class: verdict, reason } = await roundTrip(db, dumper, sql);
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason: "not kept: public.trip (it was written and dropped, and partitions of it stay)",
    });
  });

  test("secrets that take the place of others do not come back", async () => {
    await using db = await freshDatabase({ server });
    await db.sql(`create role warden login password 'a'; create foreign data wrapper far; create server away foreign data wrapper far options (api_key 'a', host 'b');
      create user mapping for public server away options (password 'a')`);
    const sql = `alter role warden password 'b'; alter server away options (set api_key 'b', set host 'c'); alter user mapping for public server away options (set password 'b');
      create role warden_too login; alter role warden_too password 'c'`;
    const { class: verdict, reason } = await roundTrip(db, dumper, sql);
    await db.sql("drop role warden, warden_too");
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason:
        "the password of role warden; the secret api_key of server away; the secret password of user mapping away.public does not come back",
    });
  });

  test("what a MERGE updates does not come back in a partitioned table that it inserts into as well", async () => {
    await using db = await freshDatabase({ server });
    await db.sql(`create table trip (a int primary key, b int) partition by list (a); create table trip_1 partition of trip default;
      insert into trip values (1, 2), (3, 4)`);
    const sql = `merge into trip t using generate_series(1, 4) s on t.a = s when matched then update set b = 9 when not matched then insert values (s, 0)`;
    const { class: verdict, reason } = await roundTrip(db, dumper, sql);
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason: "what MERGE updates in partitions of table public.trip does not come back",
    });
    await db.sql("delete from trip");
    expect(
      await roundTrip(
        db,
        dumper,
        "merge into trip t using generate_series(1, 4) s on t.a = s when not matched then insert values (s, 0)",
        "2",
      ),
    ).toMatchObject({ class: "needs-data", back: [], changed: true, again: [] });
  });

  test("how a cast of an array is printed does not come back where its elements do not tell their type", async () => {
    await using db = await freshDatabase({ server });
    await db.sql("create table t (f float8, i int); create view buckets as select width_bucket(f, array[i, i]) from t");
    const { class: verdict, reason } = await roundTrip(db, dumper, "drop view buckets");
    expect({ verdict, reason }).toEqual({
      verdict: "lossy",
      reason: "how a cast in view public.buckets is printed does not come back",
    });
  });
});

describe("through Supabase's API", () => {
  const key = "sb_secret_0123456789abcdef";
  let dumper: Dumper;
  beforeAll(() => {
    dumper = startDumper();
  });
  afterAll(() => dumper[Symbol.asyncDispose]());

  // Every third by default: each takes seconds, and the way to the server is what is tried here.
  const every = Number(process.env["CHANNEL_EVERY"] ?? 3);
  test.each(cases.filter((_, at) => at % every === 0))("with rows: $name", async ({ sql, class: verdict }) => {
    await using db = await freshDatabase({ template: "supabase" });
    await db.sql(base);
    await db.sql(`${channelSql({ do: "install" })} ${channelSql({ do: "arm", seconds: 600 })}`);
    await using api = await startPostgrest(db.url, { keys: { [key]: "service_role" } });
    const trip = await roundTrip(db, dumper, sql, "1", { supabaseUrl: api.url, serviceKey: key }).catch(
      (error: unknown) => {
        if (isClewError(error, "UNSUPPORTED_BY_DRIVER")) return undefined;
        throw error;
      },
    );
    if (trip === undefined) return;
    expect(trip).toMatchObject({ class: verdict, changed: true });
    if (verdict === "lossy") expect(trip.reason).not.toBe("");
    else expect(trip, trip.reason).toMatchObject({ back: [], again: [] });
  });
});
