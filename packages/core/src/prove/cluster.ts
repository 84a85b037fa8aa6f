// Owns what must not be tried on the target's server, although in another database: what reaches beyond a database.

/** Words of statements that change the whole server, or something outside it. */
const reaching: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\b(?:create|alter|drop)\s+(?:role|user(?!\s+mapping)|group)\b/i, "roles"],
  [/\b(?:reassign|drop)\s+owned\b/i, "what roles own"],
  [/\b(?<!\bwith\s)(?:grant|revoke)\s+(?:(?!\bon\b)[^;])*(?:;|$)/i, "memberships of roles"],
  [/\b(?:create|alter|drop)\s+database\b/i, "databases"],
  [/\b(?:create|alter|drop)\s+tablespace\b/i, "tablespaces"],
  [/\b(?:create|alter|drop)\s+subscription\b/i, "subscriptions"],
  [/\balter\s+system\b/i, "the server's settings"],
  [/\bon\s+(?:role|database|tablespace|subscription)\b/i, "roles or databases"],
  [/\b(?:from|to)\s+program\b/i, "other programs"],
  [
    /\b(?:dblink|pg_terminate_backend|pg_replication|pg_create_\w+_replication|lo_export|http_(?:get|post))\w*\s*\(/i,
    "other sessions or servers",
  ],
];

/** Why these texts are not to be run on the target's server; undefined where they may. Comments and constants count as well: it costs little. */
export function ofServer(texts: readonly string[]): string | undefined {
  for (const [pattern, what] of reaching) {
    if (texts.some((text) => pattern.test(text))) return `the migrations reach beyond a database (${what})`;
  }
  return undefined;
}
