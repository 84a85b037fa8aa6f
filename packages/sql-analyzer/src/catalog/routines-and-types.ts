// Owns what the catalog says of functions, types, operators, casts, collations and text search.
import type { SqlText } from "./catalog.ts";
import type { Key } from "./keys.ts";
import type { Options, TypeName } from "./relations.ts";

/** One argument of a routine. */
export interface Argument {
  readonly name?: string;
  readonly type: TypeName;
  /** Absent is `in`. `table` is a column of RETURNS TABLE. */
  readonly mode?: "out" | "inout" | "variadic" | "table";
  readonly default?: SqlText;
}

/** A function or procedure. Parent: its schema. Its `definition` is what pg_get_functiondef prints. */
export interface Routine {
  readonly arguments: readonly Argument[];
  /** Of a function; with several OUT or TABLE columns `record`. */
  readonly returns?: TypeName;
  /** RETURNS SETOF or TABLE. */
  readonly returnsSet?: true;
  readonly language: string;
  /** The text in the routine's language, character for character; of a C function its symbol. */
  readonly body?: string;
  /** A body in standard SQL: `RETURN …` or `BEGIN ATOMIC … END`. */
  readonly sqlBody?: SqlText;
  /** Of a C function: its file. */
  readonly library?: string;
  readonly window?: true;
  /** Absent is `volatile`. */
  readonly volatility?: "immutable" | "stable";
  /** RETURNS NULL ON NULL INPUT. */
  readonly strict?: true;
  readonly securityDefiner?: true;
  readonly leakproof?: true;
  /** Absent is `unsafe`. */
  readonly parallel?: "safe" | "restricted";
  /** Where it is not the language's default: 1 for C and internal, 100 for the others. */
  readonly cost?: number;
  /** Where it is not the default, 1,000. */
  readonly rows?: number;
  /** SUPPORT. */
  readonly support?: string;
  /** TRANSFORM FOR TYPE. */
  readonly transforms?: readonly TypeName[];
  /** SET: settings in force while it runs, values as pg_proc keeps them. */
  readonly settings?: Options;
}

/** Parent: its schema. */
export interface Aggregate {
  readonly arguments: readonly Argument[];
  readonly returns: TypeName;
  readonly aggregate: "normal" | "ordered-set" | "hypothetical-set";
  /** Of an ordered-set aggregate: how many arguments stand before ORDER BY. */
  readonly directArguments?: number;
  /** `SFUNC`, `STYPE`, `INITCOND` … as CREATE AGGREGATE names them; functions with schema, without arguments. */
  readonly properties: Options;
  readonly volatility?: "immutable" | "stable";
  readonly parallel?: "safe" | "restricted";
}

/** Parent: its schema. */
export interface Enum {
  /** In their order. */
  readonly values: readonly string[];
}

/** Its constraints are facts of their own. Parent: its schema. */
export interface Domain {
  readonly type: TypeName;
  readonly collation?: string;
  readonly notNull?: true;
  readonly default?: SqlText;
}

/** Its attributes are facts of their own. Parent: its schema. */
export type Composite = object;

/** Of a composite type. Parent: that one. */
export interface Attribute {
  /** As `Column.position`. */
  readonly position: number;
  readonly type: TypeName;
  readonly collation?: string;
}

/** Parent: its schema. */
export interface Range {
  readonly subtype: TypeName;
  /** Name of the multirange type, in its schema. */
  readonly multirange?: string;
  readonly operatorClass?: string;
  readonly collation?: string;
  /** Functions, with schema. */
  readonly canonical?: string;
  readonly subtypeDiff?: string;
}

/** A type of CREATE TYPE (INPUT = …), or a shell. Parent: its schema. */
export interface BaseType {
  /** As CREATE TYPE names them; none for a shell. */
  readonly properties: Options;
}

/** No parent. */
export interface Cast {
  readonly source: TypeName;
  readonly target: TypeName;
  /** A function, or one of the words. */
  readonly method: "inout" | "binary" | Key;
  /** Absent: only where CAST says so. */
  readonly implicit?: "assignment" | "always";
}

/** Parent: its schema. */
export interface Operator {
  /** Absent for a prefix operator. */
  readonly left?: TypeName;
  readonly right: TypeName;
  readonly result: TypeName;
  readonly function: Key;
  /** Operators, with schema: `public.<>`. */
  readonly commutator?: string;
  readonly negator?: string;
  /** Functions, with schema. */
  readonly restrict?: string;
  readonly join?: string;
  readonly hashes?: true;
  readonly merges?: true;
}

/** Parent: its schema. */
export interface OperatorClass {
  readonly method: string;
  readonly type: TypeName;
  readonly default?: true;
  readonly family: Key;
  readonly storage?: TypeName;
  /** `OPERATOR 1 public.<(integer,integer)`, `FUNCTION 1 …`, as CREATE OPERATOR CLASS lists them, in order. */
  readonly members: readonly string[];
}

/** Parent: its schema. */
export interface OperatorFamily {
  readonly method: string;
  /** Those that no class of the family holds. */
  readonly members: readonly string[];
}

/** Parent: its schema. */
export interface Collation {
  readonly provider: "libc" | "icu" | "builtin" | "default";
  readonly locale?: string;
  /** Of libc, where it is not the same as `locale`. */
  readonly lcCtype?: string;
  readonly nondeterministic?: true;
  readonly rules?: string;
}

/** Parent: its schema. */
export interface TextSearchParser {
  /** `START`, `GETTOKEN`, `END`, `LEXTYPES`, `HEADLINE`: functions, with schema. */
  readonly properties: Options;
}

/** Parent: its schema. */
export interface TextSearchTemplate {
  /** `INIT`, `LEXIZE`: functions, with schema. */
  readonly properties: Options;
}

/** Parent: its schema. */
export interface TextSearchDictionary {
  /** With its schema. */
  readonly template: string;
  /** As CREATE TEXT SEARCH DICTIONARY lists them. */
  readonly options?: string;
}

/** Parent: its schema. */
export interface TextSearchConfiguration {
  /** With its schema. */
  readonly parser: string;
  /** The dictionaries of each token type, with schema, in order. */
  readonly mappings: Readonly<Record<string, readonly string[]>>;
}
