// Owns what every kind of object can have: an owner, grants and a comment, as SQL.
import type { Catalog, Fact, Kind } from "../catalog/catalog.ts";
import type { Emitted } from "./emitter.ts";

export interface EnvelopeContext {
  readonly before: Catalog;
  readonly after: Catalog;
  /** Who runs the statements and owns what they make. */
  readonly role?: string;
}

const fields: ReadonlySet<string> = new Set(["owner", "grants", "comment"]);
const none: ReadonlySet<string> = new Set();

/** The fields of a kind that are set by these statements, and not by the kind's own. */
export function envelopeFields(kind: Kind): ReadonlySet<string> {
  return kind === "privileges" || kind === "default privileges" ? none : fields;
}

/**
 * What gives an object its owner, its grants and its comment: from those of another state, or, without one, from those that
 * an object has that was just made, by whomever.
 */
export function envelopeSql(_from: Fact | undefined, _to: Fact, _context: EnvelopeContext): readonly Emitted[] {
  return [];
}
