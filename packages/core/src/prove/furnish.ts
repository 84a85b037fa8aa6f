// Owns what a scratch database is given before a proof: the target's schema, and the roles that it names.
import {
  diff,
  describeDiff,
  filterCatalog,
  keyAlone,
  scriptOf,
  transition,
  catalogOf,
  type Catalog,
  type Fact,
  type Key,
} from "@clew/sql-analyzer";
import { supabaseCatalog } from "@clew/sql-analyzer/supabase";
import { cleanSession, isSessionError } from "../driver.ts";
import { introspect } from "../introspect/introspect.ts";
import { redact } from "../redact.ts";
import { isPlatforms } from "../schema/platform.ts";
import { NoScratch, type Scratch } from "./scratch.ts";

/** What a scratch lacks of the target, in words. */
export interface Furnished {
  readonly lacks: readonly string[];
}

/**
 * Gives a scratch database the schema of the target. What the platform made is left as the scratch has it, where it began
 * as a fresh project. Throws NoScratch where it does not take the schema.
 */
export async function furnish(
  scratch: Scratch,
  { catalog: target, only }: { readonly catalog: Catalog; readonly only?: "roles" },
  supabase: boolean,
): Promise<Furnished> {
  const from = await introspect(scratch.session);
  const offered = await offeredExtensions(scratch);
  const [{ user }] = (await scratch.session.query<{ user: string }>({ text: "SELECT current_user AS user" })) as [
    { user: string },
  ];
  const missing: string[] = [];
  const facts: Fact[] = [];
  for (const fact of Object.values(target.facts)) {
    const own = from.facts[fact.key];
    if ((only === "roles" && fact.kind !== "role") || !isOwn(fact, target, from, supabase)) continue;
    if (fact.kind === "role") {
      if (own === undefined && scratch.ownRoles) facts.push(asleep(fact));
    } else if (fact.kind === "database") {
      if (own !== undefined) facts.push({ ...own, settings: fact.settings } as Fact);
    } else if (fact.kind === "extension") {
      const versions = offered.get(fact.name);
      if (versions === undefined) missing.push(fact.name);
      else facts.push(versions.has(fact.version) || own === undefined ? withVersion(fact, versions) : own);
    } else facts.push(fact);
  }
  const given = new Set(facts.map(({ key }) => key));
  const kept = Object.values(from.facts).filter(
    (fact) =>
      !given.has(fact.key) &&
      (fact.kind === "role" || target.facts[fact.key] !== undefined || supabase || only === "roles"),
  );
  const to = catalogOf([...kept, ...facts], { source: "server", major: target.major });
  const made = facts.flatMap(({ kind, name, key }) => (kind === "role" && from.facts[key] === undefined ? [name] : []));
  for (const name of made) scratch.madeRoles.add(name);
  const way = transition(from, to, { role: user });
  const statements = scriptOf(way.actions).map((text) => ({ text }));
  try {
    if (statements.length > 0) await scratch.session.transaction([...cleanSession, ...statements]);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    const statement = statements[error.fault.index - cleanSession.length]?.text.slice(0, 200);
    const without = missing.length > 0 ? ` (it does not offer the extensions ${missing.join(", ")})` : "";
    throw new NoScratch(
      `it does not take the target's schema${without}: ${redact(error.message)}${statement ? ` in: ${redact(statement)}` : ""}`,
      { cause: error },
    );
  }
  const built = await introspect(scratch.session);
  const differences = diff(withoutPlaces(to), withoutPlaces(built));
  const left = describeDiff(differences.filter(({ key }) => !comesWithExtension(built.facts[key], built)));
  return { lacks: [...missing.map((name) => `${keyAlone("extension", name)}: not offered here`), ...left] };
}

/** Whether a fact of the target is to be brought into the scratch. */
function isOwn(fact: Fact, target: Catalog, from: Catalog, supabase: boolean): boolean {
  if (comesWithExtension(fact, target)) return false;
  if (!supabase) return true;
  if (supabaseCatalog().facts[fact.key] !== undefined) return fact.kind === "extension";
  // A project's own policies and triggers stand on the platform's tables, of which the scratch may not have all.
  const stands = fact.kind !== "policy" && fact.kind !== "trigger" ? true : isThere(fact.parent!, target, from);
  return stands && !isPlatforms(fact, "supabase");
}

/** What hangs on a table that is no fact: that is an extension's. */
function comesWithExtension(fact: Fact | undefined, { facts }: Catalog): boolean {
  const on = fact?.kind === "index" ? fact.table : fact && hanging.has(fact.kind) ? fact.parent : undefined;
  return on !== undefined && facts[on] === undefined;
}

const hanging: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>(["constraint", "policy", "rule", "trigger"]);

function isThere(key: Key, target: Catalog, from: Catalog): boolean {
  const fact = target.facts[key];
  return from.facts[key] !== undefined || (fact !== undefined && !isPlatforms(fact, "supabase"));
}

/** Nobody is to log in as a role that only exists to be named. */
function asleep(fact: Fact<"role">): Fact {
  const { login: _, ...role } = fact;
  return role as Fact;
}

function withVersion(fact: Fact<"extension">, versions: ReadonlySet<string>): Fact {
  return versions.has(fact.version) ? fact : { ...fact, version: [...versions].at(-1)! };
}

/** By extension the versions that the server has, its default one last. */
async function offeredExtensions({ session }: Scratch): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await session.query<{ name: string; versions: readonly string[] }>({
    text: `SELECT e.name, ARRAY(SELECT v.version FROM pg_catalog.pg_available_extension_versions v
    WHERE v.name = e.name ORDER BY v.version = e.default_version, v.version) AS versions
  FROM pg_catalog.pg_available_extensions e`,
  });
  return new Map(rows.map(({ name, versions }) => [name, new Set(versions)]));
}

const elsewhere: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>(["role", "database"]);

function withoutPlaces(catalog: Catalog): Catalog {
  return filterCatalog(catalog, ({ kind }) => !elsewhere.has(kind));
}
