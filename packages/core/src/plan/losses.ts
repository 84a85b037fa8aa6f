// Owns what the statements of a script lose or overwrite, each with its place: by what they are, not by the words in them.
import { classify, read, type Grammar, type Loss, type Relation, type Statement } from "@clew/sql-analyzer";
import type { ErrorPlace } from "../errors.ts";
import { placeOf, type Script } from "../files/prepare.ts";
import type { ReportFinding } from "../report.ts";
import { isMadeAgain } from "./replaced.ts";
import type { Work } from "../run/run.ts";

/** Something that a statement loses. */
export interface StepLoss {
  /** `object`, `columns` and `rows` are gone; `values` are overwritten; a sequence forgets its `position`. */
  readonly what: Loss["what"];
  /** What goes, in words: `the table public.people with its rows`. */
  readonly words: string;
  /** On what it depends, as the end of a sentence; absent: in any case. */
  readonly when?: string;
  readonly at: ErrorPlace;
}

/** What is lost by the statements of a script, those in DO blocks among them; `untold` are those that run code which cannot be read. */
export function lossesOf(
  script: Script,
  statements: readonly Statement[],
  grammar: Grammar,
): { readonly losses: readonly StepLoss[]; readonly untold: readonly ErrorPlace[] } {
  const losses: StepLoss[] = [];
  const untold: ErrorPlace[] = [];
  for (const [at, statement] of statements.entries()) {
    const place = (): ErrorPlace => placeOf(script, statement.start, statement.end);
    const inside = statement.kind === "DO" ? bodyOf(statement, grammar) : { statements: [statement], untold: false };
    for (const one of inside.statements) {
      for (const loss of classify(one).destroys) {
        if (isMadeAgain(loss, statements.slice(at + 1))) continue;
        const when = "when" in loss && loss.when !== undefined ? { when: loss.when } : {};
        losses.push({ what: loss.what, words: wordsOf(loss), ...when, at: place() });
      }
    }
    if (inside.untold) untold.push(place());
  }
  return { losses, untold };
}

/** Refuses, or warns of, what a run would lose. What depends on the data, such as foreign keys that cascade, goes with what is certain. */
export async function lossFindings({ steps }: Work): Promise<readonly ReportFinding[]> {
  const { loadGrammar } = await import("@clew/sql-analyzer");
  const grammar = await loadGrammar();
  return steps.flatMap(({ step, script }): readonly ReportFinding[] => {
    const { version } = step;
    const { losses, untold } = lossesOf(script, read(script.text, grammar).statements, grammar);
    const gone = losses.filter(({ what, when }) => when === undefined && what !== "values" && what !== "position");
    return [
      ...gone.map(({ words, at }): ReportFinding => ({
        code: "DESTRUCTIVE",
        severity: "error",
        version,
        message: `${words} would be lost`,
        help: "If that is meant, allow it for this run with --allow-destructive (`allowDestructiveOperations: true`).",
        at,
      })),
      ...untold.map((at): ReportFinding => ({
        code: "LOSS_UNTOLD",
        severity: "warning",
        version,
        message: "this block puts SQL together when it runs, so what it loses cannot be told",
        help: "Write the statements out; or, if they are as you want them, allow them for this run with --allow-destructive.",
        at,
      })),
    ];
  });
}

/** The statements that a DO block runs as they stand; `untold` where it runs others. */
function bodyOf(
  { text }: Statement,
  grammar: Grammar,
): { readonly statements: readonly Statement[]; readonly untold: boolean } {
  const tree: unknown = grammar.parsePlpgsql(text);
  if (tree === undefined) return { statements: [], untold: true };
  const queries: string[] = [];
  let untold = false;
  const look = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [tag, inner] of Object.entries(node)) {
      if (tag === "PLpgSQL_stmt_dynexecute" || tag === "PLpgSQL_stmt_dynfors") {
        const constant = constantOf(queryOf(inner));
        if (constant === undefined) untold = true;
        else queries.push(constant);
      } else if (tag === "PLpgSQL_stmt_execsql") queries.push(queryOf(inner) ?? "");
      look(inner);
    }
  };
  look(tree);
  return { statements: queries.flatMap((query) => read(query, grammar).statements), untold };
}

function queryOf(fields: unknown): string | undefined {
  const { sqlstmt, query } = fields as Record<string, { PLpgSQL_expr?: { query?: string } } | undefined>;
  return (sqlstmt ?? query)?.PLpgSQL_expr?.query;
}

/** The text of `'…'`, without anything put to it. */
function constantOf(expression: string | undefined): string | undefined {
  const match = /^\s*'((?:[^']|'')*)'\s*$/.exec(expression ?? "");
  return match?.[1]?.replaceAll("''", "'");
}

function wordsOf(loss: Loss): string {
  switch (loss.what) {
    case "object": {
      const rows = loss.type === "TABLE" ? " with its rows" : "";
      const cascade = loss.cascade ? ", and what depends on it," : "";
      return `the ${loss.type.toLowerCase()} ${loss.name.join(".")}${rows}${cascade}`;
    }
    case "columns":
      return `the values of ${relationText(loss.relation)} (${loss.columns.join(", ")})`;
    case "rows":
      return `${loss.which === "all" ? "all" : "some"} rows of ${kinText(loss)}`;
    case "values":
      return `${loss.which === "all" ? "all" : "some"} values of ${kinText(loss)} (${loss.columns.join(", ")})`;
    default:
      return `the position of ${kinText(loss)}`;
  }
}

/** `people`, or `the sequences of people`. */
export function kinText({ relation, kin }: { readonly relation?: Relation; readonly kin?: string }): string {
  const name = relation === undefined ? "the database" : relationText(relation);
  return kin === undefined ? name : `the ${kin} of ${name}`;
}

/** As the statement names it. */
export function relationText({ schema, name }: Relation): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
