// Owns by which columns the rows of a table are told apart while a migration writes them.
import { factsOf, type Catalog, type Fact, type Statement } from "@clew/sql-analyzer";
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
 * like it that is added, rows may be there twice. What a foreign key refers to before and after was one all the time: it
 * cannot go without the foreign key.
 */
export function keepsKeys(
  statements: readonly Statement[],
  before: Catalog,
  after: Catalog,
): (index: Fact<"index">) => boolean {
  const texts = statements.map(({ text }) => text.toLowerCase());
  const dropping = texts.filter((text) => /\bdrop\s+(?:constraint|index)\b/.test(text));
  const loosening = texts.filter((text) => /\bdrop\s+not\s+null\b/.test(text));
  if (dropping.length === 0 && loosening.length === 0) return () => true;
  const says = (text: string, names: readonly string[]): boolean =>
    names.some((name) => text.includes(name)) || /\bexecute\b/.test(text);
  const stays = new Set(factsOf(after, "constraint").flatMap(({ name, references }) => (references ? [name] : [])));
  const referring = factsOf(before, "constraint").filter(({ name, references }) => references && stays.has(name));
  return ({ name, table, keys }) => {
    const names = namesOf(name.toLowerCase(), texts);
    const columns = keys.flatMap(({ column }) => column ?? []);
    const isReferred = referring.some(
      ({ references }) => references!.table === table && same(references!.columns ?? [], columns),
    );
    if (!isReferred && dropping.some((text) => says(text, names))) return false;
    return !loosening.some((text) =>
      says(
        text,
        columns.map((column) => column.toLowerCase()),
      ),
    );
  };
}

/** A name, and those that statements give to what has it. */
function namesOf(name: string, texts: readonly string[]): readonly string[] {
  const names = [name];
  for (const text of texts) {
    if (!/\brename\b/.test(text) || !names.some((each) => text.includes(each))) continue;
    for (const [, to] of text.matchAll(/\bto\s+("(?:[^"]|"")+"|[\w$]+)/g)) names.push(to!.replaceAll('"', ""));
  }
  return names;
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join("\n") === others.toSorted().join("\n");
}
