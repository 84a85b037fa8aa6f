// Owns what can be told of a Supabase key and URL before anything is sent: whose the key is, and whether it fits. Pure.
import { ClewError } from "../errors.ts";

/** A project's address and the key to it. */
export interface SupabaseKeys {
  /** `https://<ref>.supabase.co`, or where a self-hosted project's API is. */
  readonly url: string;
  /** The service_role JWT, or a secret key (`sb_secret_…`). */
  readonly key: string;
}

/** The project's reference, of a URL on Supabase's platform. */
export function projectRef(url: string): string | undefined {
  return /^https:\/\/([a-z0-9]{20})\.supabase\.(?:co|in|net|red)\/?$/.exec(url)?.[1];
}

interface Claims {
  readonly role?: unknown;
  readonly ref?: unknown;
  readonly exp?: unknown;
}

/** Throws CONFIG_INVALID for a URL that is none, and KEY_REFUSED for a key that cannot run migrations on this project. `now` in seconds. */
export function checkKeys({ url, key }: SupabaseKeys, now: number = Date.now() / 1000): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ClewError("CONFIG_INVALID", "the Supabase URL cannot be read", {
      help: "It has the form https://<project>.supabase.co: see the project's settings, API.",
    });
  }
  if (key.startsWith("sb_secret_")) return;
  if (key.startsWith("sb_publishable_")) throw refused("it is a publishable key (sb_publishable_…), made for browsers");
  if (key.startsWith("sbp_"))
    throw refused(
      "it is a personal access token (sbp_…)",
      "Put it into SUPABASE_ACCESS_TOKEN; here a secret key is wanted.",
    );
  const claims = claimsOf(key);
  if (claims === undefined)
    throw refused("it is neither a secret key (sb_secret_…) nor a JSON Web Token; was it copied whole?");
  const { role, ref, exp } = claims;
  if (role !== "service_role") throw refused(`it is the ${typeof role === "string" ? role : "user"} key`);
  if (typeof exp === "number" && exp <= now)
    throw refused(`it has expired on ${new Date(exp * 1000).toISOString().slice(0, 10)}`);
  const expected = projectRef(url);
  if (expected !== undefined && typeof ref === "string" && ref !== expected)
    throw refused(`it is of another project: ${ref}, and the URL is of ${expected}`);
}

function refused(why: string, help?: string): ClewError {
  return new ClewError(
    "KEY_REFUSED",
    `the Supabase key cannot run migrations: ${why}`,
    help === undefined ? {} : { help },
  );
}

/** The payload of a JSON Web Token, unverified: the server verifies it. */
function claimsOf(key: string): Claims | undefined {
  const [, payload, signature, ...rest] = key.split(".");
  if (!payload || !signature || rest.length > 0) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}
