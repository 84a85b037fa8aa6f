// Owns the reading of the process's environment, so that a bare `new MigrationExecutor()` works.
import { hostname, userInfo } from "node:os";

/** The variables that may name the database, in order. */
export const databaseVariables = ["CLEW_DATABASE_URL", "DATABASE_URL", "SUPABASE_DB_URL"] as const;

/** The first database URL that the environment has, and the variable that has it. */
export function databaseFromEnvironment(): { readonly url: string; readonly variable: string } | undefined {
  for (const variable of databaseVariables) {
    const url = process.env[variable];
    if (url) return { url, variable };
  }
  return undefined;
}

/** Those of these variables that are set: what another program is given to see of the environment. */
export function environmentOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** The variables that hold a Supabase service key, in order. */
export const keyVariables = ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY"] as const;

/** What the environment says of a Supabase project: its URL, the first service key, a personal access token, its reference. */
export function supabaseFromEnvironment(): {
  readonly url?: string;
  readonly key?: string;
  readonly token?: string;
  readonly ref?: string;
} {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => process.env[name]).find(Boolean);
  const found = {
    url: first("SUPABASE_URL"),
    key: first(...keyVariables),
    token: first("SUPABASE_ACCESS_TOKEN"),
    ref: first("SUPABASE_PROJECT_REF", "SUPABASE_PROJECT_ID"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** Who runs, for the journal: user and machine. */
export function whoRuns(): string {
  let user = "unknown";
  try {
    user = userInfo().username;
  } catch {
    // A user id without a name: containers have them.
  }
  return `${process.env["GITHUB_ACTOR"] ?? user}@${hostname()}`;
}

/** Who holds a lease: also the process, so that another run on this machine can see that it is gone. */
export function leaseHolder(who: string): string {
  return `${who} (process ${process.pid} on ${hostname()})`;
}

/** Whether the holder of a lease was a process of this machine that has ended. */
export function isGone(holder: string): boolean {
  const match = / \(process (\d+) on (.*)\)$/.exec(holder);
  if (!match || match[2] !== hostname()) return false;
  try {
    process.kill(Number(match[1]), 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH";
  }
}

/** The environment for a program that is started, with these variables in it. */
export function environmentWith(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  return { ...process.env, ...variables };
}
