// Owns what is told of history, journal and lease.
import { quoted, type HistoryTable } from "../store/bind.ts";
import { journalVersion } from "../store/schema.ts";
import type { State } from "../store/state.ts";
import type { Finding } from "./report.ts";

export function booksFindings(table: HistoryTable, state: State): readonly Finding[] {
  return [historyFinding(table, state), journalFinding(state), ...leaseFinding(state)];
}

function historyFinding(table: HistoryTable, { columns, unique, history }: State): Finding {
  const name = "history";
  const where = `${table.schema}.${table.table}`;
  if (columns.length === 0) return { name, state: "well", said: `${where} is not there; the first run makes it` };
  const said = `${where}: ${history.length} applied, columns ${columns.join(", ")}`;
  if (!columns.includes("version"))
    return {
      name,
      state: "error",
      said: `${said}; the column version is missing`,
      help: "This is no history of migrations: name another with historyTable.",
    };
  if (!unique) {
    const help = `Nothing but Clew's own lock keeps a version from being there twice: ALTER TABLE ${quoted(table)} ADD PRIMARY KEY (version);`;
    return { name, state: "warning", said: `${said}; versions are not kept unique`, help };
  }
  return { name, state: "well", said };
}

function journalFinding({ journal }: State): Finding {
  const name = "journal";
  if (journal === 0) return { name, state: "well", said: "schema clew is not there; the first run makes it" };
  const said = `schema clew, version ${journal}`;
  if (journal === journalVersion) return { name, state: "well", said };
  return { name, state: "well", said: `${said}; the next run brings it to version ${journalVersion}` };
}

function leaseFinding({ lease }: State): readonly Finding[] {
  if (!lease) return [];
  return [
    lease.alive
      ? { name: "runs", state: "warning", said: `${lease.who} is at work`, help: "Wait until it ends." }
      : { name: "runs", state: "well", said: `${lease.who} was cut off; the next run takes over` },
  ];
}
