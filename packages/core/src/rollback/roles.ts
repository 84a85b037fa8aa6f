// Owns whose roles are: they are the whole server's, and others make theirs while a migration runs.
import { catalogOf, factsOf, shareFacts, type Catalog } from "@clew/sql-analyzer";

/**
 * The catalog after a migration, with the roles as they were where its text speaks of none: what became of them meanwhile
 * was done from another database, and is not to be taken back.
 */
export function withoutOthersRoles(before: Catalog, after: Catalog, text: string): Catalog {
  const own = (name: string): boolean => text.includes(name) || /\b(?:role|user|group)\b/i.test(text);
  const kept = Object.values(after.facts).filter((fact) => fact.kind !== "role" || own(fact.name));
  const asTheyWere = factsOf(before, "role").filter(({ name }) => !own(name));
  return shareFacts(catalogOf([...kept, ...asTheyWere], after), after);
}
