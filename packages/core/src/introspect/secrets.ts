// Owns which options of foreign servers and users are secrets, that no catalog may hold.
import { optionsOf } from "./census.ts";

/** What stands in the place of a secret. */
const mask = "(secret)";

const secret = /pass(word|wd|phrase)?$|secret|token|credential|private|api_?key|access_?key/i;
/** Names of secrets, as in Supabase's wrappers, whose values lie in its vault. */
const reference = /_(id|name)$|^vault_/i;

/** Options as a record, values of secrets masked. */
export function masked(list: readonly string[] | null): Record<string, string> | undefined {
  const options = optionsOf(list);
  for (const name of Object.keys(options ?? {})) if (secret.test(name) && !reference.test(name)) options![name] = mask;
  return options;
}
