// Owns what is told of a database on which a run did not end well: each situation in words, with what is right to do about it.
import type { Target } from "../store/state.ts";

/** What can be done about a situation. */
export type RecoveryAction =
  /** Goes on where the migration stopped. */
  | "resume"
  /** The statement in doubt has had its effect. */
  | "mark-applied"
  /** The statement in doubt has had none: it runs again. */
  | "mark-not-applied"
  /** What has run of the migration is taken back. */
  | "rollback"
  /** What it has destroyed is put back from a backup. Offered by the command, which knows of backups. */
  | "restore"
  /** The migration counts as applied, and nothing of it is run. */
  | "skip"
  /** Indexes that are not valid are built again. */
  | "rebuild-indexes";

/** Something that is not as it should be. */
export interface Situation {
  readonly state: "partly-applied" | "in-doubt" | "failed" | "partly-rolled-back" | "invalid-indexes";
  /** The migration; absent where it is of none. */
  readonly version?: string;
  readonly name?: string;
  /** What was applied, what was not, what is in doubt and how to tell: a line each. */
  readonly words: readonly string[];
  /** Best first. */
  readonly actions: readonly { readonly do: RecoveryAction; readonly words: string }[];
}

/** What `recovery.look` returns. */
export interface RecoveryReport {
  readonly kind: "recovery";
  /** `running`: a run is at work, which is left alone. `in-doubt` goes before `broken`. */
  readonly outcome: "sound" | "broken" | "in-doubt" | "running";
  readonly target: Target;
  /** The last run that never said how it ended. */
  readonly interrupted?: { readonly run: string; readonly who: string; readonly since: string };
  readonly situations: readonly Situation[];
}
