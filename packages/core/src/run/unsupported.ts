// Owns the refusal of a plan that its channel cannot run: every place in it, before anything has run.
import { loadGrammar, read } from "@clew/sql-analyzer/reading";
import type { Driver, Refused } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { placeOf } from "../files/prepare.ts";
import type { Step } from "../plan/plan.ts";

interface Place extends Refused {
  readonly step: Step;
  readonly start: number;
  readonly end: number;
}

/** Throws UNSUPPORTED_BY_DRIVER, with each statement that the driver refuses and the way out. */
export async function refuseUnsupported(driver: Driver, steps: readonly Step[]): Promise<void> {
  const { refuse, supports } = driver;
  if (!refuse && supports.autocommit) return;
  const grammar = refuse && (await loadGrammar());
  const places = steps.flatMap((step) => {
    const statements = grammar ? read(step.script.text, grammar).statements : [];
    const byStart = new Map(statements.map((statement) => [statement.start, statement]));
    return step.script.segments.flatMap((segment, ordinal) => {
      if (step.step.segments[ordinal]?.done) return [];
      return segment.statements.flatMap(({ start, end }): Place[] => {
        const statement = byStart.get(start);
        const found = statement && refuse ? refuse(statement) : segment.kind === "alone" ? alone(driver) : undefined;
        return found ? [{ ...found, step, start, end }] : [];
      });
    });
  });
  const first = places[0];
  if (!first) return;
  const parts = places.slice(0, 20).map(({ message, help, step, start, end }) => {
    const { path, line, column, excerpt } = placeOf(step.script, start, end);
    return [`${path}:${line}:${column}: ${message}`, excerpt, help].filter(Boolean).join("\n");
  });
  if (places.length > parts.length) parts.push(`… and ${places.length - parts.length} more`);
  throw new ClewError("UNSUPPORTED_BY_DRIVER", parts.join("\n\n"), {
    help: first.help,
    version: first.step.step.version,
    at: placeOf(first.step.script, first.start, first.end),
  });
}

function alone({ name }: Driver): Refused {
  return {
    message: `this statement refuses a transaction, and ${name} has nothing else`,
    help: "Use a direct connection (--db).",
  };
}
