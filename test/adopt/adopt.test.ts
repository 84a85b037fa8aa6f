// Owns the taking over of projects from other tools: the real ones where npm has them, else tables as their sources make them.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MigrationExecutor, type AdoptOptions, type ToolName } from "@clew/core";
import { freshDatabase, run, tempFolder, type Database, type Files } from "@clew/kit";
import { expect, test } from "vitest";

interface Project {
  readonly tool: ToolName;
  /** The tool's files, below the folder `theirs`. */
  readonly files: Files;
  /** Makes the database as the tool leaves it, with all but the last migration applied. */
  readonly apply: (db: Database, folder: string) => Promise<unknown>;
  /** What counts as applied, and what is pending. */
  readonly applied: readonly string[];
  readonly pending?: readonly string[];
  readonly by?: "schema";
}

/** Adopts, and sees that nothing more is to be done, that what is pending runs, and that the tool's own things are as they were. */
async function adoptProject({ tool, files, apply, applied, pending = [], by }: Project): Promise<void> {
  await using db = await freshDatabase();
  await using folder = await tempFolder(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`theirs/${path}`, text])),
  );
  const from = join(folder.path, "theirs");
  const dir = join(folder.path, "ours");
  await apply(db, from);
  const before = await theirTables(db);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir });
  const adopt = (options: AdoptOptions = {}) => executor.history.adopt({ from, ...options });
  const shown = await adopt({ dryRun: true });
  expect(shown).toMatchObject({ outcome: "proposed", tool, by: by ?? "files", left: [] });
  const labels = (list: typeof shown.applied): string[] => list.map(({ version, name }) => `${version}_${name}`);
  expect([labels(shown.applied), labels(shown.pending)]).toEqual([applied, pending]);
  expect(await adopt({ expected: shown.id })).toMatchObject({ outcome: "adopted" });
  expect(await adopt()).toMatchObject({ outcome: "in-step" });
  expect(await theirTables(db)).toEqual(before);
  const status = await executor.getStatus();
  expect(status.counts).toMatchObject({ applied: applied.length, pending: pending.length, missing: 0, changed: 0 });
  expect(status.findings).toEqual([]);
  const report = await executor.executeAll();
  expect(report.error).toBeUndefined();
  expect(report.outcome).toBe(pending.length === 0 ? "nothing-to-do" : "applied");
  // A new database gets the same schema from what was adopted.
  await using other = await freshDatabase();
  const anew = new MigrationExecutor({ databaseUrl: other.url, dir });
  expect((await anew.executeAll()).error).toBeUndefined();
  expect(await tablesOf(other)).toEqual(await tablesOf(db));
}

const bookkeeping = "'supabase_migrations', 'clew', 'clew_archive', 'pg_catalog', 'information_schema'";

