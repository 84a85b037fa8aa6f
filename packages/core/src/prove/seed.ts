// Owns the rows that a proof puts into tables: a few, generated, such as the constraints allow.
import { addressOf, factsOf, type Catalog, type Fact, type Key } from "@clew/sql-analyzer";
import { cleanSession, isSessionError, type Session } from "../driver.ts";
import { identifier } from "../store/bind.ts";
import { makerOf, random } from "./values.ts";

/** What became of it. */
export interface Seeded {
  /** Tables that have got rows. */
  readonly tables: readonly Fact<"table">[];
  readonly rows: number;
  /** Tables that take none of what was tried. */
  readonly refused: readonly Fact<"table">[];
}

/** A catalog with the parts of its tables at hand. */
interface About {
  readonly catalog: Catalog;
  readonly columnsOf: ReadonlyMap<Key | undefined, readonly Fact<"column">[]>;
  readonly constraintsOf: ReadonlyMap<Key | undefined, readonly Fact<"constraint">[]>;
}

function aboutOf(catalog: Catalog): About {
  return {
    catalog,
    columnsOf: Map.groupBy(factsOf(catalog, "column"), ({ parent }) => parent),
    constraintsOf: Map.groupBy(factsOf(catalog, "constraint"), ({ parent }) => parent),
  };
}

const rowsEach = 3;
const attempts = 12;

/**
 * Puts rows into those of these tables that are empty, in this order; tables with rows keep them. The same catalog gets the same rows.
 * Triggers are off where the role may switch them off.
 */
export async function seed(session: Session, tables: readonly Fact<"table">[], catalog: Catalog): Promise<Seeded> {
  const quiet = await mayBeQuiet(session);
  const filled = new Set(await withRows(session, tables));
  const done: Fact<"table">[] = [];
  const refused: Fact<"table">[] = [];
  let rows = 0;
  const next = random(1);
  const about = aboutOf(catalog);
  for (const table of tables) {
    if (filled.has(table)) continue;
    let given = 0;
    for (let n = 1; n <= rowsEach; n++) if (await insert(session, table, about, n, next, quiet)) given++;
    if (given > 0) done.push(table);
    else refused.push(table);
    rows += given;
  }
  return { tables: done, rows, refused };
}

/** Takes the rows away again. */
export async function unseed(session: Session, { tables }: Seeded): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map(({ key }) => addressOf(key)).join(", ");
  await session.transaction([...cleanSession, { text: `TRUNCATE ${names} CASCADE` }]);
}

async function mayBeQuiet(session: Session): Promise<boolean> {
  const [role] = await session.query<{ superuser: boolean }>({
    text: "SELECT rolsuper AS superuser FROM pg_catalog.pg_roles WHERE rolname = current_user",
  });
  return role?.superuser === true;
}

async function withRows(session: Session, tables: readonly Fact<"table">[]): Promise<readonly Fact<"table">[]> {
  if (tables.length === 0) return [];
  const looks = tables.map(({ key }, at) => `EXISTS (SELECT FROM ${addressOf(key)}) AS "${at}"`);
  const [found] = await session.query<Record<string, boolean>>({ text: `SELECT ${looks.join(", ")}` }, [
    { text: "SET LOCAL row_security = off" },
  ]);
  return tables.filter((_, at) => found![String(at)]);
}

async function insert(
  session: Session,
  table: Fact<"table">,
  about: About,
  n: number,
  next: () => number,
  quiet: boolean,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    // Other numbers for each attempt, so that what is unique stays so.
    const text = insertion(table, about, n + attempt * rowsEach, next, attempt);
    if (text === undefined) return false;
    const silence = quiet ? [{ text: "SET LOCAL session_replication_role = replica" }] : [];
    try {
      await session.transaction([...cleanSession, ...silence, { text }]);
      return true;
    } catch (error) {
      if (!isSessionError(error) || error.fault.reply === "lost") throw error;
    }
  }
  return false;
}

/** Undefined where a column needs a value and none is known. */
function insertion(
  table: Fact<"table">,
  { catalog, columnsOf, constraintsOf }: About,
  n: number,
  next: () => number,
  attempt: number,
): string | undefined {
  const columns = (columnsOf.get(table.key) ?? []).filter(
    ({ generated, identity }) => !generated && identity !== "always",
  );
  const constraints = constraintsOf.get(table.key) ?? [];
  const referring = references(table, constraints);
  const names: string[] = [];
  const values: string[] = [];
  for (const column of columns) {
    const found = referring.get(column.name) ?? makerOf(column, constraints, catalog)(n, next);
    // What has a default gets it half the time, and from the later attempts on nothing is given that need not be.
    const optional = column.default !== undefined || column.identity !== undefined;
    if (optional && (found === undefined || next() < 0.5 || attempt > attempts / 2)) continue;
    if (!column.notNull && (found === undefined || (attempt > attempts / 2 && next() < 0.5))) continue;
    if (found === undefined) return undefined;
    names.push(identifier(column.name));
    values.push(found.replaceAll("{n}", String(n)));
  }
  if (names.length === 0) return `INSERT INTO ${addressOf(table.key)} DEFAULT VALUES`;
  return `INSERT INTO ${addressOf(table.key)} (${names.join(", ")}) VALUES (${values.join(", ")})`;
}

/** By column the value that a foreign key of the table asks for, taken from a row of the table that it refers to. */
function references(table: Fact<"table">, constraints: readonly Fact<"constraint">[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { references, columns = [] } of constraints) {
    if (references === undefined || references.table === table.key) continue;
    const from = addressOf(references.table);
    const order = references.columns.map(identifier).join(", ");
    const place = `{n} % greatest((SELECT count(*) FROM ${from}), 1)`;
    columns.forEach((name, at) => {
      const of = identifier(references.columns[at]!);
      found.set(name, `(SELECT ${of} FROM ${from} ORDER BY ${order} LIMIT 1 OFFSET ${place})`);
    });
  }
  return found;
}
