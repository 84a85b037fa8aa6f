// Owns by which columns the rows of a table are told apart while a migration writes them.
import type { Catalog, Fact, Statement } from "@clew/sql-analyzer";
import type { ArchivedTable } from "./needs.ts";

/** What is known of a table whose rows are to be told apart. */
export interface Rows {
  readonly columns: readonly Fact<"column">[];
  readonly indexes: readonly Fact<"index">[];
  /** The columns that go, or get another type. */
  readonly leaving: NonNullable<ArchivedTable["columns"]>;
  readonly before: Catalog;
  /** Whether a key is one all the time; asked of keys that rows are written under. */
  readonly holds: (index: Fact<"index">) => boolean;
}

/** A unique key without NULLs and without columns that go: the primary key, or the smallest other. */
export function identityOf({
  columns: all,
  indexes,
  leaving,
  before,
  holds,
}: Rows): Pick<ArchivedTable, "identity" | "others"> {
  const columns = all
    .filter(({ name, generated }) => !generated && !leaving.some((one) => one.name === name))
    .toSorted((a, b) => a.position - b.position);
  const firm = new Set(columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  const [key] = indexes
    .filter(({ unique, method, predicate, invalid }) => unique && method === "btree" && !predicate && !invalid)
    .filter(({ keys }) => keys.every(({ column }) => column !== undefined && firm.has(column)))
    .filter(holds)
    .toSorted((a, b) => rank(a, before) - rank(b, before));
  if (key !== undefined) return { identity: key.keys.map(({ column }) => column!) };
  return leaving.some(({ retyped }) => retyped !== undefined) ? { others: columns.map(({ name }) => name) } : {};
}

function rank({ constraint, keys }: Fact<"index">, before: Catalog): number {
  const held = constraint === undefined ? undefined : before.facts[constraint];
  return held?.kind === "constraint" && held.type === "primary key" ? 0 : keys.length;
}

/**
 * Whether statements leave a unique index what it is from their first to their last: between a key that is dropped and one
 * like it that is added, rows may be there twice.
 */
export function keepsKeys(statements: readonly Statement[]): (index: Fact<"index">) => boolean {
  const texts = statements.map(({ text }) => text.toLowerCase());
  const dropping = texts.filter((text) => /\b(?:drop\s+(?:constraint|index)|rename)\b/.test(text));
  const loosening = texts.filter((text) => /\bdrop\s+not\s+null\b/.test(text));
  const says = (text: string, name: string): boolean => text.includes(name.toLowerCase()) || /\bexecute\b/.test(text);
  return ({ name, keys }) =>
    !dropping.some((text) => says(text, name)) &&
    !loosening.some((text) => keys.some(({ column }) => column !== undefined && says(text, column)));
}
