// Owns the benchmark of the analyzer: reading and folding a large history, starting, and what reading costs over the bare grammar.
import { fileURLToPath } from "node:url";
import { tempFolder } from "@clew/kit";
import { loadGrammar, read, segment } from "@clew/sql-analyzer";
import { filesOf, published } from "../conformance/published.ts";
import { history } from "./history.ts";
import { clew, median, node, type Usage } from "./measure.ts";
import type { Benchmark, Figure } from "./report.ts";

const repeats = 8;
const bytes = 10e6;
const validated = 600e3;
const slowest = 8; // MB per CPU second
const program = fileURLToPath(new URL("analyzer-history.js", import.meta.url));

export const analyzer: Benchmark = {
  name: "analyzer",
  what: "reading and folding 10 MB of migrations, starting, and reading migrations that others published",
  run: async () => [...(await large()), ...(await validate()), ...(await start()), ...(await overGrammar())],
};

/** A process of its own for each, so that nothing is warm. */
async function large(): Promise<readonly Figure[]> {
  const files = history(bytes);
  const named = files.map((text, at): [string, string] => [`${20250101000000 + at}_change.sql`, text]);
  await using folder = await tempFolder(Object.fromEntries(named));
  const usage = (what: string): Promise<Usage> =>
    median(
      3,
      () => node(program, what, folder.path),
      ({ cpuMs }) => cpuMs,
    );
  const read = await usage("read");
  const fold = await usage("fold");
  const plain = await usage("plain");
  const { facts } = said(fold);
  const most = bytes / 1e6 / slowest;
  return [
    { what: "read 10 MB: CPU", value: said(read).seconds, unit: "s", most },
    { what: "read 10 MB: memory", value: read.peakMb, unit: "MB", most: 600 },
    { what: "read and fold 10 MB: CPU", value: said(fold).seconds, unit: "s", most },
    { what: "read and fold 10 MB: memory", value: fold.peakMb, unit: "MB", most: 600 },
    { what: "the same, files", value: files.length },
    { what: "the same, statements", value: said(fold).statements },
    { what: "the same, facts of the catalog", value: facts },
    { what: "read 10 MB where V8 is left alone: CPU", value: said(plain).seconds, unit: "s" },
    { what: "read 10 MB where V8 is left alone: memory", value: plain.peakMb, unit: "MB" },
  ];
}

async function validate(): Promise<readonly Figure[]> {
  const files = history(validated).map((text, at): [string, string] => [`${20250101000000 + at}_change.sql`, text]);
  await using folder = await tempFolder(Object.fromEntries(files));
  const usage = await clew("validate", "--dir", folder.path);
  return [{ what: `clew validate of ${files.length} files: memory`, value: usage.peakMb, unit: "MB", most: 250 }];
}

function said({ stdout }: Usage): { readonly seconds: number; readonly statements: number; readonly facts: number } {
  return JSON.parse(stdout);
}

async function start(): Promise<readonly Figure[]> {
  const usage = (...args: string[]): Promise<Usage> =>
    median(
      7,
      () => node(...args),
      ({ cpuMs }) => cpuMs,
    );
  const ours = await usage(program, "read");
  const floor = await usage("-e", "0");
  return [
    {
      what: "import, load the grammar, parse: CPU over `node -e 0`",
      value: ours.cpuMs - floor.cpuMs,
      unit: "ms",
      most: 150,
    },
    { what: "CPU of `node -e 0`", value: floor.cpuMs, unit: "ms" },
  ];
}

async function overGrammar(): Promise<readonly Figure[]> {
  const files = await Promise.all(published.map((one) => filesOf(one)));
  const texts = files.flatMap((one) => Object.values(one).map(String));
  const megabytes = (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) * repeats) / 1e6;
  const grammar = await loadGrammar();
  const bare = (): void => texts.forEach((text) => grammar.parse(text));
  const whole = (): void => texts.forEach((text) => segment(read(text, grammar)));
  const insert = "INSERT INTO item VALUES (1, 'Übung № 1; 🧵', 'it''s the note');\n";
  const large = insert.repeat(Math.ceil(20e6 / Buffer.byteLength(insert)));

  for (const work of [bare, whole]) cpuSeconds(work); // warm
  const alone = cpuSeconds(bare);
  const all = cpuSeconds(whole);
  const bulk = cpuSeconds(() => read(large, grammar), 1);
  return [
    { what: "CPU, ratio to the grammar alone on whole files", value: all / alone, unit: "×", most: 1.5 },
    { what: "read, warm, per CPU second", value: megabytes / all, unit: "MB" },
    { what: "the grammar alone, warm, per CPU second", value: megabytes / alone, unit: "MB" },
    { what: "read of a large file of INSERTs, per CPU second", value: 20 / bulk, unit: "MB" },
  ];
}

function cpuSeconds(work: () => void, times = repeats): number {
  const before = process.threadCpuUsage();
  for (let at = 0; at < times; at += 1) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}
