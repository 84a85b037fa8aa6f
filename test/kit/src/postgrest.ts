// Owns an emulator of PostgREST's remote procedure calls, on a real Postgres, for what speaks to it through supabase-js.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool, type DatabaseError, type PoolClient } from "pg";
import { httpStatus } from "./postgrest-status.ts";

/**
 * What becomes of a request:
 * - `unsent`: the connection breaks before the database has seen it;
 * - `unanswered`: the database has done it, and the connection breaks before the answer;
 * - `abandoned`: the connection breaks at once, and the database does it all the same;
 * - `late`: the same, but it reaches the database only later;
 * - `twice`: something between sends it again, and the second answer is the one that arrives;
 * - `gateway`: the gateway answers 504 in the database's place, which does it all the same.
 */
export type RequestFault = "unsent" | "unanswered" | "abandoned" | "late" | "twice" | "gateway";

export interface PostgrestOptions {
  /** The keys that are accepted, and the roles that they stand for. */
  readonly keys: Readonly<Record<string, string>>;
  /** Asked for each request: what goes wrong with it. */
  readonly fault?: (request: { readonly name: string; readonly number: number }) => RequestFault | undefined;
}

export interface Postgrest extends AsyncDisposable {
  /** The project's URL, as supabase-js takes it. */
  readonly url: string;
  /** How many requests have arrived. */
  requests(): number;
  /** Resolves when no request is at work any more, those without a client too. */
  idle(): Promise<void>;
}

interface Routine {
  readonly names: readonly string[] | null;
  readonly count: number;
  readonly defaults: number;
  readonly types: readonly string[];
  readonly set: boolean;
  readonly result: string;
  readonly settings: readonly string[] | null;
}

/** https://docs.postgrest.org/en/latest/references/configuration.html#db-hoisted-tx-settings */
const hoisted = new Set(["statement_timeout", "plan_filter.statement_cost_limit", "default_transaction_isolation"]);

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

const problem = (status: number, code: string, message: string, details: string | null = null): Reply => ({
  status,
  body: { code, details, hint: null, message },
});

