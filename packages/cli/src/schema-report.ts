// Owns how a schema is shown: a tree of what lives in what.
import type { MigrationExecutor } from "@clew/core";
import type { Paint } from "./colors.ts";

type Catalog = Awaited<ReturnType<MigrationExecutor["schema"]>>;
type Fact = Catalog["facts"][keyof Catalog["facts"]];

/** Each fact under its parent; those whose parent is not shown stand at the margin. */
export function schemaText({ facts }: Catalog, paint: Paint): string {
  const all = Object.values(facts);
  if (all.length === 0) return "Nothing beyond what every new database has.";
  const children = new Map<string, Fact[]>();
  for (const fact of all) {
    const parent = fact.parent !== undefined && facts[fact.parent] !== undefined ? fact.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), fact]);
  }
  const lines: string[] = [];
  const add = (fact: Fact, depth: number): void => {
    const doubt = fact.certainty === "exact" ? "" : ` (${fact.certainty})`;
    lines.push(
      `${"  ".repeat(depth)}${paint("dim", fact.kind)} ${nameOf(fact, depth)}${detailOf(fact)}${paint("dim", doubt)}`,
    );
    for (const child of inOrder(children.get(fact.key) ?? [])) add(child, depth + 1);
  };
  for (const fact of children.get("") ?? []) add(fact, 0);
  return lines.join("\n");
}

/** Columns as they stand in the table, the rest as the catalog has it. */
function inOrder(facts: readonly Fact[]): readonly Fact[] {
  const position = (fact: Fact): number => (fact.kind === "column" ? fact.position : Number.MAX_SAFE_INTEGER);
  return facts.toSorted((a, b) => position(a) - position(b));
}

function nameOf({ key, kind, name }: Fact, depth: number): string {
  const address = key.slice(kind.length + 1);
  return depth === 0 || name === "" ? address : name;
}

function detailOf(fact: Fact): string {
  if (fact.kind === "column") return `: ${fact.type}${fact.notNull ? " not null" : ""}`;
  return "";
}
