// Owns the reading of logs: which runs left one, what is in it, and what of that is wanted.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LogLevel } from "../output.ts";
import { fileName } from "./file.ts";
import type { LogRecord } from "./record.ts";

/** A run that left a log. */
export interface LogEntry {
  /** Its name without the ending: what `clew logs <name>` takes, also its last eight characters. */
  readonly name: string;
  readonly at: string;
  readonly command: string;
  readonly run?: string;
  /** How it ended; absent where the log does not say. */
  readonly outcome?: string;
  readonly records: number;
  readonly bytes: number;
  readonly files: readonly string[];
}

/** The logs of a folder, the newest first; none where there is no folder. */
export function listLogs(folder: string): readonly LogEntry[] {
  return [...partsIn(folder)].sort(([a], [b]) => (a < b ? 1 : -1)).map(([name, files]) => entryOf(name, files));
}

/** The files of a log as they are now, in order: a run that goes on makes new ones and removes some between. */
export function partsOf(folder: string, name: string): readonly string[] {
  return partsIn(folder).get(name) ?? [];
}

function partsIn(folder: string): ReadonlyMap<string, readonly string[]> {
  const partOf = (file: string): number => Number(fileName.exec(file)![4] ?? 1);
  const sorted = namesIn(folder).toSorted((a, b) => partOf(a) - partOf(b));
  const groups = Map.groupBy(sorted, stemOf);
  return new Map([...groups].map(([stem, names]) => [stem, names.map((file) => join(folder, file))]));
}

/** The records of a log, in order. A last line that a killed process left half is passed over. */
export function readLog({ files }: Pick<LogEntry, "files">): readonly LogRecord[] {
  return files.flatMap((path) => recordsIn(readFileSync(path, "utf8")));
}

const families: readonly string[] = ["run", "step", "statement", "leftover", "connection", "message"];

const order: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** Whether a record is what was asked for: a level (and above), an event or its beginning, a version, or a word in its text. */
export function matches(record: LogRecord, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  const level = order.indexOf(filter as LogLevel);
  if (level >= 0) return order.indexOf(record.level) >= level;
  if (families.includes(filter.split(".")[0]!)) return record.event === filter || record.event.startsWith(`${filter}.`);
  return record["version"] === filter || JSON.stringify(record).toLowerCase().includes(filter.toLowerCase());
}

/** What has been appended to a file since the place, and where it ends now; nothing of one that was removed meanwhile. */
export function readFrom(path: string, from: number): { readonly text: string; readonly to: number } {
  if (!existsSync(path)) return { text: "", to: from };
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
    const read = readSync(file, bytes, 0, bytes.length, from);
    // Only whole lines: the rest comes with the next look.
    const end = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
    return { text: bytes.toString("utf8", 0, end), to: from + end };
  } finally {
    closeSync(file);
  }
}

export function recordsIn(text: string): readonly LogRecord[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as LogRecord];
    } catch {
      return [];
    }
  });
}

function entryOf(name: string, files: readonly string[]): LogEntry {
  const [, at = "", command = ""] = fileName.exec(`${name}.ndjson`)!;
  const records = readLog({ files });
  const run = records.find(({ event }) => event === "run.started")?.["run"] as string | undefined;
  const finished = records.findLast(({ event }) => event === "run.finished")?.["outcome"] as string | undefined;
  const refused = run === undefined && records.some(({ level }) => level === "error");
  const outcome = finished ?? (refused ? "refused" : undefined);
  return {
    name,
    at: `${at.slice(0, 10)}T${at.slice(11, 19).replaceAll("-", ":")}Z`,
    command,
    ...(run === undefined ? {} : { run }),
    ...(outcome === undefined ? {} : { outcome }),
    records: records.length,
    bytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
    files,
  };
}

function stemOf(name: string): string {
  return name.replace(/(?:\.\d+)?\.ndjson$/, "");
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => fileName.test(name));
  } catch {
    return [];
  }
}
