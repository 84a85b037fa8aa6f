// Owns the queries of history and journal, written with Kysely. `pnpm generate` compiles them into src/store/compiled.ts,
// so that the types are checked here and an app neither loads Kysely nor pays for its start.
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type Compilable,
  type RawBuilder,
} from "kysely";
import type { Database } from "./tables.ts";

const schema = new Kysely<Database>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** A parameter: it travels as text and is cast by the server. */
const param = <T = string>(name: string, type = "text"): RawBuilder<T> =>
  type === "text" ? sql<T>`cast(${name} as text)` : sql<T>`cast(cast(${name} as text) as ${sql.raw(type)})`;

/** The text of a query and the names of its parameters. */
export function compile(query: {
  compile(db: typeof schema): { readonly sql: string; readonly parameters: readonly unknown[] };
}): {
  readonly text: string;
  readonly parameters: readonly unknown[];
} {
  const { sql: text, parameters } = query.compile(schema);
  return { text, parameters };
}

const leaseName = sql<string>`'run'`;
const leaseEnd = sql<Date>`pg_catalog.clock_timestamp() + interval '30 seconds'`;
const list = (query: RawBuilder<unknown> | Compilable): RawBuilder<unknown> =>
  sql`(select coalesce(pg_catalog.json_agg(r), '[]') from (${query as RawBuilder<unknown>}) r)`;

const history = schema.selectFrom("supabase_migrations.schema_migrations").orderBy(sql`version collate "C"`);

const books = [
  list(history.select(["version", "name"])).as("history"),
  list(
    schema
      .selectFrom("clew.migration")
      .select(["version", "name", "checksum", "who", "tool", "applied_at as appliedAt"]),
  ).as("migrations"),
  list(
    schema
      .selectFrom("clew.segment")
      .select(["version", "direction", "ordinal", "fingerprint", "state", "before"])
      .orderBy("version")
      .orderBy("ordinal"),
  ).as("segments"),
  list(
    schema
      .selectFrom("clew.lease")
      .select(["holder", "who", sql<boolean>`expires_at > pg_catalog.clock_timestamp()`.as("alive")])
      // Whoever has ended gave it up.
      .where(sql<boolean>`expires_at > '-infinity'`),
  ).as("leases"),
  list(
    schema
      .selectFrom("clew.attempt")
      .distinctOn("version")
      .select(["version", "direction", "outcome", "sqlstate", "message", "at"])
      .orderBy("version")
      .orderBy("id", "desc"),
  ).as("attempts"),
] as const;

/** What was proved of a rollback, and the hash of what it is now, of which it must have been proved. */
const proved = [
  sql<string | null>`proof::text`.as("proof"),
  sql<
    string | null
  >`case when proof is not null then pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.replace(pg_catalog.array_to_string(statements, E';\\n'), coalesce(archive ->> 'id', ''), ''), 'UTF8')), 'hex') end`.as(
    "hash",
  ),
] as const;

const rollback = {
  version: param("version"),
  ordinal: param<number>("ordinal", "integer"),
  class: param("class"),
  reason: param<string | null>("reason"),
  statements: param<string[]>("statements", "text[]"),
  archive: param<string | null>("archive", "jsonb"),
  run: param("run", "uuid"),
};

