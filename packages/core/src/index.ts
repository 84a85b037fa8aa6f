// The public face of @clew/core.
export { MigrationExecutor } from "./executor.ts";
export type { KeptRows } from "./archive/kept-rows.ts";
export type { Outside, OutsideRequest } from "./archive/outside.ts";
export type { ExecuteOptions, ExecutorOptions, PlanOptions } from "./options.ts";
export type { ProofDemand } from "./prove/demand.ts";
export type { ScratchPlace } from "./prove/scratch.ts";
export { pg, type PgClient, type PgOptions, type PgPool } from "./drivers/pg.ts";
export { pglite, type PGliteClient } from "./drivers/pglite.ts";
export { supabase, type SupabaseClient, type SupabaseOptions } from "./drivers/supabase.ts";
export type { SupabaseKeys } from "./supabase/key.ts";
export {
  SessionError,
  type BatchOptions,
  type Driver,
  type Fault,
  type Refused,
  type Session,
  type Sql,
} from "./driver.ts";
export {
  ClewError,
  errorCodes,
  exitStatus,
  isClewError,
  type Blocker,
  type ErrorCode,
  type ErrorData,
  type ErrorPlace,
} from "./errors.ts";
export type { Observe, RunEvent } from "./events.ts";
export type { Destroyed, DestroyedTable } from "./archive/destroyed.ts";
export type { Check, CheckContext } from "./checks.ts";
export type { Foretold, Plan, PlanEvidence, PlanSegment, PlanStep } from "./plan/plan.ts";
export type { StepEffects } from "./plan/effects.ts";
export type { StepLoss } from "./plan/losses.ts";
export { planChanges, type Approval, type ApprovalDemand } from "./run/approval.ts";
export {
  outcomeExit,
  type Looked,
  type Proof,
  type ReportFinding,
  type RowTally,
  type RunFigures,
  type RunOutcome,
  type RunReport,
  type StatementFigures,
  type StatusReport,
  type StatusStep,
  type StepReport,
  type UntoldFigure,
} from "./report.ts";
export { proofExit, type ProofReport, type ProofStep } from "./prove/report.ts";
export type { ProveOptions } from "./prove/request.ts";
export type { AdoptOptions, AdoptReport } from "./adopt/adopt.ts";
export { toolNames, type ToolName } from "./adopt/tools.ts";
export type { BaselineOptions, BaselineReport } from "./history/baseline.ts";
export type { HistoryDesk } from "./history/desk.ts";
export type { Keep, Label, Mend, Unmended } from "./history/mend.ts";
export type { Mark, MarkReport } from "./history/mark.ts";
export type { RepairOptions, RepairReport } from "./history/repair.ts";
export { defaultSettings, type RunSettings } from "./run/settings.ts";
export type { HistoryTable } from "./store/bind.ts";
export type { Extent } from "./rollback/ways.ts";
export type { Direction, RollbackClass, Target } from "./store/state.ts";
export {
  connectionOptions,
  openUrl,
  type Connecting,
  type ConnectionOptions,
  type Opened,
  type Pooler,
} from "./connect.ts";
export {
  databaseFromEnvironment,
  databaseVariables,
  environmentOf,
  environmentWith,
  keyVariables,
  supabaseFromEnvironment,
} from "./environment.ts";
export { redact } from "./redact.ts";
export { toolVersion } from "./version.ts";
export type { SchemaDifference } from "./schema/difference.ts";
export type { SchemaDrift } from "./schema/drift.ts";
export type { Platform } from "./schema/platform.ts";
export type { RecoveryDesk } from "./recover/desk.ts";
export type { RecoveryAction, RecoveryReport, Situation } from "./recover/report.ts";
