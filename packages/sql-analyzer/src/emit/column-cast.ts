// Owns how the values of a column become values of another type.
import type { Catalog } from "../catalog/catalog.ts";
import type { TypeName } from "../catalog/relations.ts";

/**
 * An expression as a value of another type, by way of text where Postgres has no cast from the one to the other.
 * https://www.postgresql.org/docs/current/sql-createcast.html
 */
export function cast(expression: string, from: TypeName, to: TypeName, catalogs: readonly Catalog[]): string {
  return hasCast(from, to, catalogs) ? `${expression}::${to}` : `${expression}::text::${to}`;
}

function hasCast(from: TypeName, to: TypeName, catalogs: readonly Catalog[]): boolean {
  const [one, other] = [plain(from, catalogs), plain(to, catalogs)];
  if (one === other || texts.has(one) || texts.has(other)) return true;
  if (one.endsWith("[]") && other.endsWith("[]")) return hasCast(one.slice(0, -2), other.slice(0, -2), catalogs);
  if (families.some((family) => family.has(one) && family.has(other))) return true;
  return catalogs.some(({ facts }) => facts[`cast (${one} AS ${other})`] !== undefined);
}

/** Whether a column gets the other type without USING: Postgres has a cast for assignments, or one that nobody has to ask for. */
export function castsByItself(from: TypeName, to: TypeName, catalogs: readonly Catalog[]): boolean {
  const [one, other] = [plain(from, catalogs), plain(to, catalogs)];
  if (one === other || texts.has(other)) return true;
  if (texts.has(one)) return false;
  if (one.endsWith("[]") && other.endsWith("[]")) return castsByItself(one.slice(0, -2), other.slice(0, -2), catalogs);
  if (families.some((family) => family.has(one) && family.has(other))) return asked.has(one) === asked.has(other);
  return catalogs.some(({ facts }) => {
    const made = facts[`cast (${one} AS ${other})`];
    return made?.kind === "cast" && made.implicit !== undefined;
  });
}

/** Casts from these to others, and from others to these, have to be written out. */
const asked: ReadonlySet<TypeName> = new Set(["boolean", "bit", "bit varying"]);

/** A type without its modifiers; of a domain the type that it is over. */
function plain(type: TypeName, catalogs: readonly Catalog[]): TypeName {
  const name = type.replace(/\([^()"]*\)/, "");
  for (const { facts } of catalogs) {
    const domain = facts[`domain ${name}`];
    if (domain?.kind === "domain") return plain(domain.type, catalogs);
  }
  return name;
}

/** Between these and any type Postgres casts through the type's own input and output. */
const texts: ReadonlySet<TypeName> = new Set(["text", "character varying", "character", "bpchar", "name", '"char"']);

/** Types among which there are casts. https://www.postgresql.org/docs/current/catalog-pg-cast.html */
const families: readonly ReadonlySet<TypeName>[] = [
  new Set(["smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"]),
  new Set(["integer", "boolean"]),
  new Set(["integer", "bigint", "numeric", "money"]),
  new Set(["integer", "bigint", "bit", "bit varying"]),
  new Set(["date", "timestamp without time zone", "timestamp with time zone"]),
  new Set(["time without time zone", "time with time zone", "timestamp with time zone"]),
  new Set(["time without time zone", "timestamp without time zone"]),
  new Set(["time without time zone", "interval"]),
  new Set(["json", "jsonb"]),
  new Set(["inet", "cidr"]),
  new Set(["macaddr", "macaddr8"]),
];
