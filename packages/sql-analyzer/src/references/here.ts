// Owns where a check stands: in which piece of SQL, with what known, and what it finds.
import type { Finding } from "../finding.ts";
import type { Grammar } from "../grammar.ts";
import type { Name } from "../fold/names.ts";
import type { Known, Missing, Sort } from "./known.ts";
import type { Made } from "./made.ts";
import { nearest } from "./nearest.ts";
import type { Scope } from "./scope.ts";
import type { Source, Span } from "./source.ts";

/** A body whose SQL is only resolved when it runs, or may never run. */
export interface Body {
  /** What it makes itself. */
  readonly made: Made;
  /** The words in its strings, with in how many: a name among them is looked for, or made, by the body itself. */
  readonly strings: ReadonlyMap<string, number>;
  /** It runs some other time, when what later statements make is there. */
  readonly late: boolean;
}

export interface Here {
  readonly source: Source;
  readonly known: Known;
  readonly grammar: Grammar | undefined;
  readonly body: Body | undefined;
  readonly severity: "error" | "warning";
  /** The names that a body's SQL may use. */
  readonly variables: Scope | undefined;
  readonly found: Suspect[];
  /** Whether something that could not be read may have made a name. */
  readonly hidden: (name: string) => boolean;
}

/** A finding with what is missing, so that what makes it later can be named. */
export interface Suspect {
  readonly finding: Finding;
  readonly sort: Sort | "column" | "constraint" | "policy" | "rule" | "trigger" | "argument count";
  readonly name: Name;
  /** The table, for what lives in one. */
  readonly of?: string | undefined;
  readonly late: boolean;
}

export interface Unknown {
  readonly sort: Suspect["sort"];
  readonly name: Name;
  readonly of?: string | undefined;
  readonly span: Span | undefined;
  readonly message: string;
  readonly certain: boolean;
  readonly candidates: Iterable<string>;
  readonly code?: string;
}

// What CREATE EXTENSION may bring.
const brought: ReadonlySet<Unknown["sort"]> = new Set<Unknown["sort"]>([
  "argument count",
  "function",
  "schema",
  "type",
]);

/** Notes a name that is not known, unless it may be there all the same. */
export function report(here: Here, unknown: Unknown): void {
  const { sort, name, of, span, message, certain, candidates } = unknown;
  if (span === undefined || here.hidden(name.name)) return;
  if (here.body?.made.has(sort, name.name) === true || here.body?.strings.has(name.name.toLowerCase()) === true) return;
  if (here.body?.made.extends === true && brought.has(sort)) return;
  const at = here.source.toFile(span);
  if (at === undefined) return;
  const near = nearest(name.name, candidates);
  if (!certain && (near === undefined || !isMisspelling(name, near.edits, sort))) return;
  const finding: Finding = {
    code:
      unknown.code ?? `UNKNOWN_${(sort === "argument count" ? "function" : sort).replaceAll(" ", "_").toUpperCase()}`,
    severity: here.severity,
    message,
    ...(near && { help: `Did you mean ${near.name}?` }),
    at,
  };
  here.found.push({ finding, sort, name, of, late: here.body?.late ?? false });
}

/** Notes what is missing of a name that may have a schema; `parts` are the places of its parts. */
export function reportMissing(
  here: Here,
  sort: Sort,
  name: Name,
  missing: Missing,
  part: (index: number, name: string) => Span | undefined,
): void {
  if (missing.part === "schema") {
    const schema = name.schema!;
    report(here, {
      sort: "schema",
      name: { schema: undefined, name: schema },
      span: part(0, schema),
      message: `There is no schema ${schema}.`,
      certain: missing.certain,
      candidates: missing.candidates(),
    });
    return;
  }
  // A function may be called with another search_path than the one in force.
  if (here.body?.late === true && name.schema === undefined) {
    if (here.known.anywhere(name.name, sort) || (sort === "table" && here.known.isTransition(name.name))) return;
  }
  report(here, {
    sort,
    name,
    span: part(name.schema === undefined ? 0 : 1, name.name),
    message: `There is no ${sort} ${name.schema === undefined ? "" : `${name.schema}.`}${name.name}.`,
    certain: missing.certain,
    candidates: missing.candidates(),
  });
}

/**
 * Whether so few edits can hardly be chance; in a schema that is said there are fewer names to be near to, and few types
 * have names as short as `ext`, which was to be `text`.
 */
function isMisspelling({ schema, name }: Name, edits: number, sort: Unknown["sort"]): boolean {
  return name.length >= 8 ? edits <= 2 : edits === 1 && (name.length >= 4 || schema !== undefined || sort === "type");
}
