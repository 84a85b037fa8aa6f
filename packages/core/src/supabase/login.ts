// Owns the short-lived login to a project's database that a personal access token gives, through Supabase's Management API.
import type { Driver } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { redact } from "../redact.ts";

/** Where the Management API is, and the project's database. */
export interface LoginPlace {
  /** Default `https://api.supabase.com`. */
  readonly api?: string;
  /** Host and port of the database. Default `db.<ref>.supabase.co:5432`. */
  readonly host?: string;
  /** Default `postgres`. */
  readonly database?: string;
  /** Opens a URL. */
  readonly open: (url: string) => Promise<Driver>;
}

interface Login {
  readonly role: string;
  readonly password: string;
  readonly ttl_seconds: number;
}

const hosted = "https://api.supabase.com";

/**
 * The driver of a direct connection that logs in by a token: `POST /v1/projects/{ref}/cli/login-role`. The login is asked for
 * again before it ends. It works as the role `postgres`, so that what migrations make belongs to it.
 * https://supabase.com/docs/reference/api/introduction
 */
export async function login(ref: string, token: string, place: LoginPlace): Promise<Driver> {
  let until = 0;
  let inner: Driver | undefined;
  const driver = async (): Promise<Driver> => {
    if (inner && Date.now() < until) return inner;
    const { role, password, ttl_seconds } = await askLogin(ref, token, place.api ?? hosted);
    until = Date.now() + (ttl_seconds * 1000) / 2;
    const user = `${encodeURIComponent(role)}:${encodeURIComponent(password)}`;
    const { host = `db.${ref}.supabase.co:5432`, database = "postgres" } = place;
    // RESET ROLE goes back to what the connection began with. https://www.postgresql.org/docs/current/sql-set-role.html
    const startup = `options=${encodeURIComponent("-c role=postgres")}`;
    const encrypted = place.host === undefined ? "&sslmode=require" : "";
    return (inner = await place.open(`postgresql://${user}@${host}/${database}?${startup}${encrypted}`));
  };
  const { supports } = await driver();
  return { name: "pg", supports, connect: async (signal) => (await driver()).connect(signal) };
}

async function askLogin(ref: string, token: string, api: string): Promise<Login> {
  let response: Response;
  try {
    response = await fetch(`${api}/v1/projects/${encodeURIComponent(ref)}/cli/login-role`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ read_only: false }),
      signal: AbortSignal.timeout(20_000),
    });
  } catch (cause) {
    const said = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : "";
    throw new ClewError(
      "CONNECT_FAILED",
      redact(`Supabase's Management API cannot be reached: ${said}`),
      {},
      { cause },
    );
  }
  if (!response.ok) throw await refused(response, ref);
  const answer = (await response.json().catch(() => ({}))) as Partial<Login>;
  const { role, password, ttl_seconds = 60 } = answer;
  if (!role || !password)
    throw new ClewError("CONNECT_FAILED", "Supabase's Management API gave no login for this project");
  return { role, password, ttl_seconds };
}

async function refused(response: Response, ref: string): Promise<ClewError> {
  const { message = "" } = (await response.json().catch(() => ({}))) as { message?: unknown };
  const said = redact(`${response.status}${typeof message === "string" && message ? `: ${message}` : ""}`);
  if (response.status === 401)
    return new ClewError("KEY_REFUSED", `Supabase does not accept the access token (${said})`, {
      help: "Make a new one in the dashboard, account, access tokens; or unset SUPABASE_ACCESS_TOKEN for another channel.",
    });
  if (response.status === 403 || response.status === 404)
    return new ClewError("KEY_REFUSED", `the access token gives no login to project ${ref} (${said})`, {
      help: "Take a token of somebody who may write to this project's database; or unset SUPABASE_ACCESS_TOKEN for another channel.",
    });
  return new ClewError("CONNECT_FAILED", `Supabase's Management API gave no login to project ${ref} (${said})`);
}
