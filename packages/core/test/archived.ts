// Owns databases whose migrations are archived, and led back by DDL that the test writes by hand.
import { randomUUID } from "node:crypto";
import { freshDatabase, startServer, type Database, type Major, type Server } from "@clew/kit";
import { fold, loadGrammar, read } from "@clew/sql-analyzer";
import { Client } from "pg";
import { planArchive, type ArchivePlan, type ArchiveRequest } from "../src/archive/plan.ts";
import { undoArchive, type ArchiveUndo } from "../src/archive/undo.ts";
import type { Driver, Session, Sql } from "../src/driver.ts";
import { pg } from "../src/drivers/pg.ts";
import { introspect } from "../src/introspect/introspect.ts";

/** The way back: SQL, or pieces of the archive's undo, in order. */
export type Back = (undo: ArchiveUndo) => readonly (string | readonly Sql[])[];

export interface Kept {
  readonly relation: string;
  readonly kept: number;
  readonly restored: number;
  readonly conflicts: number;
}

export interface Archived extends AsyncDisposable {
  readonly session: Session;
  sql(text: string): Promise<void>;
  rows<Row>(text: string): Promise<readonly Row[]>;
  /** All rows of all tables, as texts. */
  contents(): Promise<string>;
  /** Runs a migration with its archive. */
  up(text: string, options?: Partial<ArchiveRequest>): Promise<ArchivePlan | undefined>;
  /** Leads back: by default only the rows. */
  down(plan: ArchivePlan | undefined, back?: Back): Promise<void>;
  /** What was said not to be kept. */
  losses(): Promise<readonly string[]>;
  results(): Promise<readonly Kept[]>;
  conflicts(): Promise<readonly string[]>;
}

const grammar = await loadGrammar();

export async function archived(driver: Driver, setup: string, end: () => Promise<void>): Promise<Archived> {
  const session = await driver.connect();
  const run = async (...batch: readonly (string | Sql)[]): Promise<void> => {
    await session.transaction(batch.map((one) => (typeof one === "string" ? { text: one, script: true } : one)));
  };
  await run(setup);
  const rows = async <Row>(text: string): Promise<readonly Row[]> => session.query<Row>({ text });
  return {
    session,
    rows,
    sql: run,
    async contents() {
      const tables = await rows<{ name: string }>(
        `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN
          ('pg_catalog', 'information_schema', 'clew_archive') AND c.relnamespace::regnamespace::text NOT LIKE 'pg_t%' ORDER BY 1`,
      );
      const texts: string[] = [];
      for (const { name } of tables) {
        const [row] = await rows<{ text: string | null }>(
          `SELECT CASE WHEN count(*) > 1000 THEN count(*) || ' ' || md5(string_agg(t::text, E'\\n' ORDER BY t::text))
            ELSE string_agg(t::text, E'\\n' ORDER BY t::text) END AS text FROM ONLY ${name} t`,
        );
        texts.push(`${name}\n${row!.text ?? ""}`);
      }
      return texts.join("\n\n");
    },
    async up(text, options = {}) {
      const before = await introspect(session);
      const { statements } = read(text, grammar);
      const after = fold(before, statements, { grammar }).catalog;
      const plan = planArchive({
        id: randomUUID(),
        version: "1",
        run: randomUUID(),
        before,
        after,
        statements,
        grammar,
        ...options,
      });
      await run(
        ...(plan?.first ?? []),
        ...statements.map((statement) => ({ text: statement.text })),
        ...(plan?.last ?? []),
      );
      if (plan) await run(...plan.later);
      return plan;
    },
    async down(plan, back = ({ rows: all }) => [all]) {
      const undo = undoArchive(plan!.needs);
      const pieces = back(undo).flatMap((piece) =>
        typeof piece === "string" ? [{ text: piece, script: true }] : piece,
      );
      await run(...undo.first, ...pieces, ...undo.last);
    },
    losses: async () =>
      (await rows<{ text: string }>("SELECT relation || ': ' || what AS text FROM clew_archive.loss ORDER BY 1")).map(
        ({ text }) => text,
      ),
    results: () => rows<Kept>("SELECT relation, kept, restored, conflicts FROM clew_archive.result ORDER BY relation"),
    conflicts: async () =>
      (
        await rows<{ text: string }>(
          "SELECT concat_ws(' ', relation, nullif(row, ''), what) AS text FROM clew_archive.conflict ORDER BY 1",
        )
      ).map(({ text }) => text),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await end();
    },
  };
}

/** On a native server, as its superuser, or as an ordinary role that owns the database and nothing else. */
export async function archivedHere(setup: string, server: Server, owner?: string): Promise<Archived> {
  const database: Database = await freshDatabase({ server });
  if (owner === undefined) return archived(pg(await database.client()), setup, () => database.drop());
  await database.sql(`DO $$BEGIN CREATE ROLE ${owner} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$`);
  await database.sql(`ALTER DATABASE ${database.name} OWNER TO ${owner}`);
  const client = new Client(server.url({ database: database.name, user: owner }));
  client.on("error", () => undefined);
  await client.connect();
  return archived(pg(client), setup, async () => {
    await client.end();
    await database.drop();
  });
}

export const startArchiveServer = (): Promise<Server> =>
  startServer({ major: Number(process.env["PG_MAJOR"] ?? 17) as Major });
