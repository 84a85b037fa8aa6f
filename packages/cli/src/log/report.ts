// Owns how logs are shown to people.
import type { Paint, Style } from "../colors.ts";
import { formatDuration } from "../durations.ts";
import type { LogLevel } from "../output.ts";
import { count, table } from "../table.ts";
import type { LogEntry } from "./read.ts";
import type { LogRecord } from "./record.ts";

const styles: Readonly<Record<LogLevel, Style>> = { debug: "dim", info: "cyan", warning: "yellow", error: "red" };

export function logsText(
  { folder, logs }: { readonly folder: string; readonly logs: readonly LogEntry[] },
  paint: Paint,
): string {
  if (logs.length === 0) return `There is no log in ${folder}.`;
  const rows = logs.map(({ name, at, command, outcome = "not finished", records, bytes }) => [
    name,
    at.replace("T", " ").replace("Z", " UTC"),
    command,
    outcome,
    count(records, "record"),
    `${Math.ceil(bytes / 1_000)} kB`,
  ]);
  return `${table(rows, paint)}\n\n\`clew logs last\` shows the newest.`;
}

/** `22:56:41.574 info  step.finished  0002_note · 12 ms` */
export function recordText(record: LogRecord, paint: Paint): string {
  const { ts, level, event } = record;
  return `${paint("dim", ts.slice(11, 23))} ${paint(styles[level], level.padEnd(7))} ${event}  ${detailsOf(record)}`.trimEnd();
}

const elsewhere = new Set([
  "v",
  "ts",
  "seq",
  "level",
  "event",
  "version",
  "name",
  "direction",
  "ms",
  "trace",
  "message",
  "error",
]);

function detailsOf(record: LogRecord): string {
  const { version, name, ms, message, error } = record as Partial<Record<string, unknown>>;
  const others = Object.entries(record)
    .filter(([key]) => !elsewhere.has(key))
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  const { code, message: why, sqlstate } = (error ?? {}) as Partial<Record<string, string>>;
  return [
    version === undefined ? "" : `${String(version)}_${String(name)}`,
    ...others,
    typeof ms === "number" ? formatDuration(ms) : "",
    typeof message === "string" ? message : "",
    code === undefined ? "" : `${why} [${[code, sqlstate && `SQLSTATE ${sqlstate}`].filter(Boolean).join(", ")}]`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
