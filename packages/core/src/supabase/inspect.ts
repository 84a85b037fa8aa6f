// Owns what is found of an installed channel over a direct connection, and what is wrong with it.
import { createHash } from "node:crypto";
import type { Session } from "../driver.ts";
import type { ReportFinding } from "../report.ts";
import { literal } from "../store/bind.ts";
import { entryFunctions } from "./channel.ts";
import { channelComment, installSql } from "./functions.ts";

/** The channel of a project, as its catalog and its gate tell. */
export interface ChannelReport {
  readonly kind: "channel";
  readonly outcome: "installed" | "not-installed" | "faulty";
  /** Version and mark of what is installed. */
  readonly installed: string | null;
  /** Until when it is armed: an ISO time, `infinity`, or null where it is not. */
  readonly armedUntil: string | null;
  /** How many requests have reached it, by what became of them. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly findings: readonly ReportFinding[];
}

interface Routine {
  readonly name: string;
  readonly owner: string;
  readonly superuser: boolean;
  readonly definer: boolean;
  readonly settings: readonly string[] | null;
  readonly executors: readonly string[];
  readonly body: string;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** The bodies of the functions that this Clew installs, hashed as `md5(prosrc)` would be. */
function expectedBodies(): ReadonlyMap<string, string> {
  const made = installSql().matchAll(/FUNCTION ((?:public|clew_channel)\.\w+)\([^;]*?AS \$clew\$(.*?)\$clew\$/gs);
  return new Map([...made].map(([, name = "", body = ""]) => [name, md5(body)]));
}

/** Asks the catalog, and, where the role may, the gate and the attempts. */
export async function inspectChannel(session: Session): Promise<ChannelReport> {
  const [found] = await session.query<{ comment: string | null; readable: boolean; routines: readonly Routine[] }>({
    text: `SELECT (SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = 'clew_channel') AS comment,
  coalesce((SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'clew_channel' AND c.relname = 'gate'), false) AS readable,
  coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', n.nspname || '.' || p.proname, 'owner', r.rolname, 'superuser', r.rolsuper,
      'definer', p.prosecdef, 'settings', p.proconfig, 'body', pg_catalog.md5(p.prosrc),
      'executors', ARRAY(SELECT coalesce(g.rolname, 'public') FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
        LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee WHERE a.grantee <> p.proowner)) ORDER BY n.nspname, p.proname)
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
    WHERE n.nspname = 'clew_channel' OR n.nspname = 'public' AND p.proname IN (${entryFunctions.map(literal).join(", ")})), '[]') AS routines`,
  });
  const { comment = null, readable = false, routines = [] } = found ?? {};
  if (comment === null && routines.length === 0)
    return { kind: "channel", outcome: "not-installed", installed: null, armedUntil: null, attempts: {}, findings: [] };
  const [state] = readable
    ? await session.query<{ until: string | null; attempts: Record<string, number> | null }>({
        text: `SELECT (SELECT armed_until::text FROM clew_channel.gate WHERE armed_until > pg_catalog.clock_timestamp()) AS until,
  (SELECT pg_catalog.json_object_agg(outcome, n) FROM (SELECT outcome, pg_catalog.count(*) AS n FROM clew_channel.attempt GROUP BY outcome) o) AS attempts`,
      })
    : [];
  const findings = [...faultsOf(comment, routines), ...(state ? gateFindings(state.until) : [])];
  const faulty = findings.some(({ severity }) => severity === "error");
  return {
    kind: "channel",
    outcome: faulty ? "faulty" : "installed",
    installed: comment,
    armedUntil: state?.until ?? null,
    attempts: state?.attempts ?? {},
    findings,
  };
}

const mend = "Install it again over a direct connection: clew supabase install.";

function faultsOf(comment: string | null, routines: readonly Routine[]): readonly ReportFinding[] {
  const expected = expectedBodies();
  const found = new Map(routines.map((routine) => [routine.name, routine]));
  const faults: string[] = [];
  if (comment !== channelComment)
    faults.push(`the channel that is installed is another than this Clew's: ${comment ?? "it has no mark"}`);
  for (const [name, body] of expected) {
    const routine = found.get(name);
    if (!routine) faults.push(`the function ${name} is missing`);
    else if (routine.body !== body && comment === channelComment) faults.push(`the function ${name} was changed`);
  }
  for (const { name, owner, superuser, definer, settings, executors } of routines) {
    const exposed = name.startsWith("public.");
    if (owner !== "postgres")
      faults.push(`the function ${name} belongs to ${owner}${superuser ? ", a superuser" : ""}`);
    if (definer !== exposed) faults.push(`the function ${name} runs as ${definer ? "its owner" : "its caller"}`);
    if (!settings?.some((one) => one.startsWith("search_path=")))
      faults.push(`the function ${name} has no search_path of its own`);
    const wrong = executors.filter((one) => one !== "service_role" || !exposed);
    if (wrong.length > 0) faults.push(`the function ${name} may be executed by ${wrong.join(", ")}`);
    if (exposed && !executors.includes("service_role"))
      faults.push(`the function ${name} is not granted to service_role`);
  }
  return faults.map((message) => ({ code: "CHANNEL_FAULTY", severity: "error", message, help: mend }));
}

function gateFindings(until: string | null): readonly ReportFinding[] {
  if (until !== "infinity") return [];
  return [
    {
      code: "CHANNEL_ARMED_FOR_GOOD",
      severity: "warning",
      message: "the channel is armed for good: whoever has the service key may change the schema at any time",
      help: "Close it: clew supabase disarm; and arm it for the time of a deployment.",
    },
  ];
}
