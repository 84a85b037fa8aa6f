// What is said to be the same SQL is printed alike by a server, and what is said not to be is not: on what projects write, and on that damaged at random.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pg } from "@clew/core";
import { introspect } from "@clew/core/schema";
import { freshDatabase, type Template } from "@clew/kit";
import { loadGrammar, startComparing, startFold, type Catalog, type Fact, type SqlText } from "@clew/sql-analyzer";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { Printer } from "./printer.ts";
import { replay, type File } from "./replay.ts";

// CLEW_MUTATIONS: how many of each text; CLEW_SEED: which.
const mutations = Number(process.env["CLEW_MUTATIONS"] ?? 3);
const seed = Number(process.env["CLEW_SEED"] ?? 1);
const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const histories: readonly (readonly [name: string, template: Template, files: readonly File[]])[] = [
  ...filesIn(folder("cases/")).map((file) => [file.name, "plain", [file]] as const),
  ["portfolio", "supabase", filesIn(folder("../../migrations/"))],
  ...(process.env["CLEW_HISTORIES"]?.split(",") ?? []).map((path) => [path, "supabase", filesIn(path)] as const),
];

describe.each(histories)("%s", (_, template, files) => {
  test("no answer is other than the server's", async () => {
    const grammar = await loadGrammar();
    await using db = await freshDatabase({ template });
    const client = new Client({ connectionString: Object.assign(new URL(db.url), { username: "postgres" }).href });
    await client.connect();
    const look = async (): Promise<Catalog> => {
      await using session = await pg(() => new Client(db.url)).connect();
      return await introspect(session);
    };
    const folding = startFold(await look(), { grammar });
    // those of one server version only have to run there
    for (const file of files) folding.apply(await replay(client, file, grammar).catch(() => []));
    await client.end();
    const folded = folding.catalog();
    const live = await look();
    const printer = new Printer(await db.client(), folded);
    const compare = startComparing(folded, live, grammar);
    const wrong: string[] = [];
    const counts = { same: 0, different: 0, unknown: 0 };
    const random = randomFrom(seed);
    for (const { fact, field, written, printed, type } of texts(folded, live)) {
      const is = await printer.print(fact, field, printed, type);
      // `*` means what it meant when the view was made, and no longer what the server makes of it now.
      if (is === undefined || /(?:select|\.|,)\s*\*/i.test(written.sql)) continue;
      for (let round = 0; round <= mutations; round++) {
        const text = round === 0 ? written : { ...written, sql: damaged(written.sql, random) };
        const as = await printer.print(fact, field, text, type);
        if (as === undefined) continue;
        const answer = compare(text, printed, { key: fact.key, field: field.split(".")[0]! });
        if (round === 0 && fact.certainty === "exact") counts[answer] += 1;
        const right = answer === "unknown" || (answer === "same") === (as === is);
        if (!right) wrong.push(`${answer}: ${fact.key} ${field}\n  ${text.sql}\n  ${as}\n  ${is}`);
      }
    }
    expect(wrong).toEqual([]);
    // Of what nobody has damaged nearly all can be told.
    expect(counts.different).toBe(0);
    expect(counts.unknown).toBeLessThanOrEqual(Math.max(1, counts.same / 10));
  });
});

function filesIn(path: string): readonly File[] {
  const names = readdirSync(path).filter((name) => name.endsWith(".sql") && !name.endsWith(".down.sql"));
  return names.sort().map((name) => ({ name, text: readFileSync(`${path}/${name}`, "utf8") }));
}

interface Pair {
  readonly fact: Fact;
  readonly field: string;
  readonly written: SqlText;
  readonly printed: SqlText;
  /** Of an argument's default. */
  readonly type: string | undefined;
}

/** The texts of facts that both have, as they were written and as the server prints them. */
function* texts(folded: Catalog, live: Catalog): Generator<Pair> {
  for (const fact of Object.values(folded.facts)) {
    const other = live.facts[fact.key];
    if (other !== undefined) yield* textsIn(fact, "", fact, other);
  }
}

function* textsIn(fact: Fact, field: string, one: object, other: object): Generator<Pair> {
  for (const [name, value] of Object.entries(one)) {
    const there = (other as Readonly<Record<string, unknown>>)[name];
    if (name === "definition" || typeof value !== "object" || typeof there !== "object" || !there) continue;
    const inner = field === "" ? name : `${field}.${name}`;
    if (!isSql(value) || !isSql(there)) yield* textsIn(fact, inner, value as object, there);
    else if (value.path !== undefined) {
      const type = "type" in other && typeof other.type === "string" && field !== "" ? other.type : undefined;
      yield { fact, field: inner, written: value, printed: there, type };
    }
  }
}

function isSql(value: unknown): value is SqlText {
  return typeof value === "object" && value !== null && "sql" in value && typeof value.sql === "string";
}

/** Numbers from 0 to before `below`, always the same for a seed. */
function randomFrom(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const swaps: Readonly<Record<string, readonly string[]>> = {
  "=": ["<>", ">=", "is distinct from"],
  "<>": ["=", "<"],
  "<": ["<=", ">"],
  ">": [">=", "<"],
  and: ["or"],
  or: ["and"],
  not: [""],
  in: ["not in"],
  desc: ["asc", "", "desc nulls last"],
  distinct: [""],
  left: ["right", "full", "inner"],
  exists: ["not exists"],
  union: ["union all"],
  true: ["false", "null"],
  false: ["true"],
  "+": ["-", "*"],
  is: ["is not"],
  coalesce: ["greatest"],
  lower: ["upper"],
  count: ["max"],
};

/** The text with one thing in it other than it was. */
function damaged(sql: string, random: (below: number) => number): string {
  const tokens = sql.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|::\s*[\w.]+(?:\(\d+\))?(?:\[\])?|[<>=!]+|\s+|./gs) ?? [];
  const names = tokens.filter((token) => /^[a-z_]\w*$/i.test(token));
  for (let attempt = 0; attempt < 20; attempt++) {
    const at = random(tokens.length);
    const token = tokens[at]!;
    const put = (text: string): string => [...tokens.slice(0, at), text, ...tokens.slice(at + 1)].join("");
    const swap = swaps[token.toLowerCase()];
    if (swap) return put(` ${swap[random(swap.length)]!} `);
    if (token.startsWith("::")) return put(random(2) === 0 ? "" : "::text");
    if (token.startsWith("'"))
      return put(["''", "'other'", `${token}::text`, `${token}::varchar`, "'1'", "null"][random(6)]!);
    if (/^\d+$/.test(token))
      return put([`${token}1`, `${token}.0`, `'${token}'`, `${token}::bigint`, `-${token}`][random(5)]!);
    if (/^[a-z_]\w*$/i.test(token) && random(3) === 0) {
      return put([names[random(names.length)]!, `${token}::text`, `${token}::varchar`, `(${token})`][random(4)]!);
    }
  }
  return sql;
}
