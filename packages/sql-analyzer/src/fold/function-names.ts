// Owns the names of functions in what stands on them without their arguments: aggregates, ranges.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { keyAlone } from "../catalog/keys.ts";
import type { Name } from "./names.ts";
import type { Scene } from "./scene.ts";

/** A function as the catalog has it: with its schema, if that is not pg_catalog. */
export function functionOf(scene: Scene, name: Name): string {
  const schema = schemaOfFunction(scene, name);
  const bare = quoteIdentifier(name.name);
  return schema === undefined || schema === "pg_catalog" ? bare : `${quoteIdentifier(schema)}.${bare}`;
}

/** The schema in which a function of the name is found; undefined for those of pg_catalog. */
export function schemaOfFunction(scene: Scene, { schema, name }: Name): string | undefined {
  return schema ?? scene.path.find((each) => scene.catalog.routines(keyAlone("schema", each), name).length > 0);
}
