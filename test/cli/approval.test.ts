// Owns the approval of plans: the plan that was approved runs, and no other, and what would be lost is refused.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MigrationExecutor, type Plan } from "@clew/core";
import { freshDatabase, tempFolder, type Database, type Folder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { clew, migrations } from "./clew.ts";

/** Production, without the proofs of rollbacks: those are another matter. */
const config = { "clew.config.json": '{ "proof": "optional" }' };

interface Project extends AsyncDisposable {
  readonly db: Database;
  readonly folder: Folder;
  readonly clew: (...args: string[]) => ReturnType<typeof clew>;
  readonly plan: () => Promise<Plan>;
}

/** 0001 is applied; 0002 and 0003 are planned, in plan.json. */
async function planned(more: Readonly<Record<string, string>> = {}): Promise<Project> {
  const db = await freshDatabase();
  const folder = await tempFolder({ ...migrations, ...config, ...more });
  const env = { CLEW_ENV: "production", DATABASE_URL: db.url };
  const here = (...args: string[]): ReturnType<typeof clew> => clew(args, { cwd: folder.path, env });
  const first = await clew(["execute", "0001"], { cwd: folder.path, env: { DATABASE_URL: db.url } });
  expect(first.status, first.stderr).toBe(0);
  const made = await here("plan", "--out", "plan.json");
  expect(made.status, made.stderr).toBe(0);
  return {
    db,
    folder,
    clew: here,
    plan: async () => JSON.parse(await readFile(join(folder.path, "plan.json"), "utf8")) as Plan,
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test("the plan says what it locks and what its way back is; once approved it runs, once", async () => {
  await using at = await planned();
  const plan = await at.plan();
  expect(plan.history).toEqual(["0001_people"]);
  expect(plan.steps.map(({ version }) => version)).toEqual(["0002", "0003"]);
  expect(plan.steps[0]!.effects).toMatchObject({
    locks: expect.arrayContaining([{ relation: "people", mode: "ACCESS EXCLUSIVE" }]),
    destroys: [],
    tables: [{ relation: "people", rows: 0 }],
  });

  const unapproved = await at.clew("execute", "--yes");
  expect(unapproved).toMatchObject({ status: 4, stdout: "", stderr: expect.stringContaining("[NOT_APPROVED]") });
  expect(unapproved.stderr).toContain(`--approve ${plan.id}`);

  const other = await at.clew("execute", "--plan", "plan.json", "--approve", "0123456789abcdef");
  expect(other).toMatchObject({ status: 4, stderr: expect.stringContaining(`the plan has the id ${plan.id}`) });

  // A migration that came later is not in the plan, and no reason to refuse it.
  await at.folder.write({ "migrations/0004_later.sql": "select 4;" });
  expect(await at.clew("execute", "--plan", "plan.json", "--approve", plan.id)).toMatchObject({ status: 0 });
  expect((await at.clew("status")).stdout).toContain("3 applied, 1 pending");

  const again = await at.clew("execute", "--plan", "plan.json", "--approve", plan.id);
  expect(again).toMatchObject({ status: 3, stderr: expect.stringContaining("[PLAN_CHANGED]") });
  expect(again.stderr).toContain("the history has rows that it did not have: 0002_note, 0003_index");
});

test("the plan's file has the proof of each rollback where proofs are demanded, or asked for; its id is the same", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "migrations/0001_people.sql": "create table people (id int primary key);",
    "migrations/0002_odd.sql": "create table odd (id int);",
    "migrations/0002_odd.down.sql": "select 1;",
  });
  const here = (env: string, ...args: string[]): ReturnType<typeof clew> =>
    clew(args, { cwd: folder.path, env: { CLEW_ENV: env, DATABASE_URL: db.url } });
  const written = async (): Promise<Plan> => JSON.parse(await readFile(join(folder.path, "plan.json"), "utf8")) as Plan;

  expect(await here("development", "plan", "--out", "plan.json")).toMatchObject({ status: 0 });
  const bare = await written();
  expect(bare.steps.map(({ proof, evidence }) => [proof, evidence])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  for (const [env, ...args] of [
    ["production", "plan", "--out", "plan.json"],
    ["development", "plan", "--prove", "--out", "plan.json"],
  ] as const) {
    const made = await here(env, ...args);
    expect(made.status, made.stderr).toBe(0);
    expect(made.stdout).toContain("0002  rollback disproved: ");
    const plan = await written();
    expect(plan.id).toBe(bare.id);
    expect(plan.steps).toMatchObject([
      {
        class: "exact",
        proof: expect.stringMatching(/^proved/) as string,
        evidence: { scratch: { place: "server" }, inverse: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
      { proof: "disproved", evidence: { differences: [expect.stringContaining("odd")] } },
    ]);
  }
});

describe("a plan that was approved is refused", () => {
  const cases: readonly (readonly [what: string, change: (at: Project) => Promise<unknown>, said: string])[] = [
    [
      "where one byte of a file has changed",
      (at) => at.folder.write({ "migrations/0002_note.sql": "alter table people add column note texT;" }),
      "migrations/0002_note.sql has changed",
    ],
    [
      "where its rollback has changed",
      (at) => at.folder.write({ "migrations/0002_note.down.sql": "alter table people drop column notE;" }),
      "the rollback of migrations/0002_note.sql has changed",
    ],
    [
      "where the history has one row more",
      (at) => at.db.sql("insert into supabase_migrations.schema_migrations (version, name) values ('0000', 'by_hand')"),
      "the history has rows that it did not have: 0000_by_hand",
    ],
    [
      "where the history has one row less",
      (at) => at.db.sql("delete from supabase_migrations.schema_migrations"),
      "the history does not have rows any more that it had: 0001_people",
    ],
    [
      "where a file has come between",
      (at) => at.folder.write({ "migrations/00025_between.sql": "select 1;" }),
      "migrations/00025_between.sql would run, and was not in it",
    ],
  ];
  test.each(cases)("%s", async (_, change, said) => {
    await using at = await planned({ "clew.config.json": '{ "proof": "optional", "strict": false }' });
    const { id } = await at.plan();
    await change(at);
    const refused = await at.clew("execute", "--plan", "plan.json", "--approve", id, "--out-of-order");
    expect(refused).toMatchObject({ status: 3, stdout: "" });
    expect(refused.stderr).toContain("[PLAN_CHANGED]");
    expect(refused.stderr).toContain(said);
    expect(refused.stderr).toContain("Nothing was run");
    expect(
      await at.db.sql("select from pg_attribute where attname = 'note' and attrelid = 'people'::regclass"),
    ).toEqual([]);
    expect(await at.clew("execute", "--approve", id)).toMatchObject({ status: 3 });
  });

  test("where the target is another, though it looks the same", async () => {
    await using at = await planned();
    await using other = await freshDatabase();
    const { id } = await at.plan();
    const first = await clew(["execute", "0001"], { cwd: at.folder.path, env: { DATABASE_URL: other.url } });
    expect(first.status).toBe(0);
    const refused = await at.clew("execute", "--plan", "plan.json", "--approve", id, "--db", other.url);
    expect(refused).toMatchObject({ status: 3, stdout: "" });
    expect(refused.stderr).toContain(`the target is another: it was made for ${at.db.name}, this is ${other.name}`);
  });
});

test("approvals as files: who, for which plan, until when, and how many", async () => {
  await using at = await planned({
    "clew.config.json": '{ "proof": "optional", "environments": { "production": { "approval": 2 } } }',
  });
  const { id } = await at.plan();
  const approval = (who: string, until: string, plan = id): string => JSON.stringify({ plan, who, until });
  await at.folder.write({
    "approvals/ann.json": approval("ann", "2099-01-01T00:00:00Z"),
    "approvals/ann-again.json": approval("ann", "2099-01-01T00:00:00Z"),
    "approvals/bob.json": approval("bob", "2020-01-01T00:00:00Z"),
    "approvals/eve.json": approval("eve", "2099-01-01T00:00:00Z", "another"),
  });
  const refused = await at.clew("execute");
  expect(refused).toMatchObject({ status: 4, stdout: "" });
  expect(refused.stderr).toContain(
    "needs 2 approvals, and approved by ann alone; bob's expired at 2020-01-01T00:00:00Z",
  );
  await at.folder.write({ "approvals/eve.json": "{}" });
  expect(await at.clew("execute")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("approvals/eve.json is no approval"),
  });
  await at.folder.write({ "approvals/eve.json": approval("eve", "2099-01-01T00:00:00Z") });
  expect(await at.clew("execute")).toMatchObject({ status: 0 });
});

test("a rollback needs an approval too; one that a failed run makes of itself does not", async () => {
  await using at = await planned();
  const { id } = await at.plan();
  await at.folder.write({ "migrations/0003_index.sql": "select 1/0;" });
  const failing = await at.clew("plan", "--out", "plan.json");
  expect(failing.status, failing.stderr).toBe(0);
  expect((await at.plan()).id).not.toBe(id);
  const failed = await at.clew("execute", "--approve", (await at.plan()).id, "--auto-rollback");
  expect(failed).toMatchObject({ status: 1, stdout: expect.stringContaining("1 rolled back") });
  const refused = await at.clew("rollback", "--yes");
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining("[NOT_APPROVED]") });
  expect(refused.stderr).toContain("Look at it with `clew rollback --dry-run`");
  const shown = JSON.parse((await at.clew("rollback", "--dry-run", "--json")).stdout) as Plan;
  expect(await at.clew("rollback", "--approve", shown.id)).toMatchObject({ status: 0 });
});

