// Owns the benchmark of the way back: how much of published migrations comes back, what making an inverse costs, and what keeping rows does.
import { MigrationExecutor } from "@clew/core";
import { freshDatabase, tempFolder } from "@clew/kit";
import { catalogOf, fold, invert, loadGrammar, read, startFold, type Catalog, type Grammar } from "@clew/sql-analyzer";
import { filesOf, published } from "../conformance/published.ts";
import { cases } from "../fold/cases.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

const tables = 200;
const rows = 1_000_000;
const repeats = 9;

export const rollback: Benchmark = {
  name: "rollback",
  what: `rollbacks of the repository's cases and published migrations, an inverse on ${tables} tables, an UPDATE of ${rows} rows`,
  run: async (bench) => [...(await shares()), ...(await inverse()), ...(await capture(bench))],
};

/** What rollbacks are said to give back, which test/rollback judges: files one after the other, each from what the ones before it make. */
async function shares(): Promise<readonly Figure[]> {
  const grammar = await loadGrammar();
  const histories = cases.map(({ text }) => ({ start: "", texts: [text] }));
  for (const one of published) {
    const files = await filesOf(one);
    histories.push({ start: one.before, texts: Object.values(files).map(String) });
  }
  let [files, wholeFiles, statements, wholeStatements] = [0, 0, 0, 0];
  for (const { start, texts } of histories) {
    let before = fold(empty(), read(start, grammar).statements, { grammar }).catalog;
    for (const text of texts) {
      const script = read(text, grammar).statements;
      const whole = (each: typeof script, from: Catalog) => comesBack(invert(each, from, { grammar }).class);
      const folding = startFold(before, { grammar });
      for (const statement of script) {
        statements += 1;
        const from = folding.catalog();
        if (whole([statement], from)) wholeStatements += 1;
        folding.apply([statement]);
      }
      files += 1;
      if (whole(script, before)) wholeFiles += 1;
      before = invert(script, before, { grammar }).after;
    }
  }
  const missing = (whole: number, all: number): number => 100 * (1 - whole / all);
  return [
    { what: "files", value: files },
    { what: "files without a complete rollback, per cent", value: missing(wholeFiles, files), most: 10 },
    { what: "statements", value: statements },
    { what: "statements without one, per cent", value: missing(wholeStatements, statements), most: 5 },
  ];
}

const comesBack = (verdict: string): boolean => verdict === "exact" || verdict === "needs-data";

const empty = (): Catalog => catalogOf([], { source: "files", major: 17 });

/** CPU time of an inverse of 50 statements, once their text is read. */
async function inverse(): Promise<readonly Figure[]> {
  const grammar = await loadGrammar();
  const before = schema(grammar);
  const migration = Array.from({ length: 10 }, (_, at) => {
    const table = `public.t${at * 7}`;
    return `alter table ${table} add column extra int default 0; create index on ${table} (name);
      alter table ${table} alter column note type varchar(40); drop policy own on ${table}; comment on table ${table} is 'changed';`;
  });
  const { statements } = read(migration.join("\n"), grammar);
  const times: number[] = [];
  for (let at = 0; at < repeats; at += 1) {
    const began = process.cpuUsage();
    invert(statements, before, { grammar });
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
  }
  const value = times.sort((a, b) => a - b)[Math.floor(repeats / 2)]!;
  return [
    { what: "facts of the schema", value: Object.keys(before.facts).length },
    { what: `inverse of ${statements.length} statements: CPU`, value, unit: "ms", most: 50 },
    { what: "the first one, cold: CPU", value: Math.max(...times), unit: "ms" },
  ];
}

function schema(grammar: Grammar): Catalog {
  const folding = startFold(empty(), { grammar });
  const text = Array.from(
    { length: tables },
    (_, at) => `create table public.t${at} (id bigint primary key, name text not null default 'x', note text,
      owner bigint${at === 0 ? "" : ` references public.t${at - 1}`}, at timestamptz default now(), check (name <> ''));
      create index on public.t${at} (owner); create view public.v${at} as select id, name from public.t${at};
      alter table public.t${at} enable row level security; create policy own on public.t${at} using (owner > 3);`,
  );
  folding.apply(read(`create schema if not exists public; ${text.join("\n")}`, grammar).statements);
  return folding.catalog();
}

/** The same UPDATE as a migration of its own, with and without rows kept. */
async function capture({ server }: Bench): Promise<readonly Figure[]> {
  await using db = await freshDatabase({ server });
  await db.sql(`create table big (id bigint primary key, name text, amount numeric);
    insert into big select n, 'name ' || n, n from generate_series(1, ${rows}) n`);
  const update = "update big set amount = amount + 1";
  await using folder = await tempFolder({ "1_update.sql": update, "2_update.sql": update });
  const timed = async (version: string, archive: boolean): Promise<number> => {
    const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, archive });
    const began = performance.now();
    const { outcome } = await executor.execute(version);
    if (outcome !== "applied") throw new Error(`the update ended with ${outcome}`);
    return (performance.now() - began) / 1000;
  };
  const alone = await timed("1", false);
  const kept = await timed("2", true);
  const back = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  const began = performance.now();
  const { outcome } = await back.rollback();
  if (outcome !== "rolled-back") throw new Error(`the rollback ended with ${outcome}`);
  return [
    { what: "UPDATE with its rows kept, ratio to the UPDATE alone", value: kept / alone, unit: "×", most: 3 },
    { what: "UPDATE alone: wall time", value: alone, unit: "s" },
    { what: "its rollback: wall time", value: (performance.now() - began) / 1000, unit: "s" },
  ];
}
