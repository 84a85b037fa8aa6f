// Owns the class of a whole rollback, from those of its parts.
import type { RollbackClass, RollbackRow } from "../store/state.ts";

/** The class of a whole from those of its segments. */
export function worstOf(segments: readonly Pick<RollbackRow, "class" | "reason">[]): {
  readonly class: RollbackClass;
  readonly reason?: string;
} {
  const worst = segments.reduce((most, segment) => (severity[segment.class] > severity[most.class] ? segment : most));
  return worst.reason === null ? { class: worst.class } : { class: worst.class, reason: worst.reason };
}

const severity: Readonly<Record<RollbackClass, number>> = { exact: 0, "needs-data": 1, lossy: 2, impossible: 3 };
