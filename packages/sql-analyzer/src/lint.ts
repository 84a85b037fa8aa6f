// Lints files: all that there is to say of each, on top of what those before it make.
import type { Catalog } from "./catalog/catalog.ts";
import type { Grammar } from "./grammar.ts";
import { inOrder, type LintedFile, lintFile, type SqlFile, unread, withPlaces } from "./lint-file.ts";
import { startPrivileges } from "./privileges/privileges.ts";
import type { Abilities } from "./privileges/standing.ts";
import { type ReferencedFile, startReferences } from "./references/references.ts";

/** How files are linted. */
export interface LintOptions {
  readonly grammar: Grammar;
  /** Who runs the files; default `postgres`. */
  readonly role?: string;
  /** search_path where each file begins; default what the role has set, or `"$user", public`. */
  readonly searchPath?: readonly string[];
  /** What the role may do; without it privileges are not looked at. */
  readonly abilities?: Omit<Abilities, "role">;
  /** A file of more bytes or characters is not looked into; default no limit. */
  readonly largest?: number;
}

/** Files as they are linted, one when it is asked for. */
export interface Linting extends IterableIterator<LintedFile> {
  /** The catalog after the files that were asked for. */
  catalog(): Catalog;
}

/**
 * Lints files in the order in which they run, each on top of what those before it make of the catalog: what `lintFile`,
 * `startReferences` and, with `abilities`, `startPrivileges` say. Files are read one by one, further ahead only to
 * say which one makes what is missing.
 *
 * A statement that does not parse is a finding; what it may have made is not missed. After a file of which not even that
 * can be said (bytes that are no text, another file that psql would include, a section that undoes the rest …) names and
 * privileges are not looked at any more, in it and in those that follow; `checked` tells.
 */
export function lint(files: Iterable<SqlFile>, before: Catalog, options: LintOptions): Linting {
  const { grammar, role = "postgres", searchPath, abilities, largest = Infinity } = options;
  const who = { grammar, role, ...(searchPath && { searchPath }) };
  const names = startReferences(before, who);
  const privileges = abilities && startPrivileges(before, { ...who, ...abilities });
  const ahead = new Ahead(files, (file) => (file.content.length > largest ? unread(file) : lintFile(file, grammar)));
  let clear = true;
  const next = (): IteratorResult<LintedFile, undefined> => {
    const file = ahead.take();
    if (file === undefined) return { done: true, value: undefined };
    clear &&= !obscures(file);
    const unknown = names.apply(file.statements, { later: ahead });
    const refused = privileges?.apply(file.statements);
    if (!clear) return { done: false, value: file };
    const found = [
      ...file.findings,
      ...withPlaces(file, "names", unknown),
      ...withPlaces(file, "privileges", refused ?? []),
    ];
    const checked = [...file.checked, "names", ...(refused ? (["privileges"] as const) : [])] as const;
    return { done: false, value: { ...file, findings: inOrder(found), checked } };
  };
  const linting: Linting = { next, [Symbol.iterator]: () => linting, catalog: () => names.catalog() };
  return linting;
}

/** Whether nothing can be said of what a file makes, not even by the words in it. */
function obscures({ text, statements, findings }: LintedFile): boolean {
  return (
    text === undefined ||
    findings.some(({ code, at }) => obscuring[code]?.test(text.slice(at?.start, at?.end)) === true) ||
    statements.some(({ ast, kind }) => ast === undefined && /^(?:RE)?SET\b|EXTENSION/.test(kind))
  );
}

const obscuring: { readonly [code: string]: RegExp | undefined } = {
  DOWN_SECTION: /^/,
  TEMPLATE_PLACEHOLDER: /^/,
  PSQL_COMMAND: /^\\(?!(?:copy|echo|restrict|unrestrict)\b|\.)/,
};

/** Files of which those behind the next are read only where somebody looks at them. */
class Ahead implements Iterable<ReferencedFile> {
  readonly #files: Iterator<SqlFile>;
  readonly #read: (file: SqlFile) => LintedFile;
  readonly #held: LintedFile[] = [];

  constructor(files: Iterable<SqlFile>, read: (file: SqlFile) => LintedFile) {
    this.#files = files[Symbol.iterator]();
    this.#read = read;
  }

  take(): LintedFile | undefined {
    return this.#at(0) && this.#held.shift();
  }

  *[Symbol.iterator](): Iterator<ReferencedFile> {
    for (let index = 0, file = this.#at(index); file !== undefined; file = this.#at(++index)) yield file;
  }

  #at(index: number): LintedFile | undefined {
    if (index < this.#held.length) return this.#held[index];
    const next = this.#files.next();
    if (next.done === true) return undefined;
    this.#held.push(this.#read(next.value));
    return this.#held[index];
  }
}
