// Owns the removal of secrets from what Clew says: connection strings, keys, passwords in SQL.

const patterns: readonly (readonly [RegExp, string])[] = [
  // user:password@host of any URL; of bounded length, as a long word without :// would be read from each of its letters
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@'"]{0,256}):[^\s@'"]{0,4096}@/gi, "$1:***@"],
  // JSON Web Tokens, Supabase's keys and access tokens
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, "***"],
  [/\bsb(?:p|_secret|_publishable)_[\w-]{8,}/g, "***"],
  // PASSWORD 'x', password=x, password: "x", in SQL and connection settings
  [
    /\b(password|passwd|pwd|secret|service_key|apikey|api_key|token)(\s*(?:=>|[=:])\s*|\s+)(?:E?'(?:[^']|'')*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\3\$)/gi,
    "$1$2'***'",
  ],
  [/\b(password|pgpassword)=(?!['"])[^\s&;]+/gi, "$1=***"],
];

/** The text without what looks like a secret, and without the values given. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, "***");
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}