/** Starts it for a database that has Supabase's roles; it logs in as `authenticator`. */
export async function startPostgrest(databaseUrl: string, options: PostgrestOptions): Promise<Postgrest> {
  const login = Object.assign(new URL(databaseUrl), { username: "authenticator", password: "" }).href;
  const pool = new Pool({ connectionString: login, max: 10, application_name: "postgrest" });
  pool.on("error", () => undefined);
  const working = new Set<Promise<unknown>>();
  let number = 0;

  const work = (request: IncomingMessage, name: string, body: string): Promise<Reply> => {
    const done = answer(pool, options, request, name, body);
    working.add(done);
    void done.finally(() => working.delete(done));
    return done;
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const name = /^\/rest\/v1\/rpc\/([^/?]+)$/.exec(new URL(request.url!, "http://x").pathname)?.[1];
    if (name === undefined) return send(response, problem(404, "PGRST125", "Invalid path specified in request URL"));
    if (request.method !== "POST")
      return send(response, problem(405, "PGRST101", "Only GET and POST verbs are supported on RPC"));
    number++;
    const cut = (): void => void request.socket.destroy();
    switch (options.fault?.({ name, number })) {
      case "unsent":
        return cut();
      case "unanswered":
        await work(request, name, body);
        return cut();
      case "abandoned":
        void work(request, name, body);
        return cut();
      case "late": {
        const late = sleep(200).then(() => work(request, name, body));
        working.add(late);
        void late.finally(() => working.delete(late));
        return cut();
      }
      case "twice":
        await work(request, name, body);
        return send(response, await work(request, name, body));
      case "gateway":
        await work(request, name, body);
        response.writeHead(504, { "content-type": "text/html" }).end("<html>Gateway Time-out</html>");
        return;
      case undefined:
        return send(response, await work(request, name, body));
    }
  }

  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const idle = async (): Promise<void> => {
    while (working.size > 0) await Promise.allSettled(working);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => number,
    idle,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await idle();
      await pool.end();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

async function answer(
  pool: Pool,
  { keys }: PostgrestOptions,
  request: IncomingMessage,
  name: string,
  body: string,
): Promise<Reply> {
  const key = String(request.headers["apikey"] ?? "");
  const bearer = (request.headers.authorization ?? "").replace(/^Bearer /i, "");
  const role = Object.hasOwn(keys, key) ? keys[key]! : undefined;
  // the gateway's answer, before PostgREST
  if (role === undefined) return { status: 401, body: { message: "Invalid API key" } };
  if (bearer !== "" && bearer !== key) return problem(401, "PGRST301", "JWSError JWSInvalidSignature");
  const schema = String(request.headers["content-profile"] ?? "public");
  if (schema !== "public") return problem(406, "PGRST106", `Invalid schema: ${schema}`);
  let args: Readonly<Record<string, unknown>>;
  try {
    args = JSON.parse(body || "{}") as Readonly<Record<string, unknown>>;
  } catch {
    return problem(400, "PGRST102", "Empty or invalid json");
  }
  const client = await pool.connect();
  try {
    return await inTransaction(client, role, request, schema, name, args);
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    const { code, message, detail = null, hint = null } = error as DatabaseError;
    if (code === undefined) return problem(503, "PGRST001", "Database client error. Retrying the connection.", message);
    return { status: httpStatus(code, message, role !== "anon"), body: { code, details: detail, hint, message } };
  } finally {
    client.release();
  }
}

async function inTransaction(
  client: PoolClient,
  role: string,
  request: IncomingMessage,
  schema: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const given = Object.keys(args).toSorted();
  const fitting = (await routines(client, schema, name)).filter(({ names, count, defaults }) => {
    const own = (names ?? []).slice(0, count);
    return (
      given.every((one) => own.includes(one)) && own.slice(0, count - defaults).every((one) => given.includes(one))
    );
  });
  const routine = fitting[0];
  if (routine === undefined) {
    const list = given.length > 0 ? `(${given.join(", ")})` : " without parameters";
    return problem(404, "PGRST202", `Could not find the function ${schema}.${name}${list} in the schema cache`);
  }
  if (fitting.length > 1) return problem(300, "PGRST203", "Could not choose the best candidate function");
  const own = (routine.settings ?? []).map(setting);
  const level = own.find(([key]) => key === "default_transaction_isolation")?.[1] ?? "read committed";
  await client.query(`begin isolation level ${level} read write`);
  const headers = Object.entries(request.headers).filter(([key]) => key !== "apikey" && key !== "authorization");
  await setAll(client, [
    ["role", role],
    ["search_path", "public, extensions"],
    ["request.jwt.claims", JSON.stringify({ role })],
    ["request.headers", JSON.stringify(Object.fromEntries(headers))],
    ["request.method", "POST"],
    ["request.path", `/rpc/${name}`],
    ...(await roleSettings(client, role)),
    ...own.filter(([key]) => hoisted.has(key)),
  ]);
  const quote = (word: string): string => `"${word.replaceAll('"', '""')}"`;
  const type = (word: string): string => routine.types[routine.names!.indexOf(word)]!;
  const target = `${quote(schema)}.${quote(name)}`;
  const text =
    given.length === 0
      ? `select to_json(${target}()) as reply`
      : `select to_json(f.r) as reply from (select ${target}(${given.map((one) => `${quote(one)} := a.${quote(one)}`).join(", ")}) r
           from json_to_record($1::json) as a(${given.map((one) => `${quote(one)} ${type(one)}`).join(", ")})) f`;
  const { rows } = await client.query<{ reply: unknown }>(text, given.length === 0 ? [] : [JSON.stringify(args)]);
  const status = await client.query<{ status: string | null }>(
    "select current_setting('response.status', true) as status",
  );
  await client.query("commit");
  if (routine.result === "void") return { status: 204 };
  return {
    status: Number(status.rows[0]?.status) || 200,
    body: routine.set ? rows.map(({ reply }) => reply) : rows[0]?.reply,
  };
}

async function routines(client: PoolClient, schema: string, name: string): Promise<readonly Routine[]> {
  const { rows } = await client.query<Routine>(
    `select p.proargnames as names, p.pronargs::int as count, p.pronargdefaults::int as defaults,
       p.proargtypes::oid[]::regtype[]::text[] as types, p.proretset as set, p.prorettype::regtype::text as result, p.proconfig as settings
     from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 and p.proname = $2`,
    [schema, name],
  );
  return rows;
}

/** https://docs.postgrest.org/en/latest/references/transactions.html#impersonated-role-settings */
async function roleSettings(client: PoolClient, role: string): Promise<readonly (readonly [string, string])[]> {
  const { rows } = await client.query<{ s: string }>(
    `select unnest(setconfig) as s from pg_catalog.pg_db_role_setting d join pg_catalog.pg_roles r on r.oid = d.setrole
     where r.rolname = $1 and d.setdatabase = 0`,
    [role],
  );
  return rows.map(({ s }) => setting(s));
}

async function setAll(client: PoolClient, settings: readonly (readonly [string, string])[]): Promise<void> {
  for (const [key, value] of settings) await client.query("select pg_catalog.set_config($1, $2, true)", [key, value]);
}

function setting(text: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
