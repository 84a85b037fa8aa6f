// Owns the reading of journal and catalog for what an earlier run has left: nothing is changed by it.
import { loadGrammar } from "@clew/sql-analyzer/reading";
import { isSessionError, type Session } from "../driver.ts";
import { placeOf, prepare, type Script } from "../files/prepare.ts";
import type { Folder, MigrationFile } from "../files/read.ts";
import type { Comparison } from "../plan/compare.ts";
import { redact } from "../redact.ts";
import { settle, type Settled } from "../run/effects.ts";
import type { SegmentRow, State } from "../store/state.ts";
import type { RecoveryReport, Situation } from "./report.ts";

/** What is known of files and history. */
export interface Look {
  readonly folder: Folder;
  readonly state: State;
  readonly comparison: Comparison;
}

/** An index that is not valid, by its name as SQL. */
export interface InvalidIndex {
  readonly index: string;
  readonly relation: string;
}

/** Says what is not as it should be, and what is right to do about it. */
export async function lookForRecovery(session: Session, look: Look): Promise<RecoveryReport> {
  const { state } = look;
  const report = { kind: "recovery", target: state.target } as const;
  if (state.lease?.alive) return { ...report, outcome: "running", situations: [] };
  const situations = [
    ...(await ofSegments(session, look)),
    ...ofFailures(look),
    ...ofIndexes(await invalidIndexes(session)),
  ];
  const outcome = situations.some((one) => one.state === "in-doubt")
    ? "in-doubt"
    : situations.length > 0
      ? "broken"
      : "sound";
  const interrupted = await interruptedRun(session, state);
  return { ...report, outcome, ...(interrupted ? { interrupted } : {}), situations };
}

/** An index that a failed CREATE INDEX CONCURRENTLY has left is kept up to date, and never used. */
export async function invalidIndexes(session: Session): Promise<readonly InvalidIndex[]> {
  return session.query<InvalidIndex>({
    text: `SELECT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS relation
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_temp' AND c.relkind = 'i'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1`,
  });
}

async function ofSegments(session: Session, { folder, state, comparison }: Look): Promise<readonly Situation[]> {
  const applied = new Set(state.history.map(({ version }) => version));
  const begun = Map.groupBy(state.segments, ({ version }) => version);
  const found: Situation[] = [];
  for (const [version, rows] of begun) {
    const down = rows.filter(({ direction }) => direction === "down");
    if (applied.has(version) && down.length > 0) found.push(ofRollback(version, down));
    if (applied.has(version)) continue;
    const file = comparison.pending.find((one) => one.version === version);
    const up = rows.filter(({ direction }) => direction === "up");
    if (up.length > 0) found.push(await ofMigration(session, folder, state, version, file, up));
  }
  return found;
}

async function ofMigration(
  session: Session,
  folder: Folder,
  { rollbacks }: State,
  version: string,
  file: MigrationFile | undefined,
  rows: readonly SegmentRow[],
): Promise<Situation> {
  if (file === undefined) {
    const parts = rows.map(
      ({ ordinal, state }) => `part ${ordinal + 1}: ${state === "done" ? "has run" : "was begun"}`,
    );
    return {
      state: rows.some(({ state }) => state === "intended") ? "in-doubt" : "partly-applied",
      version,
      words: [
        `${version} is applied in part, and has no file in ${folder.path}: get it from version control`,
        ...parts,
      ],
      actions: [],
    };
  }
  const script = await prepare(file.path, await loadGrammar());
  const doubts: Settled[] = [];
  const words: string[] = [];
  for (const [ordinal, segment] of script.segments.entries()) {
    const row = rows.find((one) => one.ordinal === ordinal);
    const where = `${placeText(script, ordinal)}:`;
    if (row === undefined) words.push(`${where} has not run`);
    else if (row.state === "done") words.push(`${where} has run`);
    else {
      const settled = await settle(
        session,
        segment.effect ?? { kind: "unknown" },
        segment.settings.map((text) => ({ text })),
        row.before,
      ).catch((error: unknown) => {
        if (!isSessionError(error)) throw error;
        return "unknown" as const;
      });
      doubts.push(settled);
      words.push(`${where} ${doubtText[settled]}`);
    }
  }
  const { name } = file;
  const kept = new Set(rollbacks.filter((row) => row.version === version).map(({ ordinal }) => ordinal));
  const reversible = rows.every(({ ordinal, state }) => state === "done" && kept.has(ordinal));
  const untold = doubts.includes("unknown");
  if (!reversible)
    words.push("where a backup was made before the run, what it has destroyed is in it: `clew backup list`");
  return {
    state: untold || doubts.includes("busy") ? "in-doubt" : "partly-applied",
    version,
    name,
    words: [
      `${file.path} is applied in part: ${rows.filter(({ state }) => state === "done").length} of ${script.segments.length} parts have run`,
      ...words,
    ],
    actions: untold
      ? [
          { do: "mark-applied", words: "what is in doubt has had its effect: go on after it" },
          { do: "mark-not-applied", words: "what is in doubt has had no effect: run it again" },
          skip,
        ]
      : [
          { do: "resume", words: `go on where it stopped (\`clew execute ${version}\`)` },
          ...(reversible ? [{ do: "rollback", words: "take back what has run of it" } as const] : []),
          skip,
        ],
  };
}