test("programs are held to it as well", async () => {
  await using at = await planned();
  const options = { databaseUrl: at.db.url, dir: join(at.folder.path, "migrations") };
  await using executor = new MigrationExecutor({ ...options, approval: "required" });
  await expect(executor.executeAll()).rejects.toMatchObject({ code: "NOT_APPROVED" });
  const plan = await executor.plan();
  await expect(executor.executeAll({ approve: `${plan.id}0` })).rejects.toMatchObject({ code: "PLAN_CHANGED" });
  expect(plan.id).toBe((await at.plan()).id);
  expect(await executor.executeAll({ approve: plan.id })).toMatchObject({ outcome: "applied" });
});

describe("what changes the history needs an approval, though it runs nothing", () => {
  const cases: readonly (readonly [command: readonly string[], prepare: (at: Project) => Promise<unknown>])[] = [
    [["repair"], (at) => at.db.sql("update supabase_migrations.schema_migrations set version = '0000'")],
    [["repair", "0002", "--status", "applied"], async () => undefined],
    [["baseline", "0002"], (at) => at.db.sql("alter table people add column note text")],
    [
      ["adopt", "dbmate", "--from", "theirs"],
      async (at) => {
        await at.db.sql(
          "create table schema_migrations (version text primary key); insert into schema_migrations values ('0009')",
        );
        await at.folder.write({ "theirs/0009_x.sql": "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n" });
      },
    ],
  ];
  test.for(cases)("%j", async ([command, prepare]) => {
    await using at = await planned();
    await prepare(at);
    const history = (): Promise<unknown> => at.db.sql("select * from supabase_migrations.schema_migrations order by 1");
    const before = await history();
    const unapproved = await at.clew(...command, "--yes");
    expect(unapproved).toMatchObject({ status: 4, stdout: "", stderr: expect.stringContaining("[NOT_APPROVED]") });
    const shown = await at.clew(...command, "--dry-run");
    const id = /^Id: ([0-9a-f]{16})$/m.exec(shown.stdout)?.[1];
    expect(unapproved.stderr).toContain(`--approve ${id}`);
    const other = await at.clew(...command, "--approve", "0123456789abcdef");
    expect(other).toMatchObject({ status: 3, stderr: expect.stringContaining("[PLAN_CHANGED]") });
    expect(await history()).toEqual(before);

    await at.folder.write({
      "approvals/one.json": JSON.stringify({ plan: id, who: "ann", until: "2100-01-01T00:00:00Z" }),
    });
    const done = await at.clew(...command);
    expect(done.status, done.stderr).toBe(0);
    expect(await history()).not.toEqual(before);
  });

  test("programs too; and an id holds for one database", async () => {
    await using at = await planned();
    await using other = await planned();
    const options = { databaseUrl: at.db.url, dir: join(at.folder.path, "migrations"), approval: 1 };
    const { history } = new MigrationExecutor(options);
    await expect(history.mark("0002", "applied")).rejects.toMatchObject({ code: "NOT_APPROVED" });
    const { id } = await history.mark("0002", "applied", { dryRun: true });
    const elsewhere = new MigrationExecutor({ ...options, databaseUrl: other.db.url }).history;
    await expect(elsewhere.mark("0002", "applied", { approve: id })).rejects.toMatchObject({ code: "PLAN_CHANGED" });
    expect(await history.mark("0002", "applied", { approve: id })).toMatchObject({ outcome: "marked" });
  });
});

