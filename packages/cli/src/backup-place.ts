// Owns where a command's backups are, and the key that they are encrypted with.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  destinationAt,
  readBackupKey,
  sharedFate,
  type BackupKey,
  type Destination,
  type Progress,
} from "@clew/backup";
import { ClewError } from "@clew/core";
import { findConfig } from "./config/file.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import { shownPath } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { formatDuration } from "./durations.ts";
import { hostOf } from "./project.ts";
import { bytesText, count } from "./table.ts";

export interface BackupPlace {
  readonly destination: Destination;
  readonly key: BackupKey | undefined;
}

/** Throws CONFIG_INVALID or DRIVER_MISSING. */
export async function backupPlace(context: Context, { settings, source }: ResolvedConfig): Promise<BackupPlace> {
  const { cwd, env, flags, output } = context;
  const file = findConfig(cwd);
  const root = file === undefined ? cwd : dirname(file);
  const from = (flag: string | undefined): string => (flag === undefined ? root : cwd);
  const { backupTo = ".clew/backups", backupKeyFile } = settings;
  const place = backupTo.includes("://") ? backupTo : shownPath(cwd, resolve(from(flags.at), backupTo));
  const danger = source?.kind === "url" ? sharedFate(source.url, place, env["AWS_ENDPOINT_URL_S3"]) : undefined;
  if (danger !== undefined) output.log.warn(danger);
  const region = env["AWS_REGION"];
  const destination = await destinationAt(place, region ? { region } : {});
  if (backupKeyFile !== undefined) {
    const path = resolve(from(flags.keyFile), backupKeyFile);
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new ClewError("CONFIG_INVALID", `the key file ${shownPath(cwd, path)} cannot be read`, {}, { cause });
    });
    hideKey(output, text);
    return { destination, key: await readBackupKey(text) };
  }
  const variable = env["CLEW_BACKUP_KEY"];
  if (!variable) return { destination, key: undefined };
  hideKey(output, variable);
  return { destination, key: await readBackupKey(variable) };
}

/** Recipients of age are no secret. */
function hideKey(output: Context["output"], text: string): void {
  for (const line of text.split("\n").map((one) => one.trim()))
    if (line !== "" && !/^(?:#|age1)/.test(line)) output.hide(line);
}

/** The URL of the database. Throws NO_DATABASE where there is none that COPY can reach. */
export function urlOf({ source }: ResolvedConfig): string {
  if (source?.kind === "url") return source.url;
  if (source === undefined) throw new ClewError("NO_DATABASE", "no database with a connection of its own was given");
  throw new ClewError("NO_DATABASE", "backups are of servers, and this database is embedded", {
    help: `Copy the folder ${source.folder} while no command uses it, or name a server with --db.`,
  });
}

/** Shows how far a backup has come. */
export function showProgress({ output }: Context, what: string): (progress: Progress) => void {
  let mentioned = performance.now();
  return ({ bytes, ofBytes, rows, rate, secondsLeft }) => {
    const share = ofBytes > 0 ? ` of about ${bytesText(ofBytes)}` : "";
    const left = secondsLeft === undefined ? "" : ` · ${formatDuration(secondsLeft * 1000)} left`;
    const text = `${what}: ${bytesText(bytes)}${share} · ${count(rows, "row")} · ${bytesText(rate)}/s${left}`;
    output.spinner.show(() => text);
    if (performance.now() - mentioned < 10_000) return;
    mentioned = performance.now();
    output.log.info(text);
  };
}

/** Which database a command is about, for questions. */
export function databaseText({ source }: ResolvedConfig): string {
  return source?.kind === "url" ? hostOf(source.url) : "the database";
}
