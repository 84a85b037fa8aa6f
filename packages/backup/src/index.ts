// The public face of @clew/backup.
export { createBackup, type CreateOptions, type Wanted } from "./create.ts";
export type { Destination, Draft } from "./destination.ts";
export type { AgeKey, BackupKey } from "./age.ts";
export { readBackupKey, readKey } from "./encryption.ts";
export { fillFromBackup, type Filled, type FillOptions } from "./fill.ts";
export { folder } from "./folder.ts";
export type {
  BackupChunk,
  BackupFile,
  BackupManifest,
  BackupScope,
  BackupSequence,
  BackupTable,
  Encryption,
} from "./manifest.ts";
export type { Progress } from "./progress.ts";
export { planPrune, prune, type RetentionPolicy, type Verdict } from "./prune.ts";
export { restoreModes, type RestoreMode } from "./reconcile.ts";
export { restoreBackup, type RestoredTable, type RestoreOptions, type RestoreReport } from "./restore.ts";
export { listBackups, showBackup, verifyLevels, type BackupSummary, type Verified, type VerifyLevel } from "./store.ts";
export { verifyBackup, type VerifyOptions, type VerifyReport } from "./verify.ts";
export { backupGate, covers, tablesFor, type GateOptions } from "./gate.ts";
export { destinationAt, sharedFate } from "./place.ts";
export { s3, type S3Options } from "./s3.ts";
