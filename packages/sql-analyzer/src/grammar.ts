// PostgreSQL's own grammar (libpg_query as WASM): the only file that touches it.
import { isDeeper, isTextDeeper } from "./depth.ts";
import { withoutComments } from "./lexer.ts";
import { type NewWord, parseWithNewWords } from "./new-words.ts";
import { offsetsOf } from "./offsets.ts";

/** A value in a parse tree. */
export type Value = string | number | boolean | null | readonly Value[] | Fields;

/** The fields of a node; what is at its default (false, 0, empty) is left out. */
export type Fields = { readonly [field: string]: Value | undefined };

/** A node of PostgreSQL's parse tree in libpg_query's JSON: one key, the node's type, with its fields. */
export type Node = { readonly [tag: string]: Fields };

/** The nodes of a list field; none where it is absent. */
export function nodes(value: Value | undefined): readonly Node[] {
  return Array.isArray(value) ? (value as readonly Node[]) : [];
}

/** The type of a node. */
export function tagOf(node: Node): string {
  for (const tag in node) return tag;
  return "";
}

/** One statement of a parsed text. `start` and `end` are as libpg_query counts, in UTF-8 bytes: see `offsetsOf`. */
export interface RawStatement {
  readonly node: Node;
  readonly start: number;
  /** Undefined: up to the text's end. */
  readonly end: number | undefined;
}

/** What the grammar makes of a text: its statements, or why it has none. */
export type Parsed =
  /** `newWords`: names that later versions have made key words; PostgreSQL 15 would take the text as it is. */
  | { readonly ok: true; readonly statements: readonly RawStatement[]; readonly newWords?: readonly NewWord[] }
  /** `message` is PostgreSQL's; `offset` is in UTF-16 code units of the text. */
  | { readonly ok: false; readonly reason: "syntax"; readonly message: string; readonly offset: number }
  /** Nested more deeply than the parser's stack, or those of the trees' readers, allow: it may well be right. */
  | { readonly ok: false; readonly reason: "too-deep" };

/** PostgreSQL's grammar, loaded. Synchronous and pure: the same text gives the same answer. */
export interface Grammar {
  parse(text: string): Parsed;
  /** The PL/pgSQL of a whole `CREATE FUNCTION` or `DO` statement as a tree; undefined when it does not parse, or is too deep. */
  parsePlpgsql(text: string): Value | undefined;
}

let loaded: Promise<Grammar> | undefined;

/**
 * Loads the grammar, once for the process: about 50 ms of CPU and 1.7 MB of WASM, so do it when there is something to
 * parse. In a browser, `wasmUrl` says where `libpg-query.wasm` is served; elsewhere it is found beside its package.
 * Later calls give the same grammar. Rejects where the WASM cannot be loaded; the next call then tries again.
 */
export function loadGrammar(options: { readonly wasmUrl?: string } = {}): Promise<Grammar> {
  loaded ??= load(options.wasmUrl).catch((error: unknown) => {
    loaded = undefined; // so that the next call tries again
    throw error;
  });
  return loaded;
}

// The package's entry point keeps one instance for ever; a broken one has to be replaced, so its WASM is bound here.
interface Instance {
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
  readonly _wasm_parse_query_raw: (text: number) => number;
  readonly _wasm_free_parse_result: (result: number) => void;
  readonly _wasm_parse_plpgsql: (text: number) => number;
  readonly _wasm_free_string: (string: number) => void;
  readonly lengthBytesUTF8: (text: string) => number;
  /** The memory, anew whenever it has grown. */
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
}

const LONG = 65_536;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Writes the text as a C string and gives its address, to be freed.
function write(instance: Instance, text: string): number {
  // A code unit takes three bytes at most; a long text is counted, so that it takes no more memory than it needs.
  const most = text.length > LONG ? instance.lengthBytesUTF8(text) : text.length * 3;
  const pointer = instance._malloc(most + 1);
  const memory = instance.HEAPU8;
  const { written } = encoder.encodeInto(text, memory.subarray(pointer, pointer + most));
  memory[pointer + written] = 0;
  return pointer;
}

function readString({ HEAPU8: memory }: Instance, pointer: number): string {
  return decoder.decode(memory.subarray(pointer, memory.indexOf(0, pointer)));
}

function readWord({ HEAPU32: memory }: Instance, pointer: number): number {
  return memory[pointer >>> 2]!;
}

// An overflow of the stack leaves the instance's own stack shorter. It bears some thirty of them before it corrupts
// its memory, so it is replaced after the first, and until then kept from a second dozen; a short text cannot overflow.
const OVERFLOWS = 8;
const SHORT = 4096;
// A call in a call makes three levels, a query in FROM five. Half of what the hungriest reader bears on Node's stack.
const DEEPEST = 1500;

