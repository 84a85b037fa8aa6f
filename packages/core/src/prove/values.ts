// Owns the values that generated rows hold: SQL constants for a column, by its type and by what its constraints name.
import { type Catalog, type Fact, factsOf } from "@clew/sql-analyzer";
import { literal } from "../store/bind.ts";

/** Numbers from 0 to below 1 that are the same for the same seed. https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes constants for one column: `n` is the number of the row, `next` a source of chance. Undefined: no value is known. */
export type Make = (n: number, next: () => number) => string | undefined;

/** How values of a column are made. */
export function makerOf(
  column: Fact<"column">,
  /** Those of its table. */
  constraints: readonly Fact<"constraint">[],
  catalog: Catalog,
): Make {
  const named = constantsNamed(column, constraints, catalog);
  const make = ofType(column.type, catalog);
  const known = make(1, () => 0) !== undefined;
  return (n, next) => {
    // Mostly values such as the constraints name: others are what they refuse.
    if (named.length > 0 && next() < 0.7) return named[Math.floor(next() * named.length)];
    return known ? make(n, next) : undefined;
  };
}

/** Constants in the CHECK constraints that speak of the column, and in those of its domain. */
function constantsNamed(
  { name, type }: Fact<"column">,
  constraints: readonly Fact<"constraint">[],
  catalog: Catalog,
): readonly string[] {
  const found = new Set<string>();
  const speaks = new RegExp(`\\b${escaped(name)}\\b`);
  const domain = catalog.facts[`domain ${type}`];
  const checks = [
    ...constraints.flatMap(({ check }) => (check !== undefined && speaks.test(check.sql) ? [check.sql] : [])),
    ...(domain === undefined ? [] : factsOf(catalog, "constraint"))
      .filter(({ parent }) => parent === domain?.key)
      .flatMap(({ check }) => check?.sql ?? []),
  ];
  for (const check of checks) {
    for (const [text] of check.matchAll(/'(?:[^']|'')*'/g)) found.add(text);
    for (const [text] of check.matchAll(/(?<![\w'.])-?\d+(?:\.\d+)?(?![\w'])/g)) {
      for (const near of [0, 1, -1]) found.add(String(Number(text) + near));
    }
  }
  return [...found];
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const whole =
  (most: number): Make =>
  (n, next) =>
    String(n + Math.floor(next() * Math.min(most, 1000)));

const word: Make = (n, next) => literal(`${syllables[Math.floor(next() * syllables.length)]!}-${n}`);
const syllables = ["ar", "bel", "cor", "dun", "é", "fo''x", "naïve", "zz"];

const two = (value: number): string => String(value).padStart(2, "0");
const day = (n: number): string => `2024-${two(1 + (n % 12))}-${two(1 + (n % 28))}`;
const hour = (n: number): string => `${two(n % 24)}:30:15.123456`;
const hex = (n: number, next: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("") + two(n % 100);

const makers: Readonly<Record<string, Make>> = {
  smallint: whole(1000),
  integer: whole(1000),
  bigint: whole(1000),
  numeric: (n, next) => `${n}.${Math.floor(next() * 90 + 10)}`,
  real: (n) => `${n}.5`,
  "double precision": (n) => `${n}.25`,
  money: (n) => `'${n}.50'`,
  boolean: (_, next) => (next() < 0.5 ? "true" : "false"),
  text: word,
  "character varying": word,
  character: (n) => literal(String.fromCharCode(97 + (n % 26))),
  '"char"': (n) => literal(String.fromCharCode(97 + (n % 26))),
  name: word,
  citext: word,
  uuid: (n, next) => `'${hex(n, next, 6)}-0000-4000-8000-${hex(n, next, 10)}'`,
  bytea: (n, next) => `'\\x${hex(n, next, 8)}'`,
  date: (n) => `'${day(n)}'`,
  "time without time zone": (n) => `'${hour(n)}'`,
  "time with time zone": (n) => `'${hour(n)}+02'`,
  "timestamp without time zone": (n) => `'${day(n)} ${hour(n)}'`,
  "timestamp with time zone": (n) => `'${day(n)} ${hour(n)}+00'`,
  interval: (n) => `'${n} days 2 hours'`,
  json: (n) => `'{"n": ${n}, "of": ["a", null]}'`,
  jsonb: (n) => `'{"n": ${n}, "of": ["a", null]}'`,
  xml: (n) => `'<n>${n}</n>'`,
  inet: (n) => `'10.0.0.${n % 250}'`,
  cidr: (n) => `'10.0.${n % 250}.0/24'`,
  macaddr: (n) => `'08:00:2b:01:02:${two(n % 100)}'`,
  macaddr8: (n) => `'08:00:2b:01:02:03:04:${two(n % 100)}'`,
  bit: (n) => `'${n % 2}'`,
  "bit varying": (n) => `'${n.toString(2)}'`,
  oid: whole(1000),
  point: (n) => `'(${n},1)'`,
  line: (n) => `'{1,2,${n}}'`,
  lseg: (n) => `'((0,0),(${n},1))'`,
  box: (n) => `'((0,0),(${n},1))'`,
  path: (n) => `'((0,0),(${n},1))'`,
  polygon: (n) => `'((0,0),(${n},1),(1,2))'`,
  circle: (n) => `'<(0,0),${n}>'`,
  tsvector: (n) => `'word${n}:1'`,
  tsquery: (n) => `'word${n}'`,
  int4range: (n) => `'[${n * 10},${n * 10 + 5})'`,
  int8range: (n) => `'[${n * 10},${n * 10 + 5})'`,
  numrange: (n) => `'[${n * 10},${n * 10 + 5})'`,
  daterange: (n) => `'[2024-01-${two(1 + (n % 28))},2024-01-${two(1 + (n % 28))}]'`,
  tsrange: (n) => `'[2024-01-${two(1 + (n % 28))} 10:00,2024-01-${two(1 + (n % 28))} 11:00)'`,
  tstzrange: (n) => `'[2024-01-${two(1 + (n % 28))} 10:00+00,2024-01-${two(1 + (n % 28))} 11:00+00)'`,
  pg_lsn: (n) => `'0/${n.toString(16)}'`,
  hstore: (n) => `'a=>${n}'`,
  ltree: (n) => `'top.n${n}'`,
};

/** The maker of a type as `format_type` prints it, cast to it, so that only a length may refuse it. */
function ofType(type: string, catalog: Catalog): Make {
  if (type.endsWith("[]")) {
    const make = ofType(type.slice(0, -2), catalog);
    return (n, next) => {
      const value = make(n, next);
      return value === undefined ? undefined : `ARRAY[${value}]::${type}`;
    };
  }
  const fact = catalog.facts[`enum ${type}`] ?? catalog.facts[`domain ${type}`];
  if (fact?.kind === "enum") {
    return (_, next) => {
      const value = fact.values[Math.floor(next() * fact.values.length)];
      return value === undefined ? undefined : `${literal(value)}::${type}`;
    };
  }
  if (fact?.kind === "domain") return ofType(fact.type, catalog);
  const [, base, length, rest = ""] = /^("?[\w ."]+?)(?:\((\d+)[^)]*\))?((?: with| without).*)?$/.exec(type) ?? [];
  const plain = `${base ?? type}${rest}`;
  const make = makers[plain] ?? makers[plain.slice(plain.lastIndexOf(".") + 1)];
  if (make === undefined) return vector(plain, length);
  // A cast cuts to the length that the type has.
  return (n, next) => {
    const value = make(n, next);
    if (value === undefined) return undefined;
    return length !== undefined && plain === "numeric" ? `(${n % 9})::${type}` : `${value}::${type}`;
  };
}

function vector(type: string, length: string | undefined): Make {
  if (!/(?:^|\.)(?:vector|halfvec)$/.test(type)) return () => undefined;
  return (n) => `'[${Array.from({ length: Number(length ?? 3) }, () => n).join(",")}]'`;
}
