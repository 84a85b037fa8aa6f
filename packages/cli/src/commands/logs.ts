// Owns `clew logs`: which runs left a log, what is in one, and one that is being written.
import { setTimeout as sleep } from "node:timers/promises";
import { ClewError } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { logFolder } from "../company.ts";
import { shownPath } from "../config/resolve.ts";
import type { Context } from "../context.ts";
import { logsText, recordText } from "../log/report.ts";
import { listLogs, matches, readFrom, readLog, recordsIn, type LogEntry } from "../log/read.ts";
import { readProject } from "../project.ts";

export async function logs(context: Context): Promise<number> {
  const { args, flags, cwd, output } = context;
  const { settings } = await readProject(context);
  const folder = logFolder(cwd, settings);
  const entries = listLogs(folder).map((entry) => ({
    ...entry,
    files: entry.files.map((path) => shownPath(cwd, path)),
  }));
  const [name] = args;
  if (name === undefined && !flags.follow) {
    if (flags.filter !== undefined) throw new UsageError("--filter needs a log: its name, or last");
    const document = { kind: "logs", folder: shownPath(cwd, folder), logs: entries };
    output.result(document, (paint) => logsText(document, paint));
    return 0;
  }
  const entry = find(entries, name ?? "last", shownPath(cwd, folder));
  if (flags.follow) return follow(context, entry);
  const records = readLog(entry).filter((record) => matches(record, flags.filter));
  output.result({ kind: "log", log: entry, records }, (paint) =>
    records.map((record) => recordText(record, paint)).join("\n"),
  );
  return 0;
}

function find(entries: readonly LogEntry[], name: string, folder: string): LogEntry {
  const found = name === "last" ? entries[0] : entries.find((one) => one.name === name || one.name.endsWith(name));
  const byRun = found ?? entries.find(({ run }) => run?.startsWith(name));
  if (byRun) return byRun;
  const help = entries.length === 0 ? "Logs are written by `clew execute` and `clew rollback`." : "See `clew logs`.";
  throw new ClewError(
    "USAGE",
    name === "last" ? `there is no log in ${folder}` : `there is no log ${name} in ${folder}`,
    {
      help,
    },
  );
}

/** Prints what is there and what comes, until the run has ended. */
async function follow({ flags, output }: Context, entry: LogEntry): Promise<number> {
  if (output.json) throw new UsageError("--follow prints lines as they come; the file itself is JSON, line by line");
  let places = entry.files.map((path) => ({ path, at: 0 }));
  for (;;) {
    let over = false;
    for (const [index, { path, at }] of places.entries()) {
      const { text, to } = readFrom(path, at);
      places = places.with(index, { path, at: to });
      for (const record of recordsIn(text)) {
        if (matches(record, flags.filter)) output.line((paint) => recordText(record, paint));
        over ||= record.event === "run.finished";
      }
    }
    if (over) return 0;
    await sleep(200);
  }
}
