// Owns the comparison of a database with what its files make: what it has beside it, and what it lacks.
import {
  describeDifference,
  diff,
  factsOf,
  filterCatalog,
  keyAlone,
  keyIn,
  loadGrammar,
  madeUnread,
  normalise,
  sortGrants,
  startComparing,
  type Catalog,
  type Difference,
  type Fact,
  type Grant,
  type Key,
} from "@clew/sql-analyzer";
import type { MigrationFile } from "../files/read.ts";
import type { Live } from "../introspect/live.ts";
import { ownError } from "../run/explain.ts";
import type { HistoryTable } from "../store/bind.ts";
import type { SchemaDifference } from "./difference.ts";
import { foldFiles } from "./folder.ts";
import { isOfBooks } from "./ours.ts";
import { freshCatalog, isItsRole, isPlatforms, platformOf, type Platform } from "./platform.ts";

/** What is different in a database from what its files make: `before` is what they make, `after` what it has. */
export interface SchemaDrift extends SchemaDifference {
  /** The versions that are not applied, and were left out. */
  readonly pending: readonly string[];
}

/** The files, and how they were run. */
export interface Migrations {
  readonly applied: readonly MigrationFile[];
  readonly pending: readonly MigrationFile[];
  /** Who is connected: runs them, where no history says more. */
  readonly role: string;
  readonly history: HistoryTable;
  /** Default: what the database looks like. */
  readonly platform: Platform | undefined;
}

/** Reads the schema of a database, and compares it with what the applied files make of a new one. Changes nothing. */
export async function readDrift(database: Live, migrations: Migrations): Promise<SchemaDrift> {
  const live = await database.schema().catch((error: unknown) => Promise.reject(ownError(error, "reading the schema")));
  const { applied, pending, role, history, platform = platformOf(live) } = migrations;
  // Who made the history runs the files; one who only looks may be another.
  const table = live.facts[keyIn(keyAlone("schema", history.schema), "table", history.table)];
  const runner = table?.owner ?? (platform === "supabase" ? "postgres" : role);
  const fold = async (fresh: Catalog): Promise<Sides> => {
    const { catalog, opaque } = await foldFiles(applied, fresh, runner);
    return { fresh, folded: catalog, live, unread: madeUnread(opaque) };
  };
  let sides = await fold(freshCatalog(platform, live.major));
  const settled = withUntouchedDefaults(sides);
  if (settled !== undefined) sides = await fold(settled);
  let found = await findDrift(sides, platform, history);
  const older = withOlderDefaults(sides);
  if (older !== undefined && found.differences.some(({ field }) => field === "grants")) {
    const other = await fold(older);
    const there = await findDrift(other, platform, history);
    const nearer = defaultsApart(other).length - defaultsApart(sides).length;
    if (nearer < 0 || (nearer === 0 && there.differences.length < found.differences.length)) found = there;
  }
  return { ...found, pending: pending.map(({ version }) => version) };
}

/** The new database with the default privileges of this one, where this one's are others and no file touches them. */
function withUntouchedDefaults(sides: Sides): Catalog | undefined {
  const { fresh, folded, live } = sides;
  const untouched = defaultsApart(sides).filter((key) => same(fresh.facts[key], folded.facts[key]));
  if (untouched.length === 0) return undefined;
  const facts: Record<Key, Fact> = { ...fresh.facts };
  for (const key of untouched) {
    const there = live.facts[key];
    if (there === undefined) delete facts[key];
    else facts[key] = there;
  }
  return { ...fresh, facts };
}

/**
 * The new database with default privileges as Supabase had them before 2026, where files touch them: it gave what is made
 * in `public` to the API's roles, whoever made it. A dump ends by granting all of it, and so tells neither from the other.
 */
function withOlderDefaults({ fresh, folded }: Sides): Catalog | undefined {
  const older: Record<Key, Fact> = {};
  for (const [key, fact] of Object.entries(fresh.facts) as [Key, Fact][]) {
    if (!isDefaults(key) || same(fact, folded.facts[key])) continue;
    const all = fresh.facts[key.replace(" for postgres ", " for supabase_admin ") as Key];
    if (all !== undefined && !same(all.grants, fact.grants)) older[key] = { ...fact, grants: all.grants! };
  }
  return Object.keys(older).length === 0 ? undefined : { ...fresh, facts: { ...fresh.facts, ...older } };
}