describe("what would be lost", () => {
  const lossy = {
    "migrations/0002_lossy.sql": [
      "-- drop table people; truncate people;",
      "comment on table people is 'drop table people';",
      "drop table people;",
    ].join("\n"),
    "clew.config.json": '{ "allowDestructiveOperations": false }',
  };
  const others = [
    ["truncate people;", "all rows of people would be lost"],
    ["delete from people where id = 1;", "some rows of people would be lost"],
    ["alter table people drop column name;", "the values of people (name) would be lost"],
    ["do $$ begin drop table people; end $$;", "the table people with its rows would be lost"],
    ["do $$ begin execute 'drop table people'; end $$;", "the table people with its rows would be lost"],
    ["with gone as (delete from people returning *) select * from gone;", "all rows of people would be lost"],
  ] as const;

  test("is refused by what the statement is, with its place; --allow-destructive allows it for the run", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      "migrations/0001_people.sql": migrations["migrations/0001_people.sql"]!,
      ...lossy,
    });
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
    expect(await clew(["execute", "0001"], at)).toMatchObject({ status: 0 });
    const refused = await clew(["execute"], at);
    expect(refused).toMatchObject({ status: 4, stdout: "" });
    expect(refused.stderr).toContain("migrations/0002_lossy.sql:3:1: the table people with its rows would be lost");
    expect(refused.stderr.match(/would be lost/g)).toHaveLength(1);
    expect(refused.stderr).toContain("--allow-destructive");
    for (const [sql, said] of others) {
      await folder.write({ "migrations/0002_lossy.sql": sql });
      expect(await clew(["execute"], at)).toMatchObject({ status: 4, stderr: expect.stringContaining(said) });
    }
    await folder.write({ "migrations/0002_lossy.sql": "do $$ begin execute 'drop table ' || 'people'; end $$;" });
    expect(await clew(["execute", "--strict"], at)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("puts SQL together when it runs"),
    });
    expect(await clew(["execute", "--allow-destructive"], at)).toMatchObject({ status: 0 });
  });

  test("a strict run is stopped by any warning", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ "1_a.sql": "select 1;" });
    const check = {
      name: "lint",
      when: "before" as const,
      run: () => Promise.resolve([{ code: "SOMETHING", severity: "warning" as const, message: "something is odd" }]),
    };
    const options = { databaseUrl: db.url, dir: folder.path, checks: [check] };
    await using strict = new MigrationExecutor({ ...options, strict: true });
    await expect(strict.executeAll()).rejects.toMatchObject({
      code: "STRICT",
      message: "something is odd\nnothing was run",
    });
    await using lenient = new MigrationExecutor(options);
    expect(await lenient.executeAll()).toMatchObject({ outcome: "applied", findings: [{ code: "SOMETHING" }] });
  });
});