/** The rows of every table that is neither ours nor a project's. */
async function theirTables(db: Database): Promise<unknown> {
  const tables = await db.sql<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relname not in ('notes', 'tags')
      and relnamespace not in (select oid from pg_namespace where nspname in (${bookkeeping}) or nspname like 'pg_%') order by 1`,
  );
  return Promise.all(tables.map(async ({ name }) => [name, await db.sql(`select * from ${name} order by 1`)]));
}

const tablesOf = (db: Database): Promise<unknown> =>
  db.sql(
    "select table_name, column_name, data_type from information_schema.columns where table_name in ('notes', 'tags') order by 1, 2",
  );

const notes = "create table notes (id int primary key);\nalter table notes add column body text;\n";
const tags = "create table tags (id int primary key);\n";
const unnotes = "drop table notes;\n";

const applies = (table: string) => async (db: Database) => {
  await db.sql(notes);
  await db.sql(table);
};

const projects: readonly (Project & { readonly real?: true })[] = [
  {
    tool: "node-pg-migrate",
    real: true,
    files: {
      "1684000000000_notes.sql": `-- Up Migration\n${notes}\n-- Down Migration\n${unnotes}`,
      "1684000000001_tags.sql": tags,
    },
    apply: async (db, dir) => {
      const { runner } = await import("node-pg-migrate");
      const options = { databaseUrl: db.url, dir, migrationsTable: "pgmigrations", log: () => undefined };
      await runner({ ...options, direction: "up", count: 1 });
    },
    applied: ["1684000000000_notes"],
    pending: ["1684000000001_tags"],
  },
  {
    tool: "dbmate",
    real: true,
    files: {
      "20240101000000_notes.sql": `-- migrate:up\n${notes}\n-- migrate:down\n${unnotes}`,
    },
    apply: async (db, dir) => {
      const bin = join(dirname(createRequire(import.meta.url).resolve("dbmate/package.json")), "dist/cli.js");
      const flags = ["--url", `${db.url}?sslmode=disable`, "--migrations-dir", dir, "--no-dump-schema"];
      const ended = await run(process.execPath, [bin, ...flags, "up"]);
      expect(ended).toMatchObject({ status: 0 });
    },
    applied: ["20240101000000_notes"],
  },
  {
    tool: "drizzle",
    real: true,
    files: {
      "0000_brave_notes.sql":
        "CREATE TABLE notes (id int primary key)\n--> statement-breakpoint\nALTER TABLE notes ADD COLUMN body text;",
      "meta/_journal.json": JSON.stringify({
        version: "7",
        dialect: "postgresql",
        entries: [{ idx: 0, version: "7", when: 1704067200000, tag: "0000_brave_notes", breakpoints: true }],
      }),
    },
    apply: async (db, migrationsFolder) => {
      const { drizzle } = await import("drizzle-orm/node-postgres");
      const { migrate } = await import("drizzle-orm/node-postgres/migrator");
      await migrate(drizzle(await db.client()), { migrationsFolder });
    },
    applied: ["0000_brave_notes"],
  },
  {
    tool: "kysely",
    real: true,
    by: "schema",
    files: { "2024_01_01_notes.ts": "export const up = () => {};" },
    apply: async (db) => {
      const { Kysely, PostgresDialect, sql } = await import("kysely");
      const { Migrator } = await import("kysely/migration");
      const { Pool } = await import("pg");
      const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: db.url }) }) });
      const up = async (): Promise<void> => {
        for (const statement of notes.split(";\n").filter(Boolean)) await sql.raw(statement).execute(kysely);
      };
      const provider = { getMigrations: async () => ({ "2024_01_01_notes": { up } }) };
      const { error } = await new Migrator({ db: kysely, provider }).migrateToLatest();
      await kysely.destroy();
      expect(error).toBeUndefined();
    },
    applied: ["2024_schema_from_kysely"],
  },
  {
    tool: "knex",
    real: true,
    by: "schema",
    files: {
      "20240101000000_notes.cjs": `exports.up = (knex) => knex.raw(${JSON.stringify(notes)}); exports.down = () => {};`,
    },
    apply: async (db, directory) => {
      const { default: knex } = await import("knex");
      const client = knex({ client: "pg", connection: db.url });
      await client.migrate.latest({ directory, loadExtensions: [".cjs"] });
      await client.destroy();
    },
    applied: ["20240101000000_schema_from_knex"],
  },
  {
    tool: "graphile-migrate",
    real: true,
    files: { "current.sql": notes, ".gmrc": "{}" },
    apply: async (db, migrationsFolder) => {
      await using shadow = await freshDatabase();
      const settings = {
        connectionString: db.url,
        shadowConnectionString: shadow.url,
        rootConnectionString: Object.assign(new URL(db.url), { pathname: "/postgres" }).href,
        migrationsFolder,
      };
      // It ends the process when a database goes that it has been connected to.
      const script = `import { commit, migrate } from "graphile-migrate";
        const settings = ${JSON.stringify(settings)};
        await commit(settings, "notes"); await migrate(settings, false);`;
      const ended = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname });
      expect(ended).toMatchObject({ status: 0 });
    },
    applied: ["000001_notes"],
  },
  {
    // src/main/resources/org/flywaydb/core/internal/database/postgresql: PostgreSQLDatabase.getRawCreateScript
    tool: "flyway",
    files: {
      "V1__base.sql": "select 1;\n",
      "V1.1__notes.sql": notes,
      "U1.1__notes.sql": unnotes,
      "V2__tags.sql": tags,
      "V10__last.sql": "select 2;\n",
    },
    apply:
      applies(`create table flyway_schema_history (installed_rank int not null, version varchar(50), description varchar(200) not null,
      type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
      installed_on timestamp not null default now(), execution_time int not null, success boolean not null);
      insert into flyway_schema_history values (1, '1', 'base', 'BASELINE', 'V1__base.sql', 1, 'me', now(), 1, true),
        (2, '1.1', 'notes', 'SQL', 'V1.1__notes.sql', 1, 'me', now(), 1, true),
        (3, '2', 'tags', 'SQL', 'V2__tags.sql', 1, 'me', now(), 1, true),
        (4, '2', 'tags', 'UNDO_SQL', 'U2__tags.sql', 1, 'me', now(), 1, true)`),
    applied: ["0001_base", "0002_notes"],
    pending: ["0003_tags", "0004_last"],
  },
  {
    // cmd/atlas/internal/migrate/ent/schema/revision.go
    tool: "atlas",
    files: {
      "20240101000000_notes.sql": notes,
      "20240102000000_tags.sql": `-- atlas:txmode none\n\n${tags}create index concurrently tags_id on tags (id);\n`,
      "atlas.sum": "h1:x=\n",
    },
    apply:
      applies(`create schema atlas_schema_revisions; create table atlas_schema_revisions.atlas_schema_revisions (version varchar primary key,
      description varchar not null, type bigint not null default 2, applied bigint not null default 0, total bigint not null default 0,
      executed_at timestamptz not null, execution_time bigint not null, error text, error_stmt text, hash varchar not null,
      partial_hashes jsonb, operator_version varchar not null);
      insert into atlas_schema_revisions.atlas_schema_revisions values
        ('.atlas_cloud_identifier', 'x', 2, 0, 0, now(), 0, '', '', '', null, ''),
        ('20240101000000', 'notes', 2, 2, 2, now(), 1, '', '', 'x', null, 'Atlas')`),
    applied: ["20240101000000_notes"],
    pending: ["20240102000000_tags"],
  },
  {
    // liquibase-standard: CreateDatabaseChangeLogTableGenerator
    tool: "liquibase",
    files: {
      "db/one.sql": `--liquibase formatted sql\n\n--changeset ann:1\n${notes}--rollback drop table notes;\n\n--changeset ann:2 runInTransaction:false\n${tags}create index concurrently tags_id on tags (id);\n--rollback drop table tags;\n`,
    },
    apply:
      applies(`create table databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
      dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null, md5sum varchar(35), description varchar(255),
      comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), deployment_id varchar(10));
      create table databasechangeloglock (id int primary key, locked boolean not null, lockgranted timestamp, lockedby varchar(255));
      insert into databasechangelog values ('1', 'ann', 'classpath:db/one.sql', now(), 1, 'EXECUTED', '9:x')`),
    applied: ["0001_one_1"],
    pending: ["0002_one_2"],
  },
  {
    // lib/App/Sqitch/Engine/pg.sql
    tool: "sqitch",
    files: {
      "sqitch.plan":
        "%syntax-version=1.0.0\n%project=app\n\nnotes 2024-01-01T00:00:00Z Ann <a@b.c> # first\n@v1 2024-01-01T00:00:01Z Ann <a@b.c> # tag\ntags [notes] 2024-01-02T00:00:00Z Ann <a@b.c> # second\n",
      "deploy/notes.sql": `BEGIN;\n${notes}COMMIT;\n`,
      "revert/notes.sql": `BEGIN;\n${unnotes}COMMIT;\n`,
      "deploy/tags.sql": `BEGIN;\n${tags}COMMIT;\n`,
    },
    apply:
      applies(`create schema sqitch; create table sqitch.changes (change_id text primary key, script_hash text, change text not null,
      project text not null, note text not null default '', committed_at timestamptz not null default clock_timestamp(), committer_name text not null,
      committer_email text not null, planned_at timestamptz not null, planner_name text not null, planner_email text not null);
      insert into sqitch.changes values ('x', 'y', 'notes', 'app', '', now(), 'a', 'b', now(), 'a', 'b')`),
    applied: ["20240101000000_notes"],
    pending: ["20240102000000_tags"],
  },
  {
    // database/dialect/postgres.go
    tool: "goose",
    files: {
      "00001_notes.sql": `-- +goose Up\n-- +goose StatementBegin\n${notes}-- +goose StatementEnd\n\n-- +goose Down\n${unnotes}`,
      "00002_tags.sql": `-- +goose NO TRANSACTION\n-- +goose Up\n${tags}create index concurrently tags_id on tags (id);\n-- +goose Down\ndrop index concurrently tags_id;\ndrop table tags;\n`,
    },
    apply:
      applies(`create table goose_db_version (id integer primary key generated by default as identity, version_id bigint not null,
      is_applied boolean not null, tstamp timestamp not null default now()); insert into goose_db_version (version_id, is_applied) values (0, true), (1, true)`),
    applied: ["00001_notes"],
    pending: ["00002_tags"],
  },
  {
    // database/postgres/postgres.go: ensureVersionTable
    tool: "golang-migrate",
    files: {
      "1_first.up.sql": "select 1;\n",
      "2_notes.up.sql": notes,
      "2_notes.down.sql": unnotes,
      "10_tags.up.sql": tags,
    },
    apply: applies(`create table schema_migrations (version bigint not null primary key, dirty boolean not null);
      insert into schema_migrations values (2, false)`),
    applied: ["0001_first", "0002_notes"],
    pending: ["0010_tags"],
  },
  {
    // diesel/src/migration/setup_migration_table.sql
    tool: "diesel",
    files: {
      "00000000000000_diesel_initial_setup/up.sql": "select 1;\n",
      "00000000000000_diesel_initial_setup/down.sql": "select 1;\n",
      "2024-01-01-000000_notes/up.sql": notes,
      "2024-01-01-000000_notes/down.sql": unnotes,
      "20231231235959_more/up.sql": "select 2;\n",
      "2024-01-02-000000_tags/up.sql": `${tags}create index concurrently tags_id on tags (id);\n`,
      "2024-01-02-000000_tags/metadata.toml": "run_in_transaction = false\n",
      "README.md": "",
    },
    apply:
      applies(`create table __diesel_schema_migrations (version varchar(50) primary key not null, run_on timestamp not null default current_timestamp);
      insert into __diesel_schema_migrations values ('00000000000000'), ('20231231235959'), ('20240101000000')`),
    applied: ["00000000000000_diesel_initial_setup", "20231231235959_more", "20240101000000_notes"],
    pending: ["20240102000000_tags"],
  },
  {
    // sqlx-postgres/src/migrate.rs: ensure_migrations_table
    tool: "sqlx",
    files: {
      "1_first.sql": "-- no-transaction\nselect 1;\n",
      "2_notes.up.sql": notes,
      "2_notes.down.sql": unnotes,
      "10_tags.sql": tags,
    },
    apply:
      applies(`create table _sqlx_migrations (version bigint primary key, description text not null, installed_on timestamptz not null default now(),
      success boolean not null, checksum bytea not null, execution_time bigint not null);
      insert into _sqlx_migrations values (1, 'first', now(), true, sha384(E'-- no-transaction\\r\\nselect 1;\\r\\n'::text::bytea), 1), (2, 'notes', now(), true, '\\x${createHash("sha384").update(notes).digest("hex")}', 1)`),
    applied: ["0001_first", "0002_notes"],
    pending: ["0010_tags"],
  },
  {
    // schema-engine/connectors/sql-schema-connector: PostgresFlavour.init
    tool: "prisma",
    files: {
      "20240101000000_notes/migration.sql": notes,
      "20240102000000_tags/migration.sql": tags,
      "migration_lock.toml": 'provider = "postgresql"\n',
    },
    apply:
      applies(`create table _prisma_migrations (id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz,
      migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
      insert into _prisma_migrations values ('a', 'x', null, '20240101000000_notes', 'failed', now(), now(), 0),
        ('b', 'x', now(), '20240101000000_notes', null, null, now(), 1)`),
    applied: ["20240101000000_notes"],
    pending: ["20240102000000_tags"],
  },
  {
    // drizzle-orm v1: pg-core/dialect and migrator.utils
    tool: "drizzle",
    files: { "20240101000000_notes/migration.sql": notes, "20240102000000_tags/migration.sql": tags },
    apply:
      applies(`create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint,
      name text, applied_at timestamptz default now());
      insert into drizzle.__drizzle_migrations (hash, created_at, name) values ('${createHash("sha256").update(notes).digest("hex")}', 1704067200000, '20240101000000_notes')`),
    applied: ["20240101000000_notes"],
    pending: ["20240102000000_tags"],
  },
  {
    // activerecord: SchemaMigration.create_table
    tool: "rails",
    by: "schema",
    files: { "20240101000000_create_notes.rb": "class CreateNotes < ActiveRecord::Migration[8.0]\nend\n" },
    apply:
      applies(`create table schema_migrations (version varchar not null primary key); create table ar_internal_metadata (key varchar primary key, value varchar);
      insert into schema_migrations values ('20240101000000')`),
    applied: ["20240101000000_schema_from_rails"],
  },
];

test.each(
  projects.map(
    (project) => [`${project.tool}${project.real ? ", itself" : ""}: ${project.applied[0]}`, project] as const,
  ),
)("%s", { timeout: 60_000 }, async (_, project) => adoptProject(project));

test("the rollback that its author wrote goes back, and what wants no transaction has none", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "theirs/00001_notes.sql": `-- +goose Up\n${notes}-- +goose Down\n${unnotes}`,
    "theirs/00002_index.sql":
      "-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently one on notes (id);\n-- +goose Down\ndrop index concurrently one;\n",
  });
  await db.sql(`${notes} create table goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp);
    insert into goose_db_version (version_id, is_applied) values (0, true), (1, true)`);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "ours") });
  await executor.history.adopt({ from: join(folder.path, "theirs") });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
  expect(await executor.rollback(2)).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql("select from pg_class where relname in ('notes', 'one')")).toEqual([]);
});

test("a tool that is named is taken over on a new database: all of it is pending", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "theirs/20240101000000_a/migration.sql": notes });
  const from = join(folder.path, "theirs");
  const found = await new MigrationExecutor({ databaseUrl: db.url, dir: from }).validate();
  expect(found.findings).toMatchObject([{ code: "FILE_SKIPPED", severity: "warning" }]);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "ours") });
  expect(await executor.history.adopt({ tool: "prisma", from })).toMatchObject({
    outcome: "adopted",
    table: "",
    applied: [],
    pending: [{ version: "20240101000000", name: "a" }],
  });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
});

test("what stands in the way is said, and nothing is done", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "theirs/1_a.up.sql": notes, "theirs/2_b.up.sql": tags });
  const desk = new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "ours") }).history;
  const from = join(folder.path, "theirs");
  await expect(desk.adopt({ from })).rejects.toThrow("there is no table of another migration tool");
  await db.sql(
    "create table schema_migrations (version bigint primary key, dirty boolean); insert into schema_migrations values (1, true)",
  );
  expect(await desk.adopt({ from })).toMatchObject({
    outcome: "left",
    left: [{ message: "1 is dirty, as golang-migrate says" }],
  });
  await db.sql("create table kysely_migration (name varchar primary key, timestamp varchar)");
  await expect(desk.adopt({ from })).rejects.toThrow("tables of several tools");
  await expect(desk.adopt({ tool: "golang-migrate", from: join(folder.path, "nowhere") })).rejects.toThrow(
    "no migrations of golang-migrate",
  );
  expect(await db.sql("select from pg_namespace where nspname in ('clew', 'supabase_migrations')")).toEqual([]);
});

test("a file that is not what sqlx has applied stops it", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "theirs/1_notes.sql": `${notes}-- more\n` });
  await db.sql(`${notes} create table _sqlx_migrations (version bigint primary key, description text not null, installed_on timestamptz not null default now(),
    success boolean not null, checksum bytea not null, execution_time bigint not null);
    insert into _sqlx_migrations values (1, 'notes', now(), true, '\\x${createHash("sha384").update(notes).digest("hex")}', 1)`);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "ours") });
  expect(await executor.history.adopt({ from: join(folder.path, "theirs") })).toMatchObject({
    outcome: "left",
    left: [{ version: "1", message: expect.stringMatching(/1_notes\.sql is not what sqlx has applied/) }],
  });
});

test("Supabase's own tables of the same name are no other tool's", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using folder = await tempFolder({ "ours/1_a.sql": notes });
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "ours") });
  await executor.executeAll();
  await expect(executor.history.adopt()).rejects.toThrow("there is no table of another migration tool");
});
