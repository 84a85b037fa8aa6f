// Owns what is known of types while texts are compared: what functions and operators give, and which casts the server adds.
import type { Fields } from "../grammar.ts";

/** Results of Postgres's own functions, where they do not hang on the arguments. */
const results: { readonly [type: string]: string } = {
  text: `lower upper btrim ltrim rtrim concat concat_ws string_agg to_char replace regexp_replace split_part substring
    left right lpad rpad md5 format initcap repeat reverse translate encode current_setting quote_ident quote_literal
    jsonb_extract_path_text json_extract_path_text array_to_string jsonb_typeof json_typeof chr overlay pg_get_userbyid
    obj_description col_description version`,
  integer:
    "length char_length character_length octet_length array_length jsonb_array_length json_array_length cardinality position strpos ascii",
  bigint:
    "count row_number rank dense_rank nextval currval lastval setval pg_total_relation_size pg_relation_size txid_current",
  boolean: "bool_or bool_and every has_table_privilege has_schema_privilege pg_has_role starts_with jsonb_path_exists",
  numeric: "date_part_numeric to_number extract",
  "double precision": "date_part random pi",
  uuid: "gen_random_uuid",
  json: "json_build_object json_build_array json_agg to_json row_to_json json_object_agg",
  jsonb:
    "jsonb_build_object jsonb_build_array jsonb_agg to_jsonb jsonb_object_agg jsonb_set jsonb_strip_nulls jsonb_insert jsonb_extract_path",
  "timestamp with time zone":
    "now transaction_timestamp statement_timestamp clock_timestamp to_timestamp make_timestamptz",
  tsvector: "to_tsvector setweight",
  tsquery: "to_tsquery plainto_tsquery websearch_to_tsquery phraseto_tsquery",
  date: "to_date make_date",
  name: "current_database current_schema",
};

const byFunction: ReadonlyMap<string, string> = new Map(
  Object.entries(results).flatMap(([type, names]) => names.split(/\s+/).map((name) => [name, type] as const)),
);

export function resultOf(name: string): string | undefined {
  return byFunction.get(name);
}

/** What sum() gives. */
export function sumOf(type: string | undefined): string | undefined {
  const bare = type && bareType(type);
  if (bare === "smallint" || bare === "integer") return "bigint";
  return bare === "bigint" ? "numeric" : bare;
}

/** Functions whose arguments, where they are strings, are of type text and of no other. */
export const textFunctions: ReadonlySet<string> = new Set(
  `lower upper btrim ltrim rtrim replace regexp_replace regexp_match regexp_matches split_part left right lpad rpad md5
  initcap repeat reverse translate to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery strpos starts_with
  string_to_array current_setting digest similarity word_similarity char_length length position regexp_split_to_table
  regexp_split_to_array like_escape string_agg ascii encode to_date to_number`.split(/\s+/),
);

export const sqlValueTypes: { readonly [op: string]: string | undefined } = {
  SVFOP_CURRENT_DATE: "date",
  SVFOP_CURRENT_TIMESTAMP: "timestamp with time zone",
  SVFOP_LOCALTIMESTAMP: "timestamp without time zone",
  SVFOP_CURRENT_USER: "name",
  SVFOP_CURRENT_ROLE: "name",
  SVFOP_SESSION_USER: "name",
};

const comparing = /^(?:=|<>|<|>|<=|>=|!?~~?\*?|@>|<@|&&|\?[|&]?|@@|<<|>>|-\|-)$/;

/** What an operator gives, where that can be told from its operands. */
export function resultOfOperator(
  operator: string,
  left: string | undefined,
  right: string | undefined,
): string | undefined {
  if (comparing.test(operator)) return "boolean";
  if (operator === "->>" || operator === "#>>") return "text";
  if (operator === "->" || operator === "#>" || operator === "#-") return left;
  if (operator === "||") return left === "jsonb" || left?.endsWith("[]") === true ? left : left && "text";
  if (operator === "+" || operator === "-") {
    if (left === "date")
      return right === "integer" ? "date" : right === "interval" ? "timestamp without time zone" : undefined;
    if (left?.startsWith("timestamp") && right === "interval") return left;
  }
  if (left === undefined || right === undefined) return undefined;
  const [one, two] = [numbers.indexOf(bareType(left)), numbers.indexOf(bareType(right))];
  return one >= 0 && two >= 0 ? numbers[Math.max(one, two)] : undefined;
}

/** Numbers, each of which the server turns into those after it. */
const numbers: readonly string[] = ["smallint", "integer", "bigint", "numeric", "double precision"];

/** Whether one type of numbers becomes the other where both are to be alike. */
export function isWider(from: string, to: string): boolean {
  return numbers.includes(bareType(from)) && numbers.indexOf(bareType(from)) < numbers.indexOf(to);
}

/** The type that these are brought to, where one of them is to be alike to all. */
export function widestOf(types: readonly (string | undefined)[]): string | undefined {
  const known = types.filter((type) => type !== undefined);
  return known.reduce((one, other) => (isWider(one, bareType(other)) ? other : one), known[0]!);
}

/** A type without its modifiers. */
export function bareType(type: string): string {
  return type.replace(/\([^)]*\)/, "");
}

export function isString(type: string): boolean {
  return /^(?:character varying|character|bpchar|name|text)$/.test(bareType(type));
}

/**
 * Whether the server by itself casts an operand of one type to another, given the type of the operand beside it: there is
 * no operator of character varying, nor one of numeric and integer.
 */
export function castsOperand(from: string, to: string, beside: string | undefined): boolean {
  const bare = bareType(from);
  if (to === "text") return bare === "character varying" || (bare === "name" && beside === "text");
  if (to === "text[]") return bareType(from.replace(/\[\]$/, "")) === "character varying";
  if (to === "numeric") return /^(?:smallint|integer|bigint)$/.test(bare) && bareType(beside ?? "") === "numeric";
  if (to === "double precision") {
    return /^(?:smallint|integer|bigint|numeric)$/.test(bare) && /^(?:double precision|real)$/.test(beside ?? "");
  }
  return false;
}

/** How libpg_query's tree of a call says that it is written as SQL has it: EXTRACT(… FROM …). */
export function formOfCall(node: Fields): string {
  return node["funcformat"] === "COERCE_SQL_SYNTAX" ? "sql" : "call";
}
