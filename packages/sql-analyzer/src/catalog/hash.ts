// Owns the hash of a catalog.
import { type Catalog, sortCatalog } from "./catalog.ts";
import { sha256 } from "./sha256.ts";

/**
 * SHA-256 of what the facts say, in hexadecimal: the same for catalogs between which `diff` finds nothing, however they
 * were read. How certain a fact is, what its SQL stands on and what an index calls its columns do not count.
 */
export function hashCatalog(catalog: Catalog): string {
  const facts = Object.values(sortCatalog(catalog).facts);
  return sha256(facts.map((fact) => canonical({ ...fact, ...uncounted })).join("\n"));
}

const uncounted = { certainty: undefined, uses: undefined, columnNames: undefined };

/** JSON with the fields of every object in order. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
