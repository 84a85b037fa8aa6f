// Owns what the statements of a script lose or overwrite, each with its place: by what they are, not by the words in them.
import {
  classify,
  read,
  startFold,
  type Catalog,
  type Grammar,
  type Loss,
  type Relation,
  type Statement,
} from "@clew/sql-analyzer";
import { Names } from "../archive/names.ts";
import { isSessionError } from "../driver.ts";
import type { ErrorPlace } from "../errors.ts";
import { placeOf, type Script } from "../files/prepare.ts";
import type { ReportFinding } from "../report.ts";
import type { Live } from "../introspect/live.ts";
import { blockOf } from "./block.ts";
import { Made } from "./made.ts";
import type { Step } from "./plan.ts";
import { Reach, type Beyond } from "./reach.ts";
import { isMadeAgain } from "./replaced.ts";

/** Something that a statement loses. */
export interface StepLoss {
  /** `object`, `columns` and `rows` are gone; `values` are overwritten; a sequence forgets its `position`. */
  readonly what: Loss["what"];
  /** What goes, in words: `the table public.people with its rows`. */
  readonly words: string;
  /** On what it depends, as the end of a sentence; absent: in any case. */
  readonly when?: string;
  /** What does it, where the statement itself does not name it: a foreign key, a function. */
  readonly by?: string;
  readonly at: ErrorPlace;
}

/** What a script loses; `untold` are the places that run code which cannot be read. */
export interface ScriptLosses {
  readonly losses: readonly StepLoss[];
  readonly untold: readonly ErrorPlace[];
}

/**
 * What is lost by the statements of a script, those in DO blocks among them. `made` is what the run has made before; `reach`
 * knows what is lost beyond their words.
 */
export function lossesOf(
  script: Script,
  statements: readonly Statement[],
  grammar: Grammar,
  { made = new Made(), reach }: { readonly made?: Made; readonly reach?: Reach | undefined } = {},
): ScriptLosses {
  const losses: StepLoss[] = [];
  const untold: ErrorPlace[] = [];
  for (const [at, statement] of statements.entries()) {
    const place = (): ErrorPlace => placeOf(script, statement.start, statement.end);
    const isBlock = statement.kind === "DO";
    const inside = isBlock ? blockOf(statement.text, grammar) : { statements: [statement], untold: false };
    for (const one of inside.statements) {
      for (const loss of classify(one).destroys) {
        if (made.has(loss) || isMadeAgain(loss, statements.slice(at + 1))) continue;
        // What the catalog tells is said by name.
        if (reach && "kin" in loss && loss.kin === "referencing") continue;
        const when = "when" in loss && loss.when !== undefined ? { when: loss.when } : {};
        losses.push({ what: loss.what, words: wordsOf(loss), ...when, at: place() });
      }
      for (const { what, of, by, when } of reach?.of(one, made) ?? [])
        losses.push({
          what,
          words: "table" in of ? reachedText(of) : wordsOf(of),
          by,
          ...(when ? { when } : {}),
          at: place(),
        });
      made.follow(one, isBlock);
      reach?.follow(one);
    }
    if (inside.untold) untold.push(place());
  }
  return { losses, untold };
}

/** What each step of a run loses, beyond its words too, where the database's schema can be read. */
export async function lossesOfRun(live: Live, steps: readonly Step[], role: string): Promise<readonly ScriptLosses[]> {
  const { loadGrammar } = await import("@clew/sql-analyzer");
  const grammar = await loadGrammar();
  const texts = steps.map(({ script }) => read(script.text, grammar).statements);
  const reach = texts.some((text) => text.some(mayReach)) ? await reachOf(live, texts, role, grammar) : undefined;
  const made = new Made();
  return steps.map(({ script }, at) => {
    made.nextFile();
    return lossesOf(script, texts[at]!, grammar, { made, reach });
  });
}

/** Whether a statement deletes rows, or runs code that is not in it. */
function mayReach(statement: Statement): boolean {
  const { destroys, unknown } = classify(statement);
  return unknown.length > 0 || destroys.some((loss) => "kin" in loss && loss.kin === "referencing");
}

async function reachOf(
  live: Live,
  texts: readonly (readonly Statement[])[],
  role: string,
  grammar: Grammar,
): Promise<Reach | undefined> {
  let before: Catalog;
  try {
    before = await live.schema();
  } catch (error) {
    if (!isSessionError(error) || error.fault.reply === "lost") throw error;
    return undefined;
  }
  const folding = startFold(before, { grammar, role });
  for (const statements of texts) folding.apply(statements);
  return new Reach(before, folding.catalog(), new Names(before, ["public"]), grammar);
}

/** Refuses, or warns of, what a run would lose: what is certain, and what follows from it by the schema or by functions. */
export function lossFindings(steps: readonly Step[], found: readonly ScriptLosses[]): readonly ReportFinding[] {
  return steps.flatMap(({ step: { version } }, index): readonly ReportFinding[] => {
    const { losses, untold } = found[index]!;
    const gone = losses.filter(
      ({ what, when, by }) => (when === undefined || by !== undefined) && what !== "values" && what !== "position",
    );
    return [
      ...gone.map(({ words, when, by, at }): ReportFinding => ({
        code: "DESTRUCTIVE",
        severity: "error",
        version,
        message: `${words} ${when === undefined ? "would" : "could"} be lost${by === undefined ? "" : ` by ${by}`}`,
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

/** `some rows of orders`, `some values of orders (person)` */
function reachedText({ table, which, columns }: Exclude<Beyond["of"], Loss>): string {
  return columns === undefined ? `${which} rows of ${table}` : `${which} values of ${table} (${columns.join(", ")})`;
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
