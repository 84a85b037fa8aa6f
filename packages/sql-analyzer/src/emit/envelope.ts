// Owns what every kind of object can have: an owner, grants and a comment, as SQL.
import { type Catalog, type Fact, factsOf, type Kind } from "../catalog/catalog.ts";
import { defaultObjects, privilegesOn, publicPrivileges } from "../catalog/grants.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyAlone, schemaOf } from "../catalog/keys.ts";
import { grantName, objectName, parentAddress } from "./address.ts";
import { block, grantee, onThisDatabase } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Emitted } from "./emitter.ts";
import { grantSteps, handedOver, holding, type GrantStep, type Holding } from "./grants.ts";
import { within } from "./within.ts";

export interface EnvelopeContext {
  readonly before: Catalog;
  readonly after: Catalog;
  /** Who runs the statements and owns what they make. */
  readonly role?: string;
}

/** Its comment is the one that it comes with where there is none in its fact, and none where that is empty. */
const publicSchema = keyAlone("schema", "public");

const fields: ReadonlySet<string> = new Set(["owner", "grants", "comment"]);
const none: ReadonlySet<string> = new Set();

/** The fields of a kind that are set by these statements, and not by the kind's own. */
export function envelopeFields(kind: Kind): ReadonlySet<string> {
  return kind === "privileges" || kind === "default privileges" ? none : fields;
}

/**
 * What gives an object its owner, its grants and its comment: from those of another state, or, without one, from those that
 * an object has that was just made, by whomever.
 */
export function envelopeSql(from: Fact | undefined, to: Fact, context: EnvelopeContext): readonly Emitted[] {
  if (envelopeFields(to.kind).size === 0) return [];
  const had = from === undefined ? context.role : from.owner;
  const said = from === undefined && to.key === publicSchema ? "" : from?.comment;
  return [
    ...(to.owner === undefined || to.owner === had ? [] : ownerSql(to, to.owner)),
    ...grantsSql(from, to, context),
    ...(said === to.comment ? [] : commentSql(to, to.comment)),
  ];
}

/** Hands an object over. A sequence that goes with a column goes with its table's owner. */
function ownerSql(fact: Fact, owner: string): readonly Emitted[] {
  const role = quoteIdentifier(owner);
  if (fact.kind === "database") return [{ sql: block(onThisDatabase("ALTER DATABASE", `OWNER TO ${role}`)) }];
  const name = objectName(fact);
  if (name === undefined || (fact.kind === "sequence" && fact.ownedBy !== undefined)) return [];
  return [{ sql: `ALTER ${name} OWNER TO ${role}` }];
}

/** Without a comment, that which it came with: extensions and the schema public have one. */
function commentSql(fact: Fact, comment: string | undefined): readonly Emitted[] {
  const text = comment === undefined ? "NULL" : literal(comment);
  if (fact.kind === "database") return [{ sql: block(onThisDatabase("COMMENT ON DATABASE", `IS ${text}`)) }];
  const name = objectName(fact);
  if (name === undefined) return [];
  if (comment === undefined && fact.kind === "extension") {
    const shipped = `SELECT comment FROM pg_catalog.pg_available_extensions WHERE name = ${literal(fact.name)}`;
    return [{ sql: block(`EXECUTE pg_catalog.format(${literal(`COMMENT ON ${name} IS %L`)}, (${shipped}));`) }];
  }
  if (comment === undefined && fact.key === publicSchema)
    return [{ sql: `COMMENT ON ${name} IS 'standard public schema'` }];
  return [{ sql: `COMMENT ON ${name} IS ${text}` }];
}

function grantsSql(from: Fact | undefined, to: Fact, context: EnvelopeContext): readonly Emitted[] {
  const { before, after } = context;
  const all = to.kind === "column" ? [] : privilegesOn(to.kind, after.major);
  if (all.length === 0 && to.kind !== "column") return [];
  const owner = ownerOf(to, after);
  const wanted = holding(to.grants ?? [], owner, all);
  const starts =
    from === undefined
      ? whenMade(to, owner, all, context)
      : [handedOver(holding(from.grants ?? [], ownerOf(from, before), all), ownerOf(from, before), owner)];
  const steps = grantSteps(starts, wanted);
  return [...steps.flatMap((step) => stepSql(to, step, all)), ...columnsAgain(to, steps, after)];
}

function ownerOf(fact: Fact, catalog: Catalog): string | undefined {
  return fact.owner ?? (fact.kind === "column" ? catalog.facts[fact.parent!]?.owner : undefined);
}

/**
 * What an object may have got when it was made: Postgres's own, or what the default privileges say of whoever made it.
 * https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html
 */
