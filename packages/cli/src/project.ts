// Owns the way from what a command was given to the engine that does it.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ClewError, databaseFromEnvironment, databaseVariables, MigrationExecutor } from "@clew/core";
import { findConfig, loadConfig } from "./config-file.ts";
import { resolveConfig, type ResolvedConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { secretsOf } from "./output.ts";
import { progress } from "./progress.ts";

/** The project that the command stands in: its configuration, with what flags and environment say. */
export async function readProject({ flags, cwd, env, output }: Context): Promise<ResolvedConfig> {
  for (const name of databaseVariables) hideSecrets(env[name]);
  if (env["PGPASSWORD"]) output.hide(env["PGPASSWORD"]);
  hideSecrets(flags.db);
  const file = findConfig(cwd);
  const written = file === undefined ? {} : await loadConfig(file);
  for (const { db } of [written, ...Object.values(written.environments ?? {})]) hideSecrets(db);
  const config = resolveConfig({
    written,
    ...(file === undefined ? {} : { file }),
    root: file === undefined ? cwd : dirname(file),
    cwd,
    flags,
    environment: env["CLEW_ENV"],
    variable: databaseFromEnvironment(),
    exists: existsSync,
  });
  const { source, environment, dir } = config;
  const database = source && (source.kind === "url" ? source.url : `embedded in ${source.folder}`);
  output.log.debug(`configuration: ${file ?? "no file"}; environment ${environment}; migrations in ${dir}`);
  output.log.debug(`database: ${source ? `${database}, from ${source.from}` : "none"}`);
  return config;

  function hideSecrets(url: string | undefined): void {
    for (const secret of url === undefined ? [] : secretsOf(url)) output.hide(secret);
  }
}

/** The engine for the project. Throws NO_DATABASE, unless only files are to be looked at, and NO_FOLDER. */
export function openExecutor(context: Context, config: ResolvedConfig, needsDatabase = true): MigrationExecutor {
  const { source, dir, dirFound, settings, historyTable } = config;
  if (!source && needsDatabase) throw new ClewError("NO_DATABASE", "no database was given");
  if (!dirFound) throw new ClewError("NO_FOLDER", "there is neither supabase/migrations nor migrations here");
  return new MigrationExecutor({
    ...settings,
    dir,
    ...(source?.kind === "url" ? { databaseUrl: source.url } : {}),
    ...(source?.kind === "embedded" ? { embedded: source.folder } : {}),
    ...(historyTable ? { historyTable } : {}),
    observers: [progress(context.output)],
  });
}
