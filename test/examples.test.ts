// Owns the proof that each example does what its README shows.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { examples, readShown, runExample, type Shown } from "../examples/run.ts";

const folder = join(import.meta.dirname, "..", "examples");

/** What differs from run to run and from machine to machine: times, ids, who and where. */
function normal(text: string): string {
  return text
    .replaceAll(/\b\d+(\.\d+)? m?s\b/g, "<time>")
    .replaceAll(/"ms": \d+/g, '"ms": <time>')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d[:-]\d\d[:-]\d\d(\.\d+)?( UTC|Z)?/g, "<moment>")
    .replaceAll(/\b\d\d:\d\d:\d\d\.\d{3}\b/g, "<moment>")
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>")
    .replaceAll(/\b[0-9a-f]{8,64}\b/g, "<id>")
    .replaceAll(/\S+@\S+, clew \S+/g, "<who>")
    .replaceAll(/ {2,}/g, "  ")
    .trimEnd();
}

/** Those that need what a test of their own brings: test/cli/supabase.test.ts. */
const elsewhere = ["node_modules", "supabase", "backup"];

test("every folder is an example that is run", () => {
  const folders = readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));
  expect(folders.filter((name) => !elsewhere.includes(name)).toSorted()).toEqual(examples.toSorted());
});

test.each(examples)(
  "%s: prints what its README shows (after a change: ./dev example <name> --write)",
  (name) => {
    const ran: Shown[] = [];
    runExample(name, (shown) => ran.push(shown));
    const shown = readShown(readFileSync(join(folder, name, "README.md"), "utf8"));
    expect(shown.length).toBeGreaterThan(1);
    expect(ran.map(({ command, output }) => `$ ${command}\n${normal(output)}`)).toEqual(
      shown.map(({ command, output }) => `$ ${command}\n${normal(output)}`),
    );
  },
  300_000,
);
