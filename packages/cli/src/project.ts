// Owns the way from what a command was given to the engine that does it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  ClewError,
  databaseFromEnvironment,
  databaseVariables,
  keyVariables,
  MigrationExecutor,
  supabaseFromEnvironment,
  type ExecutorOptions,
} from "@clew/core";
import { checkConfig } from "./config/check.ts";
import {
  chooseEnvironment,
  environmentFiles,
  loadVariables,
  refuseUnknown,
  type Environment,
} from "./config/environment.ts";
import { findConfig, loadConfig } from "./config/file.ts";
import type { Company } from "./company.ts";
import { resolveConfig, shownPath, type ResolvedConfig } from "./config/resolve.ts";
import type { Config } from "./config/settings.ts";
import type { Context } from "./context.ts";
import { secretsOf } from "./output.ts";
import { progress } from "./progress.ts";
import { compileOnce } from "./webassembly.ts";

const waysToADatabase = `Give one, in one of these ways; the first that is there is used:
  --db "postgresql://…"
  --embedded (a Postgres in the folder .clew, nothing to install)
  db: "postgresql://…" in clew.config.ts, which \`clew init\` writes
  ${databaseVariables.join(", ")} in the environment
  SUPABASE_ACCESS_TOKEN with SUPABASE_PROJECT_REF or SUPABASE_URL in the environment (a login that ends soon)
  SUPABASE_URL and ${keyVariables.join(" or ")} in the environment (through the project's API)`;

/** The project that the command stands in: its configuration, with what flags and environment say. */
export async function readProject(context: Context): Promise<ResolvedConfig> {
  const { flags, output } = context;
  const { resolve } = await readConfig(context);
  const config = resolve();
  const { source, environment, dir, settings, from } = config;
  const { logLevel = "info" } = settings;
  // What an environment tells by default is meant for its log; a terminal is told less, never more.
  const written = from.logLevel !== undefined && !from.logLevel.startsWith("default");
  if (flags.logLevel === undefined && !output.json && (written || logLevel === "warning")) output.tell(logLevel);
  const database = source && (source.kind === "url" ? hostOf(source.url) : `embedded in ${source.folder}`);
  output.log.debug(`environment ${environment}; migrations in ${dir}`);
  output.log.debug(`database: ${source ? `${database}, from ${source.from}` : "none"}`);
  return config;
}

/** A configuration that was read and checked, and what it comes to, here or in another environment. */
export interface ReadConfig {
  readonly environment: Environment;
  readonly file: string | undefined;
  readonly resolve: () => ResolvedConfig;
}

/** Reads the configuration for an environment: by default the one that flags and variables choose. Throws CONFIG_INVALID. */
export async function readConfig(context: Context, named?: string): Promise<ReadConfig> {
  const { flags, cwd, env, output } = context;
  const file = findConfig(cwd);
  const shown = file === undefined ? undefined : shownPath(cwd, file);
  const root = file === undefined ? cwd : dirname(file);
  const { name, from } = chooseEnvironment(named ?? flags.env, env);
  const variables = loadVariables(root, name, env);
  for (const variable of databaseVariables) hideSecrets(env[variable]);
  for (const name of ["PGPASSWORD", "SUPABASE_ACCESS_TOKEN", ...keyVariables]) {
    const secret = env[name];
    if (secret) output.hide(secret);
  }
  hideSecrets(flags.db);
  hideSecrets(flags.scratch);
  const written: Config = file === undefined ? {} : await loadConfig(file);
  if (shown !== undefined) checkConfig(written, shown);
  const hasFile = environmentFiles(name).some((one) => one.includes(name) && existsSync(join(root, one)));
  refuseUnknown({ name, from }, written, shown, hasFile);
  for (const { db, scratch } of [written, ...Object.values(written.environments ?? {})]) {
    hideSecrets(db);
    hideSecrets(scratch);
  }
  const found = databaseFromEnvironment();
  const ofFile = found && variables.get(found.variable);
  const variable = found && { ...found, variable: ofFile ? `${found.variable} in ${ofFile}` : found.variable };
  output.log.debug(`configuration: ${file ?? "no file"}`);
  return {
    environment: { name, from, variables },
    file: shown,
    resolve: () =>
      resolveConfig({
        written,
        ...(shown === undefined ? {} : { file: shown }),
        root,
        cwd,
        flags,
        environment: name,
        variable,
        exists: existsSync,
      }),
  };

  function hideSecrets(url: string | undefined): void {
    for (const secret of url === undefined ? [] : secretsOf(url)) output.hide(secret);
  }
}

/** Where a URL leads to, without who and how. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return "a URL that cannot be read";
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The engine for the project. Throws NO_DATABASE, unless only files are to be looked at, and NO_FOLDER. */
export function openExecutor(
  context: Context,
  config: ResolvedConfig,
  needsDatabase = true,
  company?: Company,
): MigrationExecutor {
  const { source, dirFound } = config;
  const channel = Object.keys(supabaseFromEnvironment()).length > 0;
  if (!source && needsDatabase && !channel)
    throw new ClewError("NO_DATABASE", "no database was given", { help: waysToADatabase });
  if (!dirFound) throw new ClewError("NO_FOLDER", "there is neither supabase/migrations nor migrations here");
  const doing = source?.kind === "embedded" ? "opening the embedded Postgres" : "asking the database";
  if (source) context.output.spinner.show(() => doing);
  // The embedded Postgres is WebAssembly too, and runs long enough to be worth it.
  if (source?.kind !== "embedded") compileOnce();
  return new MigrationExecutor({
    ...executorOptions(config),
    observers: [progress(context.output), ...(company?.observers ?? [])],
    ...(company ? { checks: company.checks } : {}),
    ...(company?.outside.engine ? { outside: company.outside.engine } : {}),
  });
}

/** What the engine is told of the project. */
export function executorOptions({ source, dir, settings }: ResolvedConfig): ExecutorOptions {
  return {
    ...settings,
    dir,
    ...(source?.kind === "url" ? { databaseUrl: source.url } : {}),
    ...(source?.kind === "embedded" ? { embedded: source.folder } : {}),
  };
}
