// Owns the shape of a diagnosis: what was looked at, what was found, and the mend.

/** What was found of one thing. */
export interface Finding {
  /** What was looked at: `channel`, `connection`, `clock`, … */
  readonly name: string;
  readonly state: "well" | "warning" | "error";
  readonly said: string;
  /** What to do about it. */
  readonly help?: string;
}

/** The channel that was chosen, and what it can do. */
export interface ChannelFound {
  readonly kind: "driver" | "direct" | "session-pooler" | "transaction-pooler" | "embedded" | "login" | "api";
  readonly why: string;
  /** Statements that refuse a transaction can run, such as CREATE INDEX CONCURRENTLY. */
  readonly alone: boolean;
  /** Settings, locks and temporary tables of the session hold from one statement to the next. */
  readonly session: boolean;
  /** Seconds that one migration may take; null for no limit of the channel's own. */
  readonly seconds: number | null;
}

/** What `diagnose` finds. */
export interface Diagnosis {
  readonly kind: "doctor";
  /** `ill` where something keeps migrations from running as they should. */
  readonly outcome: "well" | "ill";
  /** Null where nothing says where the database is. */
  readonly channel: ChannelFound | null;
  readonly findings: readonly Finding[];
}
