// Owns what is told of rows: how many the archive keeps for a rollback, and what became of them when it ran.
import type { ArchiveNeeds } from "../archive/needs.ts";
import type { Session } from "../driver.ts";
import type { Plan, Step } from "../plan/plan.ts";
import type { Work } from "../run/run.ts";
import type { ReportFinding, RowTally, RunReport } from "../report.ts";
import { textArray } from "../store/bind.ts";
import type { KeptRollback } from "../store/state.ts";

/** The archives that a rollback gives rows back from. */
export function archivesOf(segments: readonly Pick<KeptRollback, "archive">[]): readonly string[] {
  return segments.flatMap(({ archive }) => {
    if (archive === null) return [];
    const { id, tables, sequences, jobs } = JSON.parse(archive) as ArchiveNeeds;
    return tables.length + sequences.length > 0 || jobs ? [id] : [];
  });
}

/** Those whose rows are in a backup. */
export function outsideOf(segments: readonly Pick<KeptRollback, "archive">[]): readonly ArchiveNeeds[] {
  const all = segments.flatMap(({ archive }) => (archive === null ? [] : [JSON.parse(archive) as ArchiveNeeds]));
  return all.filter(({ outside }) => outside !== undefined);
}

interface Told {
  readonly archive: string;
  readonly kept: number;
  readonly restored: number;
  readonly conflicts: number;
  readonly named: readonly { readonly relation: string; readonly row: string; readonly what: string }[];
}

const question = `SELECT a.id AS archive,
  coalesce(r.kept, (SELECT sum(c.rows) FROM clew_archive.capture c WHERE c.archive = a.id), 0)::float8 AS kept,
  coalesce(r.restored, 0)::float8 AS restored, coalesce(r.conflicts, 0)::float8 AS conflicts,
  (SELECT coalesce(json_agg(n), '[]') FROM (SELECT relation, row, what FROM clew_archive.conflict WHERE archive = a.id LIMIT 5) n) AS named
FROM clew_archive.archive a LEFT JOIN (SELECT archive, sum(kept) AS kept, sum(restored) AS restored, sum(conflicts) AS conflicts
  FROM clew_archive.result GROUP BY archive) r ON r.archive = a.id
WHERE a.id = ANY (cast(cast($1 AS text) AS uuid[]))`;

async function ask(session: Session, steps: readonly Step[]): Promise<ReadonlyMap<string, readonly Told[]>> {
  const ids = steps.flatMap(({ archives = [] }) => archives);
  if (ids.length === 0) return new Map();
  // Of rows in a backup the database knows nothing before it has given them back.
  const [here] = await session.query<{ there: boolean }>({
    text: "SELECT pg_catalog.to_regclass('clew_archive.conflict') IS NOT NULL AS there",
  });
  if (here?.there !== true) return new Map();
  const told = await session.query<Told>({ text: question, values: [textArray(ids)] });
  const byId = new Map(told.map((one) => [one.archive, one]));
  return new Map(
    steps.flatMap(({ step, archives = [] }) =>
      archives.length === 0 ? [] : [[step.version, archives.flatMap((id) => byId.get(id) ?? [])] as const],
    ),
  );
}

/** The plan of a rollback, with the rows that are kept for each step, and those that it will keep itself. */
export async function withKeptRows(
  session: Session,
  { plan, steps, findings }: Work,
): Promise<Plan & { readonly findings: readonly ReportFinding[] }> {
  const told = await ask(session, steps);
  const { keepingFindings } = await import("./keep.ts");
  return {
    ...plan,
    steps: steps.map(({ step }) => ({ ...step, ...rowsOf(told.get(step.version)) })),
    findings: [...findings, ...(await keepingFindings(session, steps))],
  };
}

/** The report of a rollback, with what became of the rows; those that were left as they are become warnings. */
export async function withRestoredRows(
  session: Session,
  rolledBack: RunReport,
  steps: readonly Step[],
): Promise<RunReport> {
  const { withOwnRows } = await import("./keep.ts");
  const report = await withOwnRows(session, rolledBack);
  const told = await ask(session, steps);
  const findings = report.steps.flatMap(({ version, status }): readonly ReportFinding[] =>
    status === "rolled-back" ? (told.get(version) ?? []).flatMap((one) => conflictFinding(version, one)) : [],
  );
  return {
    ...report,
    steps: report.steps.map((step) => ({ ...step, ...rowsOf(told.get(step.version)) })),
    findings: [...report.findings, ...findings],
  };
}

function rowsOf(told: readonly Told[] | undefined): { readonly rows: RowTally } {
  if (told === undefined) return { rows: { kept: 0, restored: 0, conflicts: 0, none: true } };
  const sum = (field: "kept" | "restored" | "conflicts"): number => told.reduce((total, one) => total + one[field], 0);
  return { rows: { kept: sum("kept"), restored: sum("restored"), conflicts: sum("conflicts") } };
}

function conflictFinding(version: string, { archive, conflicts, named }: Told): readonly ReportFinding[] {
  if (conflicts === 0) return [];
  const rows = named.map(({ relation, row, what }) => `${relation} ${row}: ${what}`);
  const more = conflicts > rows.length ? [`… and ${conflicts - rows.length} more`] : [];
  return [
    {
      code: "ROWS_LEFT",
      severity: "warning",
      message: `${version}: ${conflicts} rows do not come back as they were, for something was changed after the migration: ${[...rows, ...more].join("; ")}`,
      help: `Their former values are in clew_archive."rows ${archive}"; clew_archive.conflict names them all.`,
      version,
    },
  ];
}