/** The default privileges of a new database that are not as files leave them. */
function defaultsApart({ fresh, folded, live }: Sides): readonly Key[] {
  return (Object.keys(fresh.facts) as Key[]).filter(
    (key) => isDefaults(key) && !same(folded.facts[key], live.facts[key]),
  );
}

function isDefaults(key: Key): boolean {
  return key.startsWith("default privileges ");
}

/** What is there before the files, what they make of it, and what there is. */
interface Sides {
  readonly fresh: Catalog;
  readonly folded: Catalog;
  readonly live: Catalog;
  /** Whether what could not be read of the files may have made something of a name. */
  readonly unread: (name: string) => boolean;
}

/**
 * What is different in the database from what its files make. What the platform brings counts as far as files change it.
 * What a file does that cannot be read, such as dynamic SQL, leaves what it may have touched in doubt.
 */
async function findDrift(sides: Sides, platform: Platform, history?: HistoryTable): Promise<SchemaDifference> {
  const isBook = (fact: Fact): boolean => isOfBooks(fact, history);
  const folded = filterCatalog(sides.folded, (fact) => !isBook(fact) && isMade(fact, sides));
  const live = filterCatalog(
    withFreshFields(sides, platform),
    (fact) => !isBook(fact) && isCounted(fact, sides, folded, platform),
  );
  const found = diff(folded, live, { sameSql: startComparing(sides.folded, sides.live, await loadGrammar()) });
  const differences = found
    .filter((difference) => !isGuess(difference, sides))
    .map((difference) => (isDoubtful(difference, sides) ? { ...difference, unsure: true as const } : difference));
  return { differences, words: inWords(differences) };
}

/** A line for each, those that are certain first; what came or went as a part of something else is said with that. */
function inWords(differences: readonly Difference[]): readonly string[] {
  const said = differences.filter(({ within }) => within === undefined);
  return [...said.filter(({ unsure }) => !unsure), ...said.filter(({ unsure }) => unsure)].map((difference) => {
    const { key, what, unsure } = difference;
    if (what === "changed") return describeDifference(difference);
    return `${key}: only in the ${what === "added" ? "database" : "files"}${unsure ? " (may be no difference)" : ""}`;
  });
}

/** Whether files have to do with a fact, or the database has it as well. */
function isMade({ key }: Fact, { fresh, folded, live }: Sides): boolean {
  return live.facts[key] !== undefined || isMadeOtherwise(fresh.facts[key], folded.facts[key]);
}

// GRANT … ON ALL FUNCTIONS IN SCHEMA storage makes none of them: another release of the platform may lack some.
function isMadeOtherwise(fresh: Fact | undefined, folded: Fact | undefined): boolean {
  if (fresh === undefined || folded === undefined) return fresh !== folded;
  const [was, to] = [fresh, folded] as unknown as readonly [Fields, Fields];
  return Object.keys({ ...was, ...to }).some(
    (field) => field !== "grants" && field !== "definition" && !same(was[field], to[field]),
  );
}

function isCounted(fact: Fact, { fresh }: Sides, folded: Catalog, platform: Platform): boolean {
  if (folded.facts[fact.key] !== undefined || fresh.facts[fact.key] !== undefined) return true;
  // Roles are the server's, for all its databases.
  return fact.kind !== "role" && !isPlatforms(fact, platform);
}

type Fields = Readonly<Record<string, unknown>>;

/** The live catalog, in which what files have not touched of the platform's facts is as the platform's catalog has it. */
function withFreshFields({ fresh, folded, live }: Sides, platform: Platform): Catalog {
  const facts: Record<Key, Fact> = { ...live.facts, ...shippedComment(folded, live) };
  for (const [key, before] of Object.entries(fresh.facts) as [Key, Fact][]) {
    const is = live.facts[key];
    const made = folded.facts[key];
    if (is === undefined || made === undefined) continue;
    if (key === "schema public") facts[key] = withItsGrants(before, made, facts[key]!, platform);
    else facts[key] = same(before, made) ? made : untouched(before, made, is);
  }
  return { ...live, facts };
}

