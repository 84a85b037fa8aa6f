// Owns the check of names: every name that statements use is looked up in the catalog before each of them.
import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import { catalogIn, closeFile, foldStatement, type Opaque, openFile } from "../fold/fold.ts";
import { Working } from "../fold/working.ts";
import type { Grammar } from "../grammar.ts";
import type { Statement } from "../read.ts";
import type { Here, Suspect } from "./here.ts";
import { Known } from "./known.ts";
import { Made } from "./made.ts";
import { Source } from "./source.ts";
import { checkStatement } from "./statements.ts";
import { bodiesCalled, makesMore, Unread } from "./unread.ts";

/** Statements of one file. */
export interface ReferencedFile {
  readonly path: string;
  readonly statements: readonly Statement[];
}

/** What is known beside the catalog when names are looked up. */
export interface ReferenceOptions {
  /** Reads what is inside functions and DO blocks. Without it they are not looked into. */
  readonly grammar?: Grammar;
  /** Who runs the statements; default `postgres`. */
  readonly role?: string;
  /** search_path where each file begins; default what the role has set, or `"$user", public`. */
  readonly searchPath?: readonly string[];
  /** Files that run later, in order: where one of them makes what is missing, the finding says so. Gone over for each such name. */
  readonly later?: Iterable<ReferencedFile>;
  /** Statements that ran before and could not be read; what they may have made is not missed. */
  readonly opaque?: readonly (Pick<Opaque, "text"> & Partial<Opaque>)[];
}

/** Names checked file by file, each against the catalog that those before it leave. */
export interface Referencing {
  /** Checks the statements of one file, and folds them. Settings that they make end with it. */
  apply(statements: readonly Statement[], options?: Pick<ReferenceOptions, "later">): readonly Finding[];
  /** The catalog as it is now. */
  catalog(): Catalog;
}

/**
 * The names in statements that nothing has: tables, columns, functions, types, roles, schemas, policies, constraints,
 * triggers … Each statement is checked against the catalog as those before it leave it. `UNKNOWN_TABLE` and its like are
 * errors where Postgres would refuse the statement, and warnings inside bodies, where it would only fail when they run.
 * Where it cannot be known whether a name is there, nothing is said; argument types are never compared.
 */
export function references(
  statements: Statement | readonly Statement[],
  before: Catalog,
  options: ReferenceOptions = {},
): readonly Finding[] {
  return startReferences(before, options).apply("ast" in statements ? [statements] : statements, options);
}

/** Begins to check files onto a catalog. */
export function startReferences(before: Catalog, options: ReferenceOptions = {}): Referencing {
  const working = new Working(before);
  const { grammar } = options;
  const unread = (options.opaque ?? []).filter(makesMore).map(({ text }) => new Unread(text));
  return {
    apply(statements, { later = [] } = {}) {
      const scene = openFile(working, statements, options);
      const known = new Known(scene, before.source === "server");
      const found: Suspect[] = [];
      let bodiesChecked = true;
      for (const statement of statements) {
        const { ast, text, kind, start } = statement;
        if (ast !== undefined) {
          const here: Here = {
            source: new Source(text, (offset) => start + offset),
            known,
            grammar,
            body: undefined,
            severity: "error",
            variables: undefined,
            found,
            hidden: (name) => unread.some((each) => each.mayMake(name)),
          };
          bodiesChecked = checksBodies(ast["VariableSetStmt"], bodiesChecked);
          const from = found.length;
          checkStatement(here, ast);
          if (!bodiesChecked && kind.startsWith("CREATE")) relax(found, from);
        }
        const opaque = scene.opaque.length;
        foldStatement(scene, statement);
        if (kind === "DO" || scene.opaque.slice(opaque).some(makesMore)) {
          unread.push(new Unread(text, bodiesCalled(working, text)));
        }
        if (/EXTENSION|^DO$|^DROP SCHEMA/.test(kind)) known.forget();
      }
      closeFile(scene);
      return found.length === 0 ? [] : unique(found.flatMap((suspect) => withHelp(suspect, statements, later)));
    },
    catalog: () => catalogIn(working),
  };
}

// SET check_function_bodies = off, as dumps have it: then no body is looked at before it runs.
function checksBodies(set: { readonly [field: string]: unknown } | undefined, before: boolean): boolean {
  if (set === undefined) return before;
  if (set["kind"] === "VAR_RESET_ALL") return true;
  if (set["name"] !== "check_function_bodies") return before;
  return !/"(?:off|false|no|0)"|"boolval":\{\}/.test(JSON.stringify(set["args"] ?? ""));
}

function relax(found: Suspect[], from: number): void {
  for (let i = from; i < found.length; i++) {
    const suspect = found[i]!;
    found[i] = { ...suspect, late: true, finding: { ...suspect.finding, severity: "warning" } };
  }
}

function madeIn(statements: readonly Statement[]): Made {
  let made = madeInFile.get(statements);
  if (made === undefined) {
    madeInFile.set(statements, (made = new Made()));
    for (const { ast } of statements) made.addTree(ast);
  }
  return made;
}

// A file is later than each of those before it.
const madeInFile = new WeakMap<readonly Statement[], Made>();

/** The finding with what would help; none where a body names what is there by the time it runs. */
function withHelp(
  { finding, sort, name, late }: Suspect,
  file: readonly Statement[],
  later: Iterable<ReferencedFile>,
): readonly Finding[] {
  if (late && madeIn(file).has(sort, name.name)) return [];
  for (const { path, statements } of later) {
    if (!madeIn(statements).has(sort, name.name)) continue;
    return late ? [] : [{ ...finding, help: `${path} makes it, which runs later.` }];
  }
  return [finding];
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ code, at }) => {
      const key = `${code} ${at?.start}`;
      return !seen.has(key) && seen.add(key);
    })
    .toSorted((a, b) => (a.at?.start ?? 0) - (b.at?.start ?? 0));
}
