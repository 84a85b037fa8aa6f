// Owns what types the operators and functions of pg_catalog give, as far as that follows from those of what they are given.
import { withoutModifiers } from "./type-names.ts";

/** A type as a column has it; undefined where it cannot be told. */
export type Told = string | undefined;

/** A type without its limits, which nothing that is computed has: of `numeric(10,2)` `numeric`. */
function unlimited(type: Told): Told {
  const bare = type === undefined ? undefined : withoutModifiers(type);
  return bare === "character" ? "bpchar" : bare;
}

/** The type that an operator gives; `left` is "none" before a prefix operator. */
export function typeOfOperation(operator: string, left: Told, right: Told): Told {
  if (operator === "->>" || operator === "#>>") return "text";
  if (operator === "->" || operator === "#>") return left === "json" || left === "jsonb" ? left : undefined;
  const [a, b] = [unlimited(left), unlimited(right)];
  if (operator === "||") return joined(a, b);
  if (a === undefined || b === undefined || !"+-*/%".includes(operator)) return undefined;
  if (a === "none") return b;
  if (isNumber(a) && isNumber(b)) return widest(a, b);
  return sums[`${a} ${operator} ${b}`] ?? timeOf(operator, a, b);
}

function joined(a: Told, b: Told): Told {
  const own = [a, b].find((type) => type?.endsWith("[]") || type === "jsonb");
  if (own !== undefined) return own;
  if (a === undefined || b === undefined) return undefined;
  return a === b && (a === "tsvector" || a === "bytea") ? a : "text";
}

const numbers = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
const isNumber = (type: Told): boolean => type !== undefined && numbers.includes(type);

function widest(a: string, b: string): string {
  const place = Math.max(numbers.indexOf(a), numbers.indexOf(b));
  return a !== b && place > numbers.indexOf("numeric") ? "double precision" : numbers[place]!;
}

const withoutZone = "timestamp without time zone";
const withZone = "timestamp with time zone";

/** https://www.postgresql.org/docs/current/functions-datetime.html */
const sums: { readonly [operation: string]: Told } = {
  "date - date": "integer",
  "date + integer": "date",
  "date - integer": "date",
  "integer + date": "date",
  "date + interval": withoutZone,
  "date - interval": withoutZone,
  "interval + date": withoutZone,
  "date + time without time zone": withoutZone,
  "interval + interval": "interval",
  "interval - interval": "interval",
};

const moments: ReadonlySet<string> = new Set(["date", withoutZone, withZone]);

function timeOf(operator: string, a: string, b: string): Told {
  if (operator === "-" && moments.has(a) && moments.has(b)) return "interval";
  if (b === "interval" && moments.has(a) && "+-".includes(operator)) return a;
  if (a === "interval" && moments.has(b) && operator === "+") return b;
  if (a === "interval" && isNumber(b) && "*/".includes(operator)) return "interval";
  return isNumber(a) && b === "interval" && operator === "*" ? "interval" : undefined;
}

/** The type that a function gives. */
export function typeOfFunction(name: string, args: readonly Told[]): Told {
  const [first, second] = args.map(unlimited);
  const given = byName[name] ?? (textual.has(name) ? (isText(first) ? "text" : undefined) : undefined);
  return given ?? byArguments[name]?.(first, second);
}

const isText = (type: Told): boolean => type !== undefined && /^(?:text|character varying|bpchar|name)$/.test(type);

const textual = wordsOf(
  "btrim initcap left lower lpad ltrim overlay regexp_replace repeat replace reverse right rpad rtrim split_part string_agg substr substring translate upper",
);

const byName: { readonly [name: string]: Told } = {
  ...each("bigint", "count rank row_number dense_rank"),
  ...each(
    "integer",
    "array_length array_upper cardinality char_length jsonb_array_length length ntile position strpos",
  ),
  ...each("double precision", "cume_dist date_part percent_rank random"),
  ...each("boolean", "bool_and bool_or every"),
  ...each("text", "array_to_string concat concat_ws format jsonb_typeof md5 quote_ident quote_literal to_char to_hex"),
  ...each("json", "json_agg json_build_array json_build_object json_object_agg row_to_json to_json"),
  ...each("jsonb", "jsonb_agg jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_set to_jsonb"),
  ...each(withZone, "clock_timestamp now statement_timestamp to_timestamp transaction_timestamp"),
  ...each("numeric", "extract to_number"),
  age: "interval",
  gen_random_uuid: "uuid",
  to_date: "date",
  to_tsvector: "tsvector",
};

const rangesOf: { readonly [type: string]: Told } = {
  int4range: "integer",
  int8range: "bigint",
  numrange: "numeric",
  daterange: "date",
  tsrange: withoutZone,
  tstzrange: withZone,
};

const rounded = (type: Told): Told => (type === "numeric" ? type : isNumber(type) ? "double precision" : undefined);
const same = (type: Told): Told => type;
// There is none of its own for character varying.
const extreme = (type: Told): Told => (type === "character varying" || type === "name" ? "text" : type);
const bound = (type: Told): Told => (type === undefined ? undefined : rangesOf[type]);
const whole = (type: Told): Told => (type === "date" ? withZone : type);
const summed: { readonly [type: string]: Told } = { smallint: "bigint", integer: "bigint", bigint: "numeric" };

const byArguments: { readonly [name: string]: ((first: Told, second: Told) => Told) | undefined } = {
  abs: (type) => (isNumber(type) ? type : undefined),
  array_agg: (type) => (type === undefined || type.endsWith("[]") ? type : `${type}[]`),
  avg: (type) =>
    type === "real" ? "double precision" : isNumber(type) && type !== "double precision" ? "numeric" : type,
  ceil: rounded,
  ceiling: rounded,
  date_trunc: (_, type) => (type !== undefined && (moments.has(type) || type === "interval") ? whole(type) : undefined),
  first_value: same,
  floor: rounded,
  generate_series: (type) => (isNumber(type) || (type !== undefined && moments.has(type)) ? whole(type) : undefined),
  lag: same,
  last_value: same,
  lead: same,
  lower: bound,
  max: extreme,
  min: extreme,
  round: (type, places) => (places === undefined ? rounded(type) : "numeric"),
  sum: (type) => (isNumber(type) || type === "interval" ? (summed[type!] ?? type) : undefined),
  timezone: (_, type) =>
    type === withoutZone ? withZone : type !== undefined && moments.has(type) ? withoutZone : undefined,
  trunc: (type, places) => (places === undefined ? rounded(type) : "numeric"),
  unnest: (type) => (type?.endsWith("[]") ? type.slice(0, -2) : undefined),
  upper: bound,
};

function each(type: string, names: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...wordsOf(names)].map((name) => [name, type]));
}

function wordsOf(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}