async function load(wasmUrl: string | undefined): Promise<Grammar> {
  // @ts-expect-error: the package has no types for this file
  const { default: create } = (await import("libpg-query/wasm/libpg-query.js")) as {
    default: (options: object) => Promise<Instance>;
  };
  const instantiate = () => create(wasmUrl === undefined ? {} : { locateFile: () => wasmUrl });
  let instance = await instantiate();
  let overflows = 0;

  const replace = async () => {
    instance = await instantiate();
    overflows = 0;
  };

  // Calls `use` with a copy of the text in the instance's memory; undefined when its stack did not suffice.
  const run = <T>(text: string, use: (instance: Instance, pointer: number) => T): T | undefined => {
    if (overflows >= OVERFLOWS && (text.length > SHORT || overflows === Infinity)) return undefined;
    try {
      const pointer = write(instance, text);
      const result = use(instance, pointer);
      instance._free(pointer);
      return result;
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name !== "RangeError" && name !== "RuntimeError") throw error;
      if (overflows === 0) void replace().catch(() => undefined);
      // A RuntimeError is WASM's own: its memory is not to be trusted any more.
      overflows = name === "RuntimeError" ? Infinity : overflows + 1;
      return undefined;
    }
  };

  const parse = (text: string): Parsed => {
    const nul = text.indexOf("\0");
    if (nul >= 0) return { ok: false, reason: "syntax", message: "NUL is not allowed in SQL", offset: nul };
    const parsed = nested.test(text) ? undefined : (run(text, parseRaw(text)) ?? tooDeep);
    if (parsed !== undefined && (parsed.ok || parsed.reason !== "syntax" || !comment.test(text))) return parsed;
    // libpg_query, unlike PostgreSQL, takes offence at a comment where the lexer looks ahead, as in NOT /* … */ IN
    // and NULLS -- …⏎ FIRST, and between the parts of a string.
    const bare = withoutComments(text);
    const again = run(bare, parseRaw(bare)) ?? tooDeep;
    if (again.ok || again.reason !== "syntax") return again;
    return { ...again, offset: offsetsOf(text).fromBytes(offsetsOf(bare).toBytes(again.offset)) };
  };

  return {
    parse(text) {
      const parsed = parse(text);
      if (parsed.ok || parsed.reason !== "syntax") return parsed;
      return parseWithNewWords(text, parsed.offset, parse) ?? parsed;
    },
    parsePlpgsql(text) {
      const tree = run(text, (instance, pointer) => {
        const result = instance._wasm_parse_plpgsql(pointer);
        const json = readString(instance, result);
        instance._wasm_free_string(result);
        return json;
      });
      return tree?.startsWith("{") ? (parseTree(text, tree) as Value | undefined) : undefined;
    },
  };
}

const comment = /--|\/\*/;
// PostgreSQL's lexer reads a run of such openings again from each of them.
const nested = /(?:\/\*(?:[*+\-<>=~!@#%^&|`?]|\/(?!\*))*){200}/;
const tooDeep: Parsed = { ok: false, reason: "too-deep" };

// The tree of a text in JSON; undefined where it is nested too deeply. A short text is not.
function parseTree(text: string, json: string): object | undefined {
  const tree = JSON.parse(json) as object;
  return text.length > SHORT && isTextDeeper(json, DEEPEST) && isDeeper(tree, DEEPEST) ? undefined : tree;
}

interface RawTree {
  readonly stmts?: readonly { readonly stmt: Node; readonly stmt_location?: number; readonly stmt_len?: number }[];
}

const parseRaw =
  (text: string) =>
  (instance: Instance, pointer: number): Parsed => {
    // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
    const result = instance._wasm_parse_query_raw(pointer);
    const tree = readWord(instance, result);
    const error = readWord(instance, result + 8);
    let parsed: Parsed;
    if (error !== 0) {
      // struct PgQueryError { char *message; char *funcname; char *filename; int lineno; int cursorpos; … }
      const message = readString(instance, readWord(instance, error));
      const position = Math.max(0, readWord(instance, error + 16) - 1);
      parsed = { ok: false, reason: "syntax", message, offset: offsetsOf(text).fromCodePoints(position) };
    } else {
      const raw = parseTree(text, readString(instance, tree)) as RawTree | undefined;
      const statements = raw?.stmts?.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => ({
        node: stmt,
        start,
        end: length === undefined ? undefined : start + length,
      }));
      parsed = raw === undefined ? tooDeep : { ok: true, statements: statements ?? [] };
    }
    instance._wasm_free_parse_result(result);
    return parsed;
  };
