// Owns the schema of a live database as those see it who look at one moment: read when it is first asked for, and once.
import type { Catalog } from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";

/** A database, and its schema for all who ask. */
export interface Live {
  readonly session: Session;
  /** Throws SessionError, each time the same one, as `introspect` does. */
  readonly schema: () => Promise<Catalog>;
}

/** For one look: who acts on what was found reads the schema again. */
export function liveSchema(session: Session): Live {
  let read: Promise<Catalog> | undefined;
  return { session, schema: () => (read ??= import("./introspect.ts").then(({ introspect }) => introspect(session))) };
}
