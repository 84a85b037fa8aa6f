// Owns which options of foreign servers and users are secrets, that no catalog may hold.

/** What stands in the place of a secret. */
export const mask = "(secret)";

const secret = /pass(word|wd|phrase)?$|secret|token|credential|private|api_?key|access_?key/i;
/** Names of secrets, as in Supabase's wrappers, whose values lie in its vault. */
const reference = /_(id|name)$|^vault_/i;

/** Options of a foreign server, table, column or user, the values of secrets replaced by `(secret)`. */
export function maskSecrets(
  options: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (options === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, secret.test(name) && !reference.test(name) ? mask : value]),
  );
}
