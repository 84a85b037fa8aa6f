// Owns what a rollback keeps of its own: rows of tables and columns that it takes away, which were filled since the migration ran.
import { randomUUID } from "node:crypto";
import { classify, invert, loadGrammar, type Loss, type Statement } from "@clew/sql-analyzer";
import { sweep } from "../archive/capture.ts";
import { refuseLargeArchive } from "../archive/limit.ts";
import { emptied } from "../archive/outside.ts";
import { planArchive, type ArchivePlan } from "../archive/plan.ts";
import type { Session, Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Step } from "../plan/plan.ts";
import type { ReportFinding, RunReport } from "../report.ts";
import { ownWrite } from "../run/settings.ts";
import { withoutOurs } from "../schema/ours.ts";
import { identifier, literal, textArray } from "../store/bind.ts";
import { statementsOf, type Thread, type ThreadOptions } from "./thread.ts";

/** Begins to follow a rollback. Nothing is kept where nothing was filled. */
export async function startKeeping({
  author,
  settings,
  role,
  books,
  mayArchive,
  outside,
}: ThreadOptions): Promise<Thread> {
  const grammar = await loadGrammar();
  let planned: { readonly step: Step; readonly ordinal: number; readonly plan: ArchivePlan | undefined } | undefined;
  let kept = false;
  const loaded = new Set<string>();
  const load = async ({ step, outside: all = [] }: Step): Promise<void> => {
    for (const needs of all.filter(({ id }) => !loaded.has(id))) {
      if (!outside) throw withoutBackup(step.version, needs.outside!);
      await outside.load(needs);
      loaded.add(needs.id);
    }
  };
  const plan = async (
    session: Session,
    { step }: Step,
    statements: readonly Statement[],
  ): Promise<ArchivePlan | undefined> => {
    // What is synthesised writes to no table but by the archive's functions, which leave alone what was written since.
    const gone = step.rollback === "synthesised";
    // Of what gets its former name on the way nobody can ask by that name yet.
    if (gone && !statements.some(renames) && (await filled(session, statements, 1)).length === 0) return undefined;
    const before = withoutOurs(await introspect(session), books.history);
    const { after, anew, moves } = invert(statements, before, { grammar, role });
    const { archiveDays: days, archiveLimit: limit } = settings;
    const about = { id: randomUUID(), version: step.version, run: author.run, days, limit, direction: "down" } as const;
    const made = planArchive({ ...about, before, after, anew, renames: moves, statements, grammar, gone });
    if (made) await refuseLargeArchive(session, made.needs, limit);
    return made;
  };
  return {
    async before(session, step, ordinal, segment) {
      await load(step);
      if (segment.kind !== "transaction" || !settings.archive || !mayArchive) return { first: [], last: [] };
      if (planned?.step !== step || planned.ordinal !== ordinal) {
        const statements = statementsOf(step.script, segment, grammar);
        planned = { step, ordinal, plan: await plan(session, step, statements) };
      }
      if (planned.plan === undefined) return { first: [], last: [] };
      kept = true;
      const { first, last, needs } = planned.plan;
      return { first, last: [...last, tidy(needs.id)] };
    },
    after: async () => undefined,
    forget() {
      planned = undefined;
    },
    async end(session) {
      if (kept) await session.transaction(sweep, ownWrite).catch(() => undefined);
      for (const id of loaded) await session.transaction([{ text: emptied(id) }], ownWrite).catch(() => undefined);
      return [];
    },
  };
}

function withoutBackup(version: string, backup: string): ClewError {
  return new ClewError("NO_ROLLBACK", `the rows of ${version} are in backup ${backup}; nothing was run`, {
    version,
    help: "Roll it back over a direct connection, where the place of the backup is known (backupTo, --at).",
  });
}

/** At the end: what could not be copied must not go; of what was empty there is no archive. */
function tidy(id: string): Sql {
  return {
    text: `DO $clew$DECLARE lost text; BEGIN
SELECT relation || ': ' || what INTO lost FROM clew_archive.loss WHERE archive = ${literal(id)} AND what LIKE 'it could not be copied%' LIMIT 1;
IF lost IS NOT NULL THEN RAISE EXCEPTION 'rows that this rollback would take away cannot be kept: %', lost; END IF;
IF NOT EXISTS (SELECT FROM clew_archive.capture WHERE archive = ${literal(id)} AND rows > 0) THEN
  DELETE FROM clew_archive.capture WHERE archive = ${literal(id)};
  DELETE FROM clew_archive.archive WHERE id = ${literal(id)};
  DROP TABLE clew_archive.${identifier(`rows ${id}`)};
END IF;
END$clew$`,
  };
}

const renames = ({ ast = {} }: Statement): boolean => "RenameStmt" in ast || "AlterObjectSchemaStmt" in ast;

interface Filled {
  /** As SQL. */
  readonly table: string;
  readonly rows: number;
}

