// Owns the names of the test suites: `./dev test` runs all of them, `./dev test executor faults -- -t "lost reply"` those named.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

export interface Suite {
  /** What it covers, for whoever asks for the list. */
  readonly covers: string;
  /** Beginnings of the paths of its test files, from the root of the repository. */
  readonly files: readonly string[];
}

/** Every test file belongs to one suite at least; some to two. */
export const suites: Readonly<Record<string, Suite>> = {
  utilities: {
    covers: "pure parts: reading SQL and files, planning, comparing",
    files: [
      "packages/sql-analyzer/src/",
      "packages/core/queries/",
      "packages/core/src/files/",
      "packages/core/src/plan/",
      "packages/core/src/schema/",
      "packages/core/src/redact",
      "packages/core/src/run/items",
    ],
  },
  analyzer: { covers: "@clew/sql-analyzer", files: ["packages/sql-analyzer/src/"] },
  fold: { covers: "what statements are folded to, against what servers make of them", files: ["test/fold"] },
  rollback: { covers: "what rollbacks give back, judged by pg_dump and the rows", files: ["test/rollback"] },
  browser: { covers: "the analyzer in Chromium, against itself in Node", files: ["test/browser"] },
  fuzz: { covers: "the analyzer on SQL that was damaged at random", files: ["test/fuzz"] },
  config: {
    covers: "where settings come from: flags, file, environment, defaults",
    files: [
      "packages/core/src/environment",
      "packages/core/src/choose",
      "packages/core/src/settings",
      "packages/cli/src/config",
    ],
  },
  executor: { covers: "@clew/core: running, resuming, rolling back", files: ["packages/core/src/"] },
  channel: {
    covers: "Supabase's API as a channel: its functions, its keys, lost requests",
    files: ["packages/core/src/supabase/", "packages/core/src/drivers/", "test/cli/supabase"],
  },
  drivers: { covers: "the driver contract, on pg, PGlite and Supabase's API", files: ["packages/core/src/drivers/"] },
  embedded: {
    covers: "the embedded Postgres and the Supabase baseline",
    files: ["packages/core/src/embedded/", "packages/core/src/baseline/"],
  },
  errors: {
    covers: "what is said when something goes wrong, and that it holds no secret",
    files: [
      "packages/core/src/errors",
      "packages/core/src/run/explain",
      "packages/core/src/redact",
      "packages/cli/src/errors",
      "packages/cli/src/redaction",
    ],
  },
  backup: {
    covers: "@clew/backup: making, checking, restoring, pruning; what survives kill -9 and full disks",
    files: ["packages/backup/src/", "test/backup"],
  },
  cli: { covers: "the clew command", files: ["packages/cli/src/", "test/cli"] },
  faults: {
    covers: "exactly once: lost replies, kill -9, races, silence",
    files: ["packages/core/src/faults", "packages/core/src/kill", "packages/core/src/race", "test/faults"],
  },
  locks: { covers: "what statements lock, rewrite and scan, measured on real servers", files: ["test/locks/"] },
  adopt: { covers: "projects taken over from other migration tools", files: ["test/adopt"] },
  conformance: { covers: "migrations that others published, and the Supabase CLI", files: ["test/conformance"] },
  packages: { covers: "the packed tarballs, installed as a user would", files: ["test/packages"] },
  references: {
    covers: "names in migrations that nothing has",
    files: ["packages/sql-analyzer/src/references/", "test/references"],
  },
  structure: {
    covers: "the rules of the house, and this table",
    files: ["test/structure", "test/suites", "test/reporter"],
  },
  hooks: {
    covers: "what a Claude Flow swarm is told, and that one that misbehaves changes nothing",
    files: ["packages/claude-flow-hooks/src/", "test/cli/claude-flow"],
  },
  examples: { covers: "the examples, against what their READMEs show", files: ["test/examples"] },
  kit: { covers: "the servers, proxies and processes that tests run on", files: ["test/kit/"] },
};

/** What to run for these arguments, or why it cannot be told. */
export function choose(
  args: readonly string[],
): { readonly vitest: readonly string[] } | { readonly unknown: string; readonly nearest: string } {
  const first = args.findIndex((arg) => arg.startsWith("-"));
  const names = first < 0 ? args : args.slice(0, first);
  const flags = first < 0 ? [] : args.slice(first).filter((arg, index) => !(index === 0 && arg === "--"));
  const unknown = names.find((name) => !Object.hasOwn(suites, name));
  if (unknown !== undefined) return { unknown, nearest: nearest(unknown, Object.keys(suites)) };
  return { vitest: [...new Set(names.flatMap((name) => suites[name]!.files)), ...flags] };
}

/** The candidate that the fewest edits make of the word. */
function nearest(word: string, candidates: readonly string[]): string {
  return candidates.toSorted((a, b) => edits(word, a) - edits(word, b))[0]!;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

if (import.meta.main) {
  const choice = choose(process.argv.slice(2));
  if ("unknown" in choice) {
    const width = Math.max(...Object.keys(suites).map((name) => name.length));
    const list = Object.entries(suites).map(([name, { covers }]) => `  ${name.padEnd(width)}  ${covers}`);
    console.error(`There is no suite ${choice.unknown}; did you mean ${choice.nearest}?\n${list.join("\n")}`);
    process.exit(2);
  }
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const root = dirname(import.meta.dirname);
  // Tests mostly wait for a server: a worker for each core. Vitest keeps one core free, and takes this of the command line alone.
  const workers = `--maxWorkers=${String(Math.max(2, availableParallelism()))}`;
  const { status } = spawnSync(process.execPath, [vitest, "run", workers, ...choice.vitest], {
    cwd: root,
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