const skip = { do: "skip", words: "count it as applied, and run nothing more of it" } as const;

const doubtText: Readonly<Record<Settled, string>> = {
  done: "was begun outside a transaction, and the catalog has its effect",
  "not-done": "was begun outside a transaction, and has had no effect: it can run again",
  busy: "a session is still at it: wait until it ends",
  unknown: "was begun outside a transaction, and the catalog cannot tell whether it took effect: look for what it does",
};

/** `migrations/2_b.sql:2:1 (CREATE INDEX CONCURRENTLY, outside a transaction)` */
function placeText(script: Script, ordinal: number): string {
  const { statements, kind } = script.segments[ordinal]!;
  const first = statements[0];
  if (first === undefined) return `part ${ordinal + 1}`;
  const { path, line, column } = placeOf(script, first.start);
  const what = statements.length > 1 ? `${statements.length} statements from ${first.kind}` : first.kind;
  return `${path}:${line}:${column} (${what}, ${kind === "alone" ? "outside a transaction" : "one transaction"})`;
}

function ofRollback(version: string, rows: readonly SegmentRow[]): Situation {
  const done = rows.filter(({ state }) => state === "done").length;
  return {
    state: "partly-rolled-back",
    version,
    words: [`${version} is applied, and ${done} of the parts of its rollback have run, the rest not`],
    actions: [{ do: "rollback", words: "go on with the rollback" }],
  };
}

/** A migration that failed was rolled back at once: nothing of it is there. */
function ofFailures({ state, comparison }: Look): readonly Situation[] {
  const partly = new Set(state.segments.map(({ version }) => version));
  return comparison.pending.flatMap(({ version, name, path }): readonly Situation[] => {
    const last = state.attempts.find((attempt) => attempt.version === version);
    if (last?.outcome !== "failed" || partly.has(version)) return [];
    const why = [last.sqlstate, last.message].filter(Boolean).join(" ");
    return [
      {
        state: "failed",
        version,
        name,
        words: [`${path} failed on ${last.at}, and nothing of it is there: ${redact(why)}`],
        actions: [{ do: "resume", words: "correct the file, then run it again" }, skip],
      },
    ];
  });
}

function ofIndexes(indexes: readonly InvalidIndex[]): readonly Situation[] {
  if (indexes.length === 0) return [];
  return [
    {
      state: "invalid-indexes",
      words: indexes.map(
        ({ index, relation }) =>
          `the index ${index} of ${relation} is not valid: it is kept up to date, and no query uses it`,
      ),
      actions: [
        { do: "rebuild-indexes", words: "build them again (REINDEX INDEX CONCURRENTLY); nobody is kept from writing" },
      ],
    },
  ];
}

async function interruptedRun(session: Session, { journal }: State): Promise<RecoveryReport["interrupted"]> {
  if (journal === 0) return undefined;
  const [run] = await session.query<{ run: string; who: string; since: string }>({
    text: `SELECT id::text AS run, who, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM clew.run WHERE finished_at IS NULL AND NOT EXISTS (SELECT FROM clew.run later WHERE later.started_at > run.started_at) LIMIT 1`,
  });
  return run;
}
