// Owns what is tried again, and when.

/** Doubles from half a second, up to half a minute, with jitter, so that several runners do not meet again. */
export function backoff(attempt: number): number {
  return Math.round(Math.min(30, 0.5 * 2 ** (attempt - 1)) * (0.5 + Math.random()) * 100) / 100;
}

/** Whether the same may well succeed a moment later. */
export function isTransient(sqlstate: string | undefined): boolean {
  return sqlstate === "55P03" || sqlstate === "40P01" || sqlstate === "40001"; // SQLSTATE 55P03, 40P01, 40001
}
