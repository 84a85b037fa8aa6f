// Owns the plan: which migrations run, in which segments, against which history. Pure; the plan is plain data.
import type { ArchiveNeeds } from "../archive/needs.ts";
import { createHash } from "node:crypto";
import type { ClewError } from "../errors.ts";
import type { Script } from "../files/prepare.ts";
import type { MigrationFile } from "../files/read.ts";
import type { StepEffects } from "./effects.ts";
import type { Proof, ReportFinding, RowTally } from "../report.ts";
import type { Direction, HistoryRow, RollbackClass, SegmentRow, Target } from "../store/state.ts";

/** One migration of a plan. */
export interface PlanStep {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
  /** SHA-256 of the text that will run: of the file, or of the rollback. */
  readonly text: string;
  /** SHA-256 of the hand-written rollback. */
  readonly down?: string;
  readonly direction: Direction;
  /**
   * `again`: it is applied already, and forced; a part may have run again. `resume`: a part of it has run. `part`: of a
   * rollback, only a part of the migration was applied.
   */
  readonly mode: "whole" | "resume" | "again" | "part";
  readonly statements: number;
  readonly segments: readonly PlanSegment[];
  /** Where its rollback comes from; of a migration that is to be applied `synthesised` where one will be kept. */
  readonly rollback: "hand-written" | "synthesised" | "none";
  /** How much the rollback gives back; absent where nobody has looked. */
  readonly class?: RollbackClass;
  /** Why it is not `exact`. */
  readonly reason?: string;
  /** What a proof in a scratch database has shown. */
  readonly proof?: Proof;
  /** What the proof of a plan goes by; of a rollback that was kept it is in the journal. */
  readonly evidence?: PlanEvidence;
  /** Rows that are kept for it. */
  readonly rows?: RowTally;
  /** The statements of a rollback that was synthesised. */
  readonly sql?: readonly string[];
  /** What it does to relations; absent where nobody has looked. */
  readonly effects?: StepEffects;
}

/** What was seen of a rollback in a scratch database. */
export interface PlanEvidence {
  readonly scratch?: { readonly place: "embedded" | "server"; readonly server: string };
  /** Why it is not `proved`. */
  readonly reason?: string;
  /** What is not as it was before, in words. */
  readonly differences?: readonly string[];
  /** How many generated rows were there. */
  readonly rows?: number;
  /** SHA-256 of the rollback that was tried, of the schema before the migration, and of the schema after it. */
  readonly inverse?: string;
  readonly before?: string;
  readonly after?: string;
}

/** A run of statements with one fate, in a plan. */
export interface PlanSegment {
  readonly kind: "transaction" | "alone";
  readonly done: boolean;
  readonly fingerprint: string;
  /** Kinds of its statements with how often each stands in it. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** What a run would do, on top of which history of which database. Plain data. */
export interface Plan {
  /** A hash over what would run, on which database, on top of which history: the same plan has the same id. */
  readonly id: string;
  /** The newest applied version that the plan was made against. */
  readonly base: string | null;
  /** The history that the plan was made against: `<version>_<name>`. */
  readonly history: readonly string[];
  readonly target: Target;
  readonly steps: readonly PlanStep[];
}

/** A plan with what is to be said of it. */
export type Foretold = Plan & { readonly findings: readonly ReportFinding[] };

/** A step with what is needed to run it. */
export interface Step {
  readonly step: PlanStep;
  readonly script: Script;
  /** The segments that have run, or were begun, in earlier runs. */
  readonly begun: readonly SegmentRow[];
  /** The archives that a rollback gives rows back from. */
  readonly archives?: readonly string[];
  /** Those of them whose rows are in a backup. */
  readonly outside?: readonly ArchiveNeeds[];
  /** Why it cannot run, in a run that skips what fails. */
  readonly refused?: ClewError;
}

/** Makes the step of one migration. */
export function makeStep(
  file: MigrationFile,
  script: Script,
  direction: Direction,
  segments: readonly SegmentRow[],
  again: boolean,
): Step {
  const begun = segments.filter((row) => row.version === file.version && row.direction === direction);
  const done = new Set(begun.filter((row) => row.state === "done").map((row) => row.ordinal));
  return {
    script,
    begun,
    step: {
      version: file.version,
      name: file.name,
      path: script.path,
      checksum: file.checksum,
      text: sha256(script.text),
      ...(file.downChecksum === undefined || direction === "down" ? {} : { down: file.downChecksum }),
      direction,
      mode: again ? "again" : begun.length > 0 ? "resume" : "whole",
      statements: script.statements,
      segments: script.segments.map((segment, ordinal) => ({
        kind: segment.kind,
        done: done.has(ordinal),
        fingerprint: segment.fingerprint,
        kinds: countKinds(segment.statements),
      })),
      rollback: file.down === undefined ? "none" : "hand-written",
    },
  };
}

/** Puts steps together into a plan with its id. */
export function makePlan(
  steps: readonly PlanStep[],
  base: string | null,
  history: readonly HistoryRow[],
  target: Target,
): Plan {
  const rows = history.map(({ version, name }) => (name ? `${version}_${name}` : version));
  const { database, identity = null } = target;
  // Where the files lie is another matter on each machine.
  const what = steps.map((step) => ({ ...step, path: undefined }));
  const id = sha256(JSON.stringify({ base, rows, target: [database, identity], what })).slice(0, 16);
  return { id, base, history: rows, target, steps };
}

/** As of files: line ends of Windows change nothing. */
function sha256(text: string): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
}

function countKinds(statements: readonly { readonly kind: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of statements) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
