// Owns `clew logs`: which runs left a log, what is in one, and one that is being written.
import { setTimeout as sleep } from "node:timers/promises";
import { ClewError } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { logFolder } from "../company.ts";
import { shownPath } from "../config/resolve.ts";
import type { Context } from "../context.ts";
import { logsText, recordText } from "../log/report.ts";
import { listLogs, matches, partsOf, readFrom, readLog, recordsIn, type LogEntry } from "../log/read.ts";
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
  if (flags.follow) return follow(context, folder, entry.name);
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

/** Prints what is there and what comes, until the run has ended: as text, or with --json each record as a line. */
async function follow({ flags, output }: Context, folder: string, name: string): Promise<number> {
  const seen = new Map<string, number>();
  for (;;) {
    let over = false;
    for (const path of partsOf(folder, name)) {
      const { text, to } = readFrom(path, seen.get(path) ?? 0);
      seen.set(path, to);
      for (const record of recordsIn(text)) {
        over ||= record.event === "run.finished";
        if (!matches(record, flags.filter)) continue;
        if (output.json) output.message(record);
        else output.line((paint) => recordText(record, paint));
      }
    }
    if (over) return 0;
    await sleep(200);
  }
}
