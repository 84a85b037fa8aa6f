// Owns the short-lived login to a project's database that a personal access token gives, through Supabase's Management API.
import { isSessionError, type Driver, type Session } from "../driver.ts";
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
  /** Opens a URL, to work as the role `postgres`. */
  readonly open: (url: string) => Promise<Driver>;
}

interface Login {
  readonly role: string;
  readonly password: string;
  readonly ttl_seconds: number;
}

interface Pooler {
  readonly database_type?: string;
  readonly db_host: string;
}

const hosted = "https://api.supabase.com";

/**
 * The driver of a connection that logs in by a token: `POST /v1/projects/{ref}/cli/login-role`. The login is asked for again
 * before it ends. It works as the role `postgres`, so that what migrations make belongs to it. The direct connection needs
 * IPv6: where there is none, the project's session pooler is used. https://supabase.com/docs/guides/database/connecting-to-postgres
 */
export async function login(ref: string, token: string, place: LoginPlace): Promise<Driver> {
  const { api = hosted, host = `db.${ref}.supabase.co:5432`, database = "postgres", open } = place;
  let until = 0;
  let opened: Login | undefined;
  let pooler: string | undefined;
  const renewed = async (): Promise<Login> => {
    if (opened && Date.now() < until) return opened;
    opened = await askLogin(ref, token, api);
    until = Date.now() + (opened.ttl_seconds * 1000) / 2;
    return opened;
  };
  const connect = async (user: string, at: string): Promise<Session> => {
    const { password } = await renewed();
    const encrypted = at.endsWith(".supabase.co:5432") || at.endsWith(".supabase.com:5432") ? "?sslmode=require" : "";
    const who = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return (await open(`postgresql://${who}@${at}/${database}${encrypted}`)).connect();
  };
  await renewed();
  return {
    name: "pg",
    supports: { autocommit: true, sessions: true },
    async connect() {
      const { role } = await renewed();
      if (pooler === undefined) {
        try {
          return await connect(role, host);
        } catch (error) {
          if (!isSessionError(error) || !noWay.test(error.message)) throw error;
          pooler = await askPooler(ref, token, api);
          if (pooler === undefined) throw error;
        }
      }
      return connect(`${role}.${ref}`, pooler);
    },
  };
}

/** What a network without IPv6 says of a host that has nothing else. */
const noWay = /ENETUNREACH|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL/;

/** Host and port of the project's session pooler. */
async function askPooler(ref: string, token: string, api: string): Promise<string | undefined> {
  const response = await ask(`${api}/v1/projects/${encodeURIComponent(ref)}/config/database/pooler`, token);
  const answer: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  const poolers = (Array.isArray(answer) ? answer : []) as readonly Pooler[];
  const found = poolers.find(({ database_type = "PRIMARY" }) => database_type === "PRIMARY");
  if (found === undefined) return undefined;
  return found.db_host.includes(":") ? found.db_host : `${found.db_host}:5432`;
}

async function ask(url: string, token: string, body?: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
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
}

async function askLogin(ref: string, token: string, api: string): Promise<Login> {
  const response = await ask(`${api}/v1/projects/${encodeURIComponent(ref)}/cli/login-role`, token, {
    read_only: false,
  });
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
