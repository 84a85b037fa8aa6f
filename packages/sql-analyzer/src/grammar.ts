// PostgreSQL's own grammar (libpg_query as WASM): the only file that touches it.

/** A value in a parse tree. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [field: string]: Value };

/** A node of PostgreSQL's parse tree in libpg_query's JSON: one key, the node's type, with its fields. */
export type Node = { readonly [tag: string]: { readonly [field: string]: Value } };

/** A statement of a parsed text; `start` and `end` are UTF-8 byte offsets as libpg_query gives them. */
export interface RawStatement {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

export type Parsed =
  | { readonly ok: true; readonly statements: readonly RawStatement[] }
  /** `position` counts code points from the text's start. */
  | { readonly ok: false; readonly message: string; readonly position: number };

export interface Grammar {
  parse(text: string): Parsed;
  /** The PL/pgSQL of a whole `CREATE FUNCTION` or `DO` statement; undefined when it does not parse. */
  parsePlpgsql(text: string): Value | undefined;
}

let loaded: Promise<Grammar> | undefined;

/** Loads the grammar, once for the process: about 50 ms and 1.7 MB of WASM that nothing else needs. */
export function loadGrammar(): Promise<Grammar> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Grammar> {
  // Importing the package starts to compile its WASM, so it is never imported statically.
  const library = await import("libpg-query");
  await library.loadModule();
  return {
    parse(text) {
      if (text.trim() === "") return { ok: true, statements: [] };
      try {
        const tree = library.parseSync(text) as unknown as {
          stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[];
        };
        return {
          ok: true,
          statements: (tree.stmts ?? []).map(({ stmt, stmt_location = 0, stmt_len }) => ({
            node: stmt,
            start: stmt_location,
            end: stmt_len ? stmt_location + stmt_len : Infinity,
          })),
        };
      } catch (error) {
        const position = library.hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
        return { ok: false, message: error instanceof Error ? error.message : String(error), position };
      }
    },
    parsePlpgsql(text) {
      try {
        return library.parsePlPgSQLSync(text) as unknown as Value;
      } catch {
        return undefined;
      }
    },
  };
}
