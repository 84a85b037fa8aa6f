// Owns the removal of secrets from what Clew says: connection strings, keys, passwords in SQL, rows in the server's details.

const patterns: readonly (readonly [RegExp, string])[] = [
  // user:password@host of any URL; of bounded length, as a long word without :// would be read from each of its letters
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@'"]{0,256}):[^\s@'"]{0,4096}@/gi, "$1:***@"],
  // JSON Web Tokens, Supabase's keys and access tokens, AWS's, age's
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, "***"],
  [/\bsb(?:p|_secret|_publishable)_[\w-]{8,}/g, "***"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "***"],
  [/\bAGE-SECRET-KEY-1[A-Z0-9]{8,}/gi, "***"],
  // What stands behind a header that holds a key
  [/(?<![a-z0-9])(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"',;]+/gi, "$1***"],
  [
    /(?<![a-z0-9])(x-api-key|api-?key|service[_-]role[_-]key|secret[_-]access[_-]key)(["']?\s*[:=]\s*["']?)[^\s"',;*][^\s"',;]*/gi,
    "$1$2***",
  ],
  // PASSWORD 'x', password=x, password: "x", in SQL and connection settings; a quote left open before it is none of its own
  [
    /(?<![a-z0-9])(password|passwd|pwd|secret|service_key|apikey|api_key|token)(\s*(?:=>|[=:])\s*|\s+)(?:E?'(?:(?!password\s+E?')[^']|'')*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\3\$)/gi,
    "$1$2'***'",
  ],
  [/(?<![a-z0-9])(password|pgpassword)=(?!['"])[^\s&;]+/gi, "$1=***"],
  // Rows, as DETAIL shows them: https://www.postgresql.org/docs/current/errcodes-appendix.html, class 23
  [
    /(\)=\()[\s\S]{0,8192}?(\) (?:already exists|is not present|is still referenced|is duplicated|conflicts with)|\)\.?$)/gm,
    "$1***$2",
  ],
  [/(\bFailing row contains \()[\s\S]{0,8192}?(\)\.?$)/gm, "$1***$2"],
];

/** The text without what looks like a secret, and without the values given. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // One secret may be the beginning of another.
  const longestFirst = secrets.length > 1 ? secrets.toSorted((a, b) => b.length - a.length) : secrets;
  for (const secret of longestFirst) if (secret.length > 0) clean = clean.replaceAll(secret, "***");
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}

/** The server's DETAIL without the values of rows, in whatever language it speaks: what is in the parentheses behind the columns. */
export function redactDetail(detail: string, sqlstate: string | undefined): string {
  // SQLSTATE 23502, 23514: "Failing row contains (…)"
  if (sqlstate === "23502" || sqlstate === "23514") return detail.replace(/\([\s\S]*\)/, "(***)");
  return redact(detail.replace(/\)=\([\s\S]*\)/, ")=(***)"));
}
