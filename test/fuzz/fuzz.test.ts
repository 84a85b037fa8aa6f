// Holds the analyzer to survive whatever is damaged in real SQL: it answers, soon, about all of the text, and is well after it.
// CLEW_FUZZ says how many texts (default 3000), CLEW_FUZZ_SEED which (default 1).
import { loadGrammar, read } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { projects } from "../browser/texts.ts";
import { claims } from "./claims.ts";
import { damage, randomFrom, smallest, tokensOf } from "./mutation.ts";

const count = Number(process.env["CLEW_FUZZ"] ?? 3000);
const seed = Number(process.env["CLEW_FUZZ_SEED"] ?? 1);
const longest = 20_000;
const hangMs = 1000; // of this thread's CPU

const known = "create table known (id int primary key); select 'well' from known where id = 1;";
const schema = `create schema auth; create table auth.users (id uuid primary key);
create table projects (id bigint primary key, title text default 'x', owner uuid references auth.users);
create view titles as select title from projects; create type mood as enum ('sad');
create policy seen on projects using (owner = current_user::uuid);`;

test(`${count} damaged texts of seed ${seed} are answered`, { timeout: 24 * 3_600_000 }, async () => {
  const sources = (await projects()).flatMap(({ files }) => files.map(tokensOf)).filter(({ length }) => length > 0);
  const grammar = await loadGrammar();
  const healthy = JSON.stringify(read(known, grammar));
  const claim = claims(grammar, schema);

  const complaint = (text: string): string | undefined => {
    const began = process.threadCpuUsage();
    const said = thrown(() => claim(text));
    const { user, system } = process.threadCpuUsage(began);
    if (said !== undefined) return said;
    if (JSON.stringify(read(known, grammar)) !== healthy) return "leaves the grammar ill";
    return (user + system) / 1000 > hangMs ? "takes more than a second" : undefined;
  };

  const complaints = new Map<string, string>();
  for (let at = 0; at < count && complaints.size < 20; at++) {
    // Each text has a seed of its own, so that it can be had again alone.
    const text = damage(sources, randomFrom(seed * 1_000_003 + at), longest);
    const said = complaint(text);
    if (said !== undefined && !complaints.has(said)) {
      complaints.set(said, `text ${at}: ${JSON.stringify(smallest(text, (part) => complaint(part) === said))}`);
    }
    // An instance of the grammar that has met its limits is replaced between two tasks.
    if (at % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(Object.fromEntries(complaints)).toEqual({});
});

function thrown(what: () => string | undefined): string | undefined {
  try {
    return what();
  } catch (error) {
    const place = error instanceof Error ? /\bsrc\/[\w/-]+\.ts:\d+/.exec(error.stack ?? "")?.[0] : undefined;
    return `throws ${String(error).slice(0, 200)} at ${place ?? "?"}`;
  }
}