export const queries = {
  readHistory: history.select(["version", "name"]),
  /** The history's statements of the versions named: only to compare files that another tool applied. */
  readStatements: schema
    .selectFrom("supabase_migrations.schema_migrations")
    .select(["version", "statements"])
    .where(sql<boolean>`version = any(${param("versions", "text[]")})`),
  /** Of a journal that keeps no rollbacks yet. */
  readOldest: schema.selectNoFrom([...books]),
  readAll: schema.selectNoFrom([
    ...books,
    list(
      schema
        .selectFrom("clew.rollback")
        .select([
          "version",
          "ordinal",
          "class",
          "reason",
          sql<string | null>`archive ->> 'outside'`.as("outside"),
          ...proved,
        ])
        .orderBy("version")
        .orderBy("ordinal"),
    ).as("rollbacks"),
  ]),
  /** The statements of the rollbacks of the versions named. */
  readRollbacks: schema
    .selectFrom("clew.rollback")
    .select(["version", "ordinal", "class", "reason", "statements", sql<string | null>`archive::text`.as("archive")])
    .select(proved)
    .where(sql<boolean>`version = any(${param("versions", "text[]")})`)
    .orderBy("version")
    .orderBy("ordinal"),
  insertHistory: schema
    .insertInto("supabase_migrations.schema_migrations")
    .values({ version: param("version"), name: param("name"), statements: param<string[]>("statements", "text[]") }),
  deleteHistory: schema.deleteFrom("supabase_migrations.schema_migrations").where("version", "=", param("version")),
  insertMigration: schema
    .insertInto("clew.migration")
    .values({
      version: param("version"),
      name: param("name"),
      checksum: param("checksum"),
      statements: param<number>("statements", "integer"),
      run: param("run", "uuid"),
      who: param("who"),
      tool: param("tool"),
    })
    .onConflict((conflict) =>
      conflict.column("version").doUpdateSet((excluded) => ({
        name: excluded.ref("excluded.name"),
        checksum: excluded.ref("excluded.checksum"),
        statements: excluded.ref("excluded.statements"),
        run: excluded.ref("excluded.run"),
        who: excluded.ref("excluded.who"),
        tool: excluded.ref("excluded.tool"),
        applied_at: sql<Date>`pg_catalog.now()`,
      })),
    ),
  deleteMigration: schema.deleteFrom("clew.migration").where("version", "=", param("version")),
  insertSegment: schema.insertInto("clew.segment").values({
    version: param("version"),
    direction: param("direction"),
    ordinal: param<number>("ordinal", "integer"),
    fingerprint: param("fingerprint"),
    state: sql<"done">`'done'`,
    run: param("run", "uuid"),
  }),
  intendSegment: schema
    .insertInto("clew.segment")
    .values({
      version: param("version"),
      direction: param("direction"),
      ordinal: param<number>("ordinal", "integer"),
      fingerprint: param("fingerprint"),
      state: sql<"intended">`'intended'`,
      before: param("before"),
      run: param("run", "uuid"),
    })
    .onConflict((conflict) =>
      conflict.columns(["version", "direction", "ordinal"]).doUpdateSet((excluded) => ({
        fingerprint: excluded.ref("excluded.fingerprint"),
        run: excluded.ref("excluded.run"),
        changed_at: sql<Date>`pg_catalog.now()`,
      })),
    ),
  finishSegment: schema
    .updateTable("clew.segment")
    .set({ state: sql<"done">`'done'`, changed_at: sql<Date>`pg_catalog.now()` })
    .where("version", "=", param("version"))
    .where("direction", "=", param("direction"))
    .where("ordinal", "=", param<number>("ordinal", "integer")),
  deleteSegments: schema.deleteFrom("clew.segment").where("version", "=", param("version")),
  insertRun: schema
    .insertInto("clew.run")
    .values({
      id: param("run", "uuid"),
      kind: param("kind"),
      plan: param("plan"),
      who: param("who"),
      tool: param("tool"),
    })
    .onConflict((conflict) => conflict.column("id").doNothing()),
  finishRun: schema
    .updateTable("clew.run")
    .set({ finished_at: sql<Date>`pg_catalog.clock_timestamp()`, outcome: param("outcome") })
    .where("id", "=", param("run", "uuid")),
  /** The first lease of all. Where there is one, nothing is inserted: ON CONFLICT waits for a transaction that updates the row. */
  makeLease: schema
    .insertInto("clew.lease")
    .columns(["name", "holder", "who", "token", "expires_at"])
    .expression(
      schema
        .selectNoFrom([
          leaseName.as("name"),
          param("holder", "uuid").as("holder"),
          param("who").as("who"),
          sql<number>`1`.as("token"),
          leaseEnd.as("expires_at"),
        ])
        .where(({ not, exists, selectFrom }) => not(exists(selectFrom("clew.lease").select("name")))),
    )
    .onConflict((conflict) => conflict.column("name").doNothing()),
  /** A lease that has expired; one whose holder is in a transaction is locked, and is left alone. */
  takeLease: schema
    .updateTable("clew.lease")
    .set({ holder: param("holder", "uuid"), who: param("who"), token: sql<number>`token + 1`, expires_at: leaseEnd })
    .where("name", "in", (lease) =>
      lease
        .selectFrom("clew.lease")
        .select("name")
        .where(sql<boolean>`expires_at < pg_catalog.clock_timestamp()`)
        .forUpdate()
        .skipLocked(),
    ),
  readLease: schema
    .selectFrom("clew.lease")
    .select(["holder", "who", sql<boolean>`expires_at > pg_catalog.clock_timestamp()`.as("alive")]),
  /** Hands the lease from a lost connection to a new one; waits for a transaction of the old one to end. */
  passLease: schema
    .updateTable("clew.lease")
    .set({ holder: param("holder", "uuid"), token: sql<number>`token + 1`, expires_at: leaseEnd })
    .where("holder", "=", param("lost", "uuid")),
  keepLease: schema
    .updateTable("clew.lease")
    .set({ expires_at: leaseEnd })
    .where("holder", "=", param("holder", "uuid")),
  endLease: schema
    .updateTable("clew.lease")
    .set({ expires_at: sql<Date>`'-infinity'::timestamptz` })
    .where("holder", "=", param("holder", "uuid")),
  /** Whether a step of this run is recorded, as a whole or in a segment. */
  witness: schema.selectNoFrom([
    sql<boolean>`exists (${history
      .select(sql<number>`1`.as("one"))
      .clearOrderBy()
      .where("version", "=", param("version"))})`.as("recorded"),
    sql<boolean>`exists (${schema.selectFrom("clew.migration").select("version").where("version", "=", param("version")).where("run", "=", param("run", "uuid"))})`.as(
      "ours",
    ),
    sql<boolean>`exists (${schema
      .selectFrom("clew.segment")
      .select("version")
      .where("version", "=", param("version"))
      .where("direction", "=", param("direction"))
      .where("ordinal", "=", param<number>("ordinal", "integer"))
      .where("state", "=", sql<"done">`'done'`)})`.as("segment"),
  ]),
  /**
   * Of a statement that has failed outside a transaction neither the intent is left nor what was to undo it. A migration that is
   * run again keeps the rollback of the first time.
   */
  dropSegment: sql`with gone as (delete from clew.segment
      where version = ${param("version")} and direction = ${param("direction")} and ordinal = ${param<number>("ordinal", "integer")})
    delete from clew.rollback where version = ${param("version")} and ordinal = ${param<number>("ordinal", "integer")}
      and ${param("direction")} = 'up' and not exists (${history.select("version").clearOrderBy().where("version", "=", param("version"))})`,
  /** Puts the times that the client measured to the attempts of a run, given as JSON. */
  timeAttempts: sql`update clew.attempt a set ms = t.ms from pg_catalog.json_to_recordset(${param("times", "json")}) as t(version text, ms numeric)
    where a.run = ${param("run", "uuid")} and a.version = t.version and a.ms is null`,
  insertAttempt: schema.insertInto("clew.attempt").values({
    run: param("run", "uuid"),
    version: param("version"),
    direction: param("direction"),
    outcome: param("outcome"),
    ms: param<number>("ms", "numeric"),
    sqlstate: param("sqlstate"),
    message: param("message"),
  }),
  /** The rollback of a segment; one that is kept already stays, for it leads back further. */
  insertRollback: schema
    .insertInto("clew.rollback")
    .values(rollback)
    .onConflict((conflict) => conflict.columns(["version", "ordinal"]).doNothing()),
  replaceRollback: schema
    .updateTable("clew.rollback")
    .set({ class: rollback.class, reason: rollback.reason, statements: rollback.statements, archive: rollback.archive })
    .where("version", "=", rollback.version)
    .where("ordinal", "=", rollback.ordinal)
    .where("run", "=", rollback.run),
  /** Of what the migration wrote or destroyed, the archive has not all. */
  tellLosses: sql`update clew.rollback r set class = 'lossy', reason = 'not kept: ' || l.what
    from (select pg_catalog.string_agg(distinct relation || ' (' || what || ')', ', ') as what from clew_archive.loss
      where archive = ${param("archive", "uuid")}) l
    where r.version = ${param("version")} and r.ordinal = ${param<number>("ordinal", "integer")} and l.what is not null and r.class <> 'impossible'`,
  keepProof: schema
    .updateTable("clew.rollback")
    .set({ proof: param<string>("proof", "jsonb") })
    .where("version", "=", param("version")),
  deleteRollbacks: schema.deleteFrom("clew.rollback").where("version", "=", param("version")),
};