/** What the platform's own roles may do in the schema public depends on its release. */
function withItsGrants(before: Fact, made: Fact, is: Fact, platform: Platform): Fact {
  if (platform === "postgres") return is;
  const [was, to, now] = [before, made, is].map(({ grants }) => byGrantee(grants));
  const own = ([name]: readonly [string, unknown]): boolean =>
    isItsRole(name.split(" ")[0]!) && same(was![name], to![name]);
  const grants = [...Object.entries(now!).filter((each) => !own(each)), ...Object.entries(to!).filter(own)];
  return { ...is, grants: sortGrants(grants.map(([, grant]) => grant as Grant)) };
}

/** Whether the schema public has the comment that it comes with, or none, is nobody's doing. */
function shippedComment(folded: Catalog, live: Catalog): Catalog["facts"] {
  const [made, is] = [folded.facts["schema public"], live.facts["schema public"]];
  if (made === undefined || is === undefined || made.comment || is.comment) return {};
  const { comment: _, ...rest } = is;
  return { [is.key]: made.comment === undefined ? rest : { ...rest, comment: made.comment } };
}

function untouched(before: Fact, made: Fact, is: Fact): Fact {
  const [was, to] = [before, made] as unknown as readonly [Fields, Fields];
  const fact: Record<string, unknown> = { ...is };
  for (const field of new Set([...Object.keys(was), ...Object.keys(to), ...Object.keys(is)])) {
    const value = same(was[field], to[field]) ? to[field] : merged(field, was[field], to[field], fact[field]);
    if (value === undefined) delete fact[field];
    else fact[field] = value;
  }
  return fact as unknown as Fact;
}

/** Of grants, memberships and settings only those count that files touch. */
function merged(field: string, was: unknown, to: unknown, is: unknown): unknown {
  if (field === "grants") {
    const [a, b, c] = [was, to, is].map((grants) => byGrantee(grants as readonly Grant[] | undefined));
    return sortGrants(Object.values(mergedParts(a!, b!, c!)) as Grant[]);
  }
  if (field === "memberOf") {
    const [a, b, c] = [was, to, is].map((list) => byRole(list as Fact<"role">["memberOf"]));
    return (Object.values(mergedParts(a!, b!, c!)) as { readonly role: string }[]).toSorted((one, other) =>
      one.role < other.role ? -1 : 1,
    );
  }
  if (field !== "settings" && field !== "settingsHere") return is;
  const parts = mergedParts((was ?? {}) as Fields, (to ?? {}) as Fields, (is ?? {}) as Fields);
  return Object.keys(parts).length === 0 ? undefined : parts;
}

function byGrantee(grants: readonly Grant[] = []): Fields {
  return Object.fromEntries(grants.map((grant) => [`${grant.to} ${grant.by ?? ""}`, grant]));
}

function byRole(memberships: Fact<"role">["memberOf"] = []): Fields {
  return Object.fromEntries(memberships.map((membership) => [membership.role, membership]));
}

