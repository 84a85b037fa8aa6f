// Owns the reading of a block of PL/pgSQL: which statements it runs, and whether it puts others together. Pure.
import { read, type Grammar, type Statement } from "@clew/sql-analyzer";

/** The statements that a DO block, or a function, runs as they stand; `untold` where it runs others. */
export function blockOf(
  text: string,
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
        const { query, ...rest } = inner as { query?: { PLpgSQL_expr?: { query?: string } } };
        const constant = constantOf(query?.PLpgSQL_expr?.query);
        if (constant === undefined) untold = true;
        else queries.push(constant);
        look(rest);
      } else if (tag === "query" && typeof inner === "string") queries.push(inner);
      else look(inner);
    }
  };
  look(tree);
  // What is no statement is an expression.
  const statements = queries.flatMap((query) => read(query, grammar).statements.filter(({ ast }) => ast !== undefined));
  return { statements, untold };
}

/** The text of `'…'`, without anything put to it. */
function constantOf(expression: string | undefined): string | undefined {
  const match = /^\s*'((?:[^']|'')*)'\s*$/.exec(expression ?? "");
  return match?.[1]?.replaceAll("''", "'");
}