function whenMade(
  fact: Fact,
  owner: string | undefined,
  all: readonly string[],
  { before, after, role }: EnvelopeContext,
): readonly Holding[] {
  const builtIn = publicPrivileges(fact.kind);
  const standard = builtIn.length === 0 ? [] : [{ to: "public", privileges: builtIn }];
  const objects = defaultObjects[fact.kind];
  const schema = schemaOf(fact);
  const starts = role === undefined || objects === undefined ? [holding(standard, owner, all)] : [];
  for (const catalog of objects === undefined ? [] : [before, after]) {
    const said = defaultsOf(catalog).filter((each) => each.objects === objects);
    for (const maker of role === undefined ? new Set(said.map((each) => each.role)) : [role]) {
      const of = said.filter((each) => each.role === maker);
      const general = of.find((each) => each.schema === undefined);
      const there = of.find((each) => each.schema !== undefined && each.schema === schema && fact.kind !== "schema");
      const first = handedOver(holding(general ? (general.grants ?? []) : standard, maker, all), maker, owner);
      const added = handedOver(holding(there?.grants ?? [], undefined, all), maker, owner);
      starts.push(joined(first, added));
    }
  }
  return starts;
}

const defaults = new WeakMap<Catalog, readonly Fact<"default privileges">[]>();

function defaultsOf(catalog: Catalog): readonly Fact<"default privileges">[] {
  let known = defaults.get(catalog);
  if (known === undefined) defaults.set(catalog, (known = factsOf(catalog, "default privileges")));
  return known;
}

function joined(one: Holding, other: Holding): Holding {
  const both = new Map(one);
  for (const [id, held] of other) {
    const known = both.get(id);
    both.set(id, known ? { ...held, privileges: new Map([...known.privileges, ...held.privileges]) } : held);
  }
  return both;
}

function stepSql(fact: Fact, step: GrantStep, all: readonly string[]): readonly Emitted[] {
  if (fact.kind === "database") {
    const [start, end] = grantTexts(step, all, (list) => list);
    return [asRole(step.by, onThisDatabase(`${start} DATABASE`, end), true)];
  }
  const name =
    fact.kind === "column"
      ? `TABLE ${parentAddress(fact)}`
      : (grantName(fact.kind, addressOf(fact.key)) ?? addressOf(fact.key));
  const column = fact.kind === "column" ? ` (${quoteIdentifier(fact.name)})` : "";
  const [start, end] = grantTexts(step, all, (list) => list.map((each) => `${each}${column}`));
  return [asRole(step.by, `${start} ${name} ${end}`)];
}

/** `GRANT SELECT ON`, `TO reader WITH GRANT OPTION`: what stands around the name. */
export function grantTexts(
  { verb, option, privileges, to }: GrantStep,
  all: readonly string[],
  each: (list: readonly string[]) => readonly string[] = (list) => list,
): readonly [start: string, end: string] {
  const list = privileges.length === all.length ? "ALL" : each(privileges).join(", ");
  const roles = to.map(grantee).join(", ");
  return verb === "GRANT"
    ? [`GRANT ${list} ON`, `TO ${roles}${option ? " WITH GRANT OPTION" : ""}`]
    : [`REVOKE ${option ? "GRANT OPTION FOR " : ""}${list} ON`, `FROM ${roles}`];
}

/** A grantor other than the owner: nothing but being that role makes it so, for Postgres takes no other GRANTED BY than oneself. */
export function asRole(role: string | undefined, sql: string, isStep = false): Emitted {
  const step = isStep ? sql : `${sql};`;
  if (role === undefined) return { sql: isStep ? block(sql) : sql };
  const become = `PERFORM pg_catalog.set_config('role', ${literal(role)}, true);`;
  const back = `PERFORM pg_catalog.set_config('role', runner, true);`;
  return { sql: block(`${become} ${step} ${back}`, "runner text := pg_catalog.current_setting('role')") };
}

/** A REVOKE on a table takes its columns' privileges along: they are given again. */
function columnsAgain(table: Fact, steps: readonly GrantStep[], after: Catalog): readonly Emitted[] {
  const revoked = steps.filter(({ verb }) => verb === "REVOKE");
  if (revoked.length === 0 || defaultObjects[table.kind] !== "tables") return [];
  const statements: Emitted[] = [];
  for (const column of within(after, table.key, "column")) {
    if (column.grants === undefined) continue;
    const hit = column.grants.filter((grant) =>
      revoked.some(
        ({ to, privileges }) => to.includes(grant.to) && privileges.some((each) => grant.privileges.includes(each)),
      ),
    );
    const steps = grantSteps([new Map()], holding(hit, undefined, []));
    statements.push(...steps.flatMap((step) => stepSql(column, step, [])));
  }
  return statements;
}
