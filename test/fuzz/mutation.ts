// Owns the damage done to SQL by a fuzzer: words of real statements deleted, doubled, swapped, spliced, and odd ones put between.

/** A random number from 0 to below `below`. */
export type Random = (below: number) => number;

/** The same numbers for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  // mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A text as the pieces that mutations move about: words, numbers, quoted texts, white space, single characters. */
export function tokensOf(text: string): readonly string[] {
  return text.match(/\s+|--.*|\/\*|\*\/|\$\w*\$|[eEnNbBxXuU]&?'|[\p{L}_][\p{L}\p{N}_$]*|\d[\d.]*|::|./gsu) ?? [];
}

/** What is put in: what opens, closes or means something to the lexer, the splitter, the grammar or the fold. */
const oddities: readonly string[] = [
  ..."' \" ( ) [ ] { } ; , . : :: \\ $ $$ $a$ $é$ -- /* */ E' U&' B' N' '' \"\" \\' @ # % & | ~ ^ ? ` = <> => -> := *".split(
    " ",
  ),
  ..."\n|\r\n|\r|\t|\f|\v|\u00a0|\u2028|\ufeff|\0|\x01|\x7f|é|😀|👩‍👩‍👧|\ud800|\udc00|名".split("|"),
  ..."create or replace alter drop table function procedure view index policy trigger type schema domain role".split(
    " ",
  ),
  ..."begin atomic end commit rollback do as is not null in like between and case when then else select from".split(
    " ",
  ),
  ..."where with recursive values insert into update delete merge returning on conflict grant revoke to public".split(
    " ",
  ),
  ..."if exists cascade restrict concurrently unique primary key references check default generated always".split(" "),
  ..."identity copy stdin language sql plpgsql execute format perform set search_path local owner rename column".split(
    " ",
  ),
  ..."add value before enum range of partition attach inherits temporary unlogged returns setof variadic out".split(
    " ",
  ),
  ..."0 1 -1 1e9999 0x1F 99999999999999999999 1_000 $1 :'x' {{x}} ${x} pg_catalog public auth __proto__ constructor".split(
    " ",
  ),
  "\n\\.\n",
  "\\connect x\n",
  "\n<<<<<<< HEAD\n",
  "\n=======\n",
  "\n>>>>>>> x\n",
  "create function f() returns int begin atomic select 1; end",
  "do $$ begin execute 'drop table ' || x; end $$",
  "/* /* */",
  "(".repeat(300),
  "[".repeat(50),
  "case when ".repeat(50),
  "select (select ".repeat(60),
  "-- migrate:down\n",
];

/** One of the texts, damaged: at most `longest` UTF-16 code units. The same for the same random numbers. */
export function damage(texts: readonly (readonly string[])[], random: Random, longest: number): string {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
  const piece = (most: number): string[] => {
    const tokens = pick(texts);
    const start = random(tokens.length);
    return tokens.slice(start, start + 1 + random(most));
  };
  let tokens = random(4) === 0 ? [...piece(400), ...piece(400)] : piece(1 + random(1200));
  for (let edits = random(random(3) === 0 ? 40 : 6); edits >= 0; edits--) {
    const at = random(tokens.length + 1);
    const other = random(tokens.length + 1);
    const count = 1 + random(random(8) === 0 ? 60 : 3);
    switch (random(9)) {
      case 0:
        tokens.splice(at, count);
        break;
      case 1:
        tokens.splice(at, 0, ...tokens.slice(at, at + count));
        break;
      case 2:
        tokens.splice(other, 0, ...tokens.splice(at, count));
        break;
      case 3:
        [tokens[at], tokens[other]] = [tokens[other] ?? "", tokens[at] ?? ""];
        break;
      case 4:
        tokens.splice(at, random(2), ...piece(60));
        break;
      case 5: {
        const word = tokens[at] ?? "";
        const cut = random(word.length + 1);
        tokens[at] = word.slice(0, cut) + (random(2) === 0 ? "" : pick(oddities)) + word.slice(cut + random(2));
        break;
      }
      case 6:
        tokens = tokens.slice(0, Math.max(1, at));
        break;
      default:
        tokens.splice(at, random(2), pick(oddities));
    }
  }
  return tokens.join("").slice(0, longest);
}

/** A part of the text, as small as leaving out pieces makes it, that still has what is sought. */
export function smallest(text: string, has: (text: string) => boolean): string {
  let tokens = tokensOf(text);
  for (let size = Math.ceil(tokens.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < tokens.length;) {
      const without = tokens.toSpliced(at, size);
      if (has(without.join(""))) tokens = without;
      else at += size;
    }
  }
  return tokens.join("");
}
