// Owns the table by which PostgREST makes HTTP statuses of SQLSTATEs.

/**
 * https://docs.postgrest.org/en/latest/references/errors.html#status-codes, and, for 21000, 22023 and 57P01, what its
 * source says beyond that.
 */
export function httpStatus(sqlstate: string, message: string, authenticated: boolean): number {
  if (sqlstate.startsWith("PT")) return Number(sqlstate.slice(2)) || 500;
  if (sqlstate === "21000") return message.endsWith("requires a WHERE clause") ? 400 : 500;
  if (sqlstate === "22023") return /^role .*does not exist$/.test(message) ? 401 : 400;
  if (sqlstate === "42501") return authenticated ? 403 : 401;
  return exact[sqlstate] ?? byClass[sqlstate.slice(0, 2)] ?? 400;
}

const exact: Readonly<Record<string, number>> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "53400": 500,
  "57P01": 503,
  P0001: 400,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
};

const byClass: Readonly<Record<string, number>> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};
