// Owns the benchmark of reading SQL: what splitting and classifying costs over the bare grammar, on migrations that others published.
import { loadGrammar, read, segment } from "@clew/sql-analyzer";
import { filesOf, published } from "../conformance/published.ts";
import type { Benchmark, Figure } from "./report.ts";

const repeats = 8;

export const analyzer: Benchmark = {
  name: "analyzer",
  what: "reading published migrations: statements, kinds, boundaries, segments",
  async run(): Promise<readonly Figure[]> {
    const files = await Promise.all(published.map((one) => filesOf(one)));
    const texts = files.flatMap((one) => Object.values(one).map(String));
    const megabytes = (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) * repeats) / 1e6;
    const grammar = await loadGrammar();
    const bare = (): void => texts.forEach((text) => grammar.parse(text));
    const whole = (): void => texts.forEach((text) => segment(read(text, grammar)));
    const insert = "INSERT INTO item VALUES (1, 'Übung № 1; 🧵', 'it''s the note');\n";
    const large = insert.repeat(Math.ceil(20e6 / Buffer.byteLength(insert)));

    cpuSeconds(whole); // warm
    const alone = cpuSeconds(bare);
    const all = cpuSeconds(whole);
    const bulk = cpuSeconds(() => read(large, grammar), 1);
    return [
      { what: "CPU, ratio to the grammar alone on whole files", value: all / alone, unit: "×", most: 1.5 },
      { what: "read, per CPU second", value: megabytes / all, unit: "MB" },
      { what: "the grammar alone, per CPU second", value: megabytes / alone, unit: "MB" },
      { what: "read of a large file of INSERTs, per CPU second", value: 20 / bulk, unit: "MB" },
    ];
  },
};

function cpuSeconds(work: () => void, times = repeats): number {
  const before = process.cpuUsage();
  for (let at = 0; at < times; at += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
