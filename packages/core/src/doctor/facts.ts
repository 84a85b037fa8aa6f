// Owns what is asked of the database for a diagnosis, and what is told of server, role, clock, extensions and Supabase's channel.
import type { Session } from "../driver.ts";
import { identifier } from "../store/bind.ts";
import type { State } from "../store/state.ts";
import { inspectChannel } from "../supabase/inspect.ts";
import type { Finding } from "./report.ts";

export interface Facts {
  readonly now: string;
  readonly superuser: boolean;
  readonly bypass: boolean;
  readonly statementTimeout: string;
  readonly readOnly: boolean;
  readonly supabase: boolean;
  readonly available: readonly string[];
  readonly installed: readonly string[];
}

export async function factsOf(session: Session): Promise<Facts> {
  const [facts] = await session.query<Facts>({
    text: `SELECT pg_catalog.clock_timestamp() AS now, r.rolsuper AS superuser, r.rolbypassrls AS bypass,
  pg_catalog.pg_is_in_recovery() AS "readOnly", EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'service_role') AS supabase,
  coalesce((SELECT pg_catalog.substr(s, 19) FROM pg_catalog.pg_db_role_setting d, pg_catalog.unnest(d.setconfig) s
    WHERE d.setrole = r.oid AND d.setdatabase = 0 AND pg_catalog.starts_with(s, 'statement_timeout=') LIMIT 1), '') AS "statementTimeout",
  ARRAY(SELECT name::text FROM pg_catalog.pg_available_extensions ORDER BY 1) AS available,
  ARRAY(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1) AS installed
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`,
  });
  return facts!;
}

export function serverFinding({ database, server }: State["target"]): Finding {
  const said = `Postgres ${server}, database ${database}`;
  if (Number.parseInt(server, 10) >= 15) return { name: "server", state: "well", said };
  return { name: "server", state: "warning", said, help: "Clew is tested on Postgres 15 and later." };
}

export function roleFindings(facts: Facts, { target, mayCreate, journal, columns }: State): readonly Finding[] {
  const { user, database } = target;
  const rights = [
    ...(facts.superuser ? ["a superuser"] : []),
    ...(facts.bypass ? ["policies do not apply to it"] : []),
    mayCreate ? "it may create schemas" : "it may not create schemas",
    ...(facts.statementTimeout
      ? [`its own statement timeout is ${facts.statementTimeout}, in place of which Clew sets its own`]
      : []),
  ];
  const said = `${user}: ${rights.join(", ")}`;
  const lacks = !mayCreate && (journal === 0 || columns.length === 0);
  const role: Finding = lacks
    ? {
        name: "role",
        state: "error",
        said: `${said}, and history or journal must be made`,
        help: `As the database's owner: GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(user)};`,
      }
    : { name: "role", state: "well", said };
  if (!facts.readOnly) return [role];
  return [
    role,
    {
      name: "role",
      state: "error",
      said: "the server is a replica: it can only be read",
      help: "Give the primary's address.",
    },
  ];
}

/** Milliseconds by which the clocks may differ: leases last half a minute. */
const clocksMayDiffer = 5_000;

export function clockFinding({ now }: Facts, sent: number, received: number): Finding {
  const server = Date.parse(now);
  const off = server < sent ? sent - server : server > received ? server - received : 0;
  if (off <= clocksMayDiffer) return { name: "clock", state: "well", said: "agrees with the server's" };
  const said = `is ${Math.round(off / 1000)} s ${server < sent ? "ahead of" : "behind"} the server's`;
  return {
    name: "clock",
    state: "warning",
    said,
    help: "Set this machine's clock by the network: new migrations get their versions from it.",
  };
}

export function extensionFindings({ available, installed }: Facts, wanted: readonly string[]): readonly Finding[] {
  const missing = wanted.filter((name) => !available.includes(name));
  if (missing.length > 0) {
    return [
      {
        name: "extensions",
        state: "error",
        said: `migrations create ${missing.join(", ")}, which this server does not have`,
        help: "Install them on the server, or leave them out of the migrations.",
      },
    ];
  }
  const said = `${installed.length} installed, ${available.length} available${wanted.length > 0 ? `; migrations create ${wanted.join(", ")}` : ""}`;
  return [{ name: "extensions", state: "well", said }];
}

/** The channel for service keys, of a database that has Supabase's roles. */
export async function channelFindings(session: Session): Promise<readonly Finding[]> {
  const { outcome, installed, armedUntil, attempts, findings } = await inspectChannel(session);
  const name = "supabase";
  if (outcome === "not-installed")
    return [{ name, state: "well", said: "no channel is installed for service keys; clew supabase install makes one" }];
  const armed =
    armedUntil === null ? "not armed" : `armed ${armedUntil === "infinity" ? "for good" : `until ${armedUntil}`}`;
  const counts = Object.entries(attempts).map(([what, n]) => `${n} ${what}`);
  const requests = counts.length > 0 ? `; requests: ${counts.join(", ")}` : "";
  return [
    { name, state: "well", said: `${installed ?? "a channel without a mark"}, ${armed}${requests}` },
    ...findings.map(({ severity, message, help }): Finding => {
      const state = severity === "error" ? "error" : "warning";
      return { name, state, said: message, ...(help === undefined ? {} : { help }) };
    }),
  ];
}
