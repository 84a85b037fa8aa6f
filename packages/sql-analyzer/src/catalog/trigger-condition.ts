// Owns where the condition stands in a CREATE TRIGGER.
import { Lexer } from "../lexer.ts";

/** What is between the parentheses of WHEN, as it is written; undefined where there is no WHEN. */
export function triggerCondition(createTrigger: string): string | undefined {
  const lexer = new Lexer(createTrigger);
  while (lexer.next()) {
    if (!lexer.is("when") || !lexer.next()) continue;
    const start = lexer.end;
    for (let depth = 1; lexer.next();) {
      const token = createTrigger.slice(lexer.start, lexer.end);
      if (token === "(") depth++;
      else if (token === ")" && --depth === 0) return createTrigger.slice(start, lexer.start);
    }
  }
  return undefined;
}
