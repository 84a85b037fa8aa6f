// Owns the way from what a command was given to the engine that does it.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ClewError, databaseFromEnvironment, databaseVariables, MigrationExecutor } from "@clew/core";
import { findConfig, loadConfig } from "./config-file.ts";
import { checkConfig, resolveConfig, shownPath, type Config, type ResolvedConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { secretsOf } from "./output.ts";
import { progress } from "./progress.ts";
import { compileOnce } from "./webassembly.ts";

const waysToADatabase = `Give one, in one of these ways; the first that is there is used:
  --db "postgresql://…"
  --embedded (a Postgres in the folder .clew, nothing to install)
  db: "postgresql://…" in clew.config.ts, which \`clew init\` writes
  ${databaseVariables.join(", ")} in the environment`;

/** The project that the command stands in: its configuration, with what flags and environment say. */
export async function readProject({ flags, cwd, env, output }: Context): Promise<ResolvedConfig> {
  for (const name of databaseVariables) hideSecrets(env[name]);
  if (env["PGPASSWORD"]) output.hide(env["PGPASSWORD"]);
  hideSecrets(flags.db);
  hideSecrets(flags.scratch);
  const file = findConfig(cwd);
  const written: Config = file === undefined ? {} : await loadConfig(file);
  if (file !== undefined) checkConfig(written, shownPath(cwd, file));
  for (const { db, scratch } of [written, ...Object.values(written.environments ?? {})]) {
    hideSecrets(db);
    hideSecrets(scratch);
  }
  const config = resolveConfig({
    written,
    ...(file === undefined ? {} : { file: shownPath(cwd, file) }),
    root: file === undefined ? cwd : dirname(file),
    cwd,
    flags,
    environment: env["CLEW_ENV"],
    variable: databaseFromEnvironment(),
    exists: existsSync,
  });
  const { source, environment, dir } = config;
  const database = source && (source.kind === "url" ? hostOf(source.url) : `embedded in ${source.folder}`);
  output.log.debug(`configuration: ${file ?? "no file"}; environment ${environment}; migrations in ${dir}`);
  output.log.debug(`database: ${source ? `${database}, from ${source.from}` : "none"}`);
  return config;

  function hideSecrets(url: string | undefined): void {
    for (const secret of url === undefined ? [] : secretsOf(url)) output.hide(secret);
  }
}

/** Where a URL leads to, without who and how. */
function hostOf(url: string): string {
  if (!URL.canParse(url)) return "a URL that cannot be read";
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The engine for the project. Throws NO_DATABASE, unless only files are to be looked at, and NO_FOLDER. */
export function openExecutor(context: Context, config: ResolvedConfig, needsDatabase = true): MigrationExecutor {
  const { source, dir, dirFound, settings, historyTable, platform, proof, scratch } = config;
  if (!source && needsDatabase) throw new ClewError("NO_DATABASE", "no database was given", { help: waysToADatabase });
  if (!dirFound) throw new ClewError("NO_FOLDER", "there is neither supabase/migrations nor migrations here");
  const doing = source?.kind === "embedded" ? "opening the embedded Postgres" : "asking the database";
  if (source) context.output.spinner.show(() => doing);
  // The embedded Postgres is WebAssembly too, and runs long enough to be worth it.
  if (source?.kind !== "embedded") compileOnce();
  return new MigrationExecutor({
    ...settings,
    dir,
    ...(source?.kind === "url" ? { databaseUrl: source.url } : {}),
    ...(source?.kind === "embedded" ? { embedded: source.folder } : {}),
    ...(historyTable ? { historyTable } : {}),
    ...(platform ? { platform } : {}),
    ...(proof ? { proof } : {}),
    ...(scratch ? { scratch } : {}),
    observers: [progress(context.output)],
  });
}
