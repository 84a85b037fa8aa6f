// Owns the types of the tables that Clew reads and writes, as Kysely sees them.
import type { Generated } from "kysely";

/** Supabase's history table, in its full shape; the command line of Supabase makes the first three columns only. */
interface History {
  version: string;
  name: string | null;
  statements: string[] | null;
}

/** Applied migrations, with what Supabase's table has no place for. */
interface Migration {
  version: string;
  name: string;
  checksum: string;
  statements: number;
  run: string;
  who: string;
  tool: string;
  applied_at: Generated<Date>;
}

/** Segments of migrations that are more than one transaction. */
interface Segment {
  version: string;
  direction: string;
  ordinal: number;
  fingerprint: string;
  state: "intended" | "done";
  before: string | null;
  run: string;
  changed_at: Generated<Date>;
}

/** Runs: one row for each that had something to do. */
interface Run {
  id: string;
  kind: string;
  plan: string;
  who: string;
  tool: string;
  started_at: Generated<Date>;
  finished_at: Date | null;
  outcome: string | null;
}

/** Who is at work: one row, taken over when it has expired. */
interface Lease {
  name: string;
  /** A new one for each connection of a run: what an old connection still sends is refused. */
  holder: string;
  who: string;
  token: number;
  expires_at: Date;
}

/** What was tried, failures too. */
interface Attempt {
  id: Generated<number>;
  run: string;
  version: string;
  direction: string;
  outcome: string;
  ms: number | null;
  sqlstate: string | null;
  message: string | null;
  at: Generated<Date>;
}

/** The way back of each segment of the applied migrations. */
interface Rollback {
  version: string;
  ordinal: number;
  class: string;
  reason: string | null;
  statements: string[];
  /** What the archive keeps for it. */
  archive: string | null;
  proof: string | null;
  run: string;
  made_at: Generated<Date>;
}

export interface Database {
  "supabase_migrations.schema_migrations": History;
  "clew.migration": Migration;
  "clew.segment": Segment;
  "clew.run": Run;
  "clew.lease": Lease;
  "clew.attempt": Attempt;
  "clew.rollback": Rollback;
}