function mergedParts(was: Fields, to: Fields, is: Fields): Fields {
  const names = new Set([...Object.keys(was), ...Object.keys(to), ...Object.keys(is)]);
  const parts = [...names].map((name) => [name, same(was[name], to[name]) ? to[name] : is[name]] as const);
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What is the same, or what no file says: the version and the comment that an extension comes with, who may do what with
 * that which it brings, a type that only the server finds, what `*` stands for.
 */
function isGuess({ key, kind, what, field, before, after, certainty }: Difference, sides: Sides): boolean {
  if (kind === "privileges" && certainty === "tainted") return true;
  if (field === "body") return saySame(sides.live.facts[key], before, after);
  // To refresh a materialized view is to give it rows.
  if (field === "unpopulated" && after === undefined) return true;
  if (what === "added") return isOfQuery(sides, sides.live.facts[key]);
  if (kind === "extension")
    return (field === "version" && before === "") || (field === "comment" && after === undefined);
  return (field === "type" || field === "returns") && certainty !== "exact" && before === "unknown";
}

/** Whether two bodies are other words only in their comments: the Supabase CLI takes those out of what it dumps. */
function saySame(fact: Fact | undefined, ...bodies: readonly unknown[]): boolean {
  const language = fact && "language" in fact ? fact.language : undefined;
  if (language !== "sql" && language !== "plpgsql") return false;
  const [one, other] = bodies.map((body) => (typeof body === "string" ? normalise(body) : undefined));
  return one !== undefined && one === other;
}

function isDoubtful({ key, kind, what, field, before, certainty }: Difference, sides: Sides): boolean {
  if (certainty === "tainted") return true;
  // What names a table that may have been renamed.
  const named = [before, references(before), ...(sides.folded.facts[key]?.uses ?? [])] as Key[];
  if (named.some((name) => sides.folded.facts[name]?.certainty === "tainted" && sides.live.facts[name] === undefined))
    return true;
  if (certainty === "assumed" && (guessed.has(kind) || field === "type")) return true;
  // A type that nobody knows may have a collation of its own.
  if (certainty === "assumed" && field === "collation") return true;
  if (what === "changed") return false;
  const fact = sides.live.facts[key] ?? sides.folded.facts[key];
  if (isUnder(sides, fact)) return true;
  return (
    what === "added" && (isOnExtension(sides, fact) || isPartitionOfMade(sides, fact) || isMadeUnread(sides, fact))
  );
}

/** An index or a policy of an extension's table, which is no fact: they may have come with it. */
function isOnExtension({ live }: Sides, fact: Fact | undefined): boolean {
  const home = fact?.kind === "index" ? fact.table : fact?.parent;
  return home?.startsWith("table ") === true && live.facts[home] === undefined;
}

/**
 * Kinds of which little is known but that they are there, or perhaps are: a policy is only assumed where a block may make
 * it, a schema where an extension does.
 */
const guessed: ReadonlySet<string> = new Set<Fact["kind"]>(["aggregate", "extension", "policy", "schema"]);

/** The table of a foreign key. */
function references(value: unknown): unknown {
  return typeof value === "object" && value !== null && "table" in value ? value.table : undefined;
}

/** Whether dynamic SQL may have made it, or what it is a part of: `CREATE TABLE %I`. */
function isMadeUnread(sides: Sides, fact: Fact | undefined): boolean {
  if (fact === undefined || sides.folded.facts[fact.key] !== undefined) return false;
  // A column that it adds is in a table that it names, which is in doubt itself.
  if (fact.kind !== "column" && sides.unread(fact.name)) return true;
  return around(fact).some((key) => isMadeUnread(sides, sides.live.facts[key]));
}

/** A column that a query gives whose columns cannot be told, such as `SELECT * FROM pg_policies`. */
function isOfQuery({ folded }: Sides, fact: Fact | undefined): boolean {
  if (fact?.kind !== "column" || folded.facts[fact.parent!]?.certainty !== "assumed") return false;
  return !factsOf(folded, "column").some(({ parent }) => parent === fact.parent);
}

/** A partition of a table that files make: functions add them as time goes by. */
function isPartitionOfMade({ folded }: Sides, fact: Fact | undefined): boolean {
  if (fact?.kind !== "table" || fact.bound === undefined) return false;
  return (fact.inherits ?? []).some((parent) => folded.facts[parent] !== undefined);
}

/** Whether it lives in something that cannot be known. */
function isUnder(sides: Sides, fact: Fact | undefined): boolean {
  if (fact === undefined) return false;
  return around(fact).some(
    (key) =>
      sides.folded.facts[key]?.certainty === "tainted" ||
      isUnder(sides, sides.live.facts[key] ?? sides.folded.facts[key]),
  );
}

function around(fact: Fact): readonly Key[] {
  const keys = [
    fact.parent,
    "table" in fact ? fact.table : undefined,
    fact.kind === "index" ? fact.constraint : undefined,
    fact.kind === "sequence" ? fact.ownedBy : undefined,
    fact.kind === "privileges" ? fact.extension : undefined,
  ];
  return keys.filter((key) => key !== undefined);
}