/** Tables with rows that statements take away, or with values of columns that they do; counted up to a limit. */
async function filled(session: Session, statements: readonly Statement[], most: number): Promise<readonly Filled[]> {
  const losses = statements.flatMap((statement) => classify(statement).destroys.flatMap(goneBy));
  if (losses.length === 0) return [];
  const list = losses
    .map(
      ({ table, columns, names }) => `(${literal(table)}, ${literal(columns)}, ${literal(textArray(names))}::text[])`,
    )
    .join(", ");
  const found = await session.query<{ table: string; columns: string; hidden: boolean }>({
    text: `SELECT w.name AS table, w.columns, c.relrowsecurity AND c.relforcerowsecurity AS hidden
FROM (VALUES ${list}) w(name, columns, names) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(w.name)
WHERE c.relkind IN ('r', 'p') AND w.names <@ (SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped)`,
  });
  if (found.length === 0) return [];
  const counts = found.map(({ table, columns, hidden }) => {
    const rows = `SELECT FROM ${table}${columns === "" ? "" : ` WHERE ${columns}`} LIMIT ${String(most)}`;
    // Policies that hold for the owner as well may hide what is there.
    const least = hidden ? "greatest(count(*), 1)" : "count(*)";
    return `SELECT ${literal(table)} AS table, ${least}::float8 AS rows FROM (${rows}) r`;
  });
  const counted = await session.query<Filled>({ text: counts.join(" UNION ALL ") });
  return counted.filter(({ rows }) => rows > 0);
}

/** A table, and the condition by which its rows are concerned: that one of these columns has a value. */
function goneBy(loss: Loss): readonly Concerned[] {
  if (loss.what === "object")
    return loss.type === "TABLE" ? [{ table: loss.name.map(identifier).join("."), columns: "", names: [] }] : [];
  if (!("relation" in loss) || loss.relation === undefined) return [];
  const { schema, name } = loss.relation;
  const table = [...(schema === undefined ? [] : [schema]), name].map(identifier).join(".");
  const names = loss.what === "columns" ? loss.columns : [];
  return [{ table, columns: names.map((column) => `${identifier(column)} IS NOT NULL`).join(" OR "), names }];
}

interface Concerned {
  readonly table: string;
  readonly columns: string;
  readonly names: readonly string[];
}

const countedTo = 1_000_000;

/** What a rollback that is planned will keep. */
export async function keepingFindings(session: Session, steps: readonly Step[]): Promise<readonly ReportFinding[]> {
  const grammar = await loadGrammar();
  const findings: ReportFinding[] = [];
  for (const { step, script } of steps) {
    const statements = script.segments.flatMap((segment) => statementsOf(script, segment, grammar));
    for (const { table, rows } of await filled(session, statements, countedTo)) {
      const count = rows < countedTo ? String(rows) : `${String(rows)} or more`;
      const message = `${step.version}: ${count} rows of ${table} go, or values in them; they will be kept in clew_archive`;
      findings.push({ code: "ROWS_KEPT", severity: "info", message, version: step.version });
    }
  }
  return findings;
}

interface Told {
  readonly version: string;
  readonly id: string;
  readonly table: string;
  readonly what: string;
  readonly rows: number;
  readonly moment: string;
  /** Those that can be written. */
  readonly columns: readonly string[];
  readonly until: string;
}

const question = `SELECT a.version, a.id, pg_catalog.format('%I.%I', r.schema, r.name) AS table, c.what, c.rows::float8 AS rows,
  c.moment::text AS moment, (SELECT coalesce(pg_catalog.json_agg(f.value ->> 'name' ORDER BY f.key::integer), '[]')
    FROM pg_catalog.jsonb_each(r.columns) f WHERE NOT (f.value -> 'generated')::boolean) AS columns, coalesce(pg_catalog.to_char(a.expires_at, 'YYYY-MM-DD'), 'ever') AS until
FROM clew_archive.archive a JOIN clew_archive.capture c ON c.archive = a.id
  JOIN clew_archive.relation r ON r.archive = a.id AND r.oid = c.oid
WHERE a.run = $1 AND a.direction = 'down' AND c.rows > 0 ORDER BY c.moment`;

/** The report of a rollback, with what it has kept and where that is. */
export async function withOwnRows(session: Session, report: RunReport): Promise<RunReport> {
  const [here] = await session.query<{ there: boolean }>({
    text: "SELECT pg_catalog.to_regclass('clew_archive.archive') IS NOT NULL AS there",
  });
  if (here?.there !== true || report.run === null) return report;
  const told = await session.query<Told>({ text: question, values: [report.run] });
  const findings = told.map(({ version, id, table, what, rows, moment, columns, until }): ReportFinding => {
    const place = `clew_archive.${identifier(`rows ${id}`)}`;
    const names = columns.map(identifier);
    const values = names.map((name) => `(r).${name}`).join(", ");
    const insert = `INSERT INTO ${table} (${names.join(", ")}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM (SELECT was::${table} AS r FROM ${place} WHERE moment = ${moment}) x`;
    const help =
      what === "table"
        ? `Once the table is there again: ${insert}; they are kept until ${until}.`
        : `They are the rows with moment = ${moment}, as texts of records; clew_archive.relation names their columns. They are kept until ${until}.`;
    const message = `${version}: ${String(rows)} rows of ${table} that the rollback took away, or values in them, are kept in ${place}`;
    return { code: "ROWS_KEPT", severity: "info", message, help, version };
  });
  return { ...report, findings: [...report.findings, ...findings] };
}
