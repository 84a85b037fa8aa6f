// Owns the operator classes that the columns of an index name: those that are the default are as good as none.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, operatorSetKey } from "../catalog/keys.ts";
import type { Scene } from "./scene.ts";

interface IndexClass {
  /** As the server names it; none for the default. */
  readonly operatorClass?: string | undefined;
  readonly known: boolean;
  readonly key?: Key;
}

/** What a column of an index says of its operator class. */
export function classOf(scene: Scene, names: readonly string[], method: string): IndexClass {
  const name = names.at(-1);
  if (name === undefined) return { known: true };
  const schema = names.length > 1 ? names.at(-2)! : undefined;
  for (const home of schema === undefined ? scene.path : [schema]) {
    const key = operatorSetKey("operator class", home, name, method);
    const fact = scene.catalog.as(key, "operator class");
    if (fact === undefined) continue;
    const operatorClass = fact.default === true ? undefined : addressOf(key).replace(/ using [^ ]+$/, "");
    return { operatorClass, known: fact.certainty === "exact", key };
  }
  if (schema === undefined || schema === "pg_catalog") {
    if (isDefault(name, method)) return { known: true };
    if (others.test(name) || name === "inet_ops") return { operatorClass: quoteIdentifier(name), known: true };
  }
  const extension = scene.catalog.as(`extension ${quoteIdentifier(extensionClasses[name] ?? "")}`, "extension");
  const home = schema ?? extension?.schema;
  const written = home === undefined ? quoteIdentifier(name) : `${quoteIdentifier(home)}.${quoteIdentifier(name)}`;
  if (extension === undefined) return { operatorClass: written, known: false };
  const { key } = extension;
  if (defaultsOfExtensions.has(`${method} ${name}`)) return { known: true, key };
  return { operatorClass: written, known: true, key };
}

/** The extension that brings an operator class, as far as it is known. */
export function extensionOfClass(name: string): string | undefined {
  return extensionClasses[name];
}

/** The extension whose default class an index of a method has to use for a type, for Postgres has none of its own. */
export function classExtension(scene: Scene, method: string, type: string | undefined): readonly Key[] {
  const name = method === "gist" || method === "gin" ? `btree_${method}` : undefined;
  const bare = type?.replace(/\(.*\)/, "");
  if (name === undefined || bare === undefined || ownDefaults[method]!.test(bare)) return [];
  const key: Key = `extension ${name}`;
  return scene.catalog.has(key) ? [key] : [];
}

const ownDefaults: { readonly [method: string]: RegExp } = {
  gist: /^(?:box|circle|point|polygon|tsquery|tsvector|inet)$|range$|\./,
  gin: /^(?:jsonb|tsvector)$|\[\]$|\./,
};

function isDefault(name: string, method: string): boolean {
  if (name === "inet_ops") return method !== "gist";
  if (name === "inet_minmax_ops") return false;
  const bare = method === "brin" ? name.replace(/_(?:minmax|inclusion)_ops$/, "_ops") : name;
  return defaults.has(bare) && (method !== "brin" || bare !== name);
}

// pg_opclass of pg_catalog
const defaults = new Set(
  `aclitem array bit bool box bpchar bytea char cid circle date enum float4 float8 inet int2 int4 int8 interval jsonb
  macaddr macaddr8 money multirange name numeric oid oidvector pg_lsn point poly quad_point range record text tid time
  timestamp timestamptz timetz tsquery tsvector uuid varbit xid xid8`
    .split(/\s+/)
    .map((type) => `${type}_ops`),
);

const others =
  /^(?:(?:text|varchar|bpchar)_pattern_ops|varchar_ops|cidr_ops|jsonb_path_ops|kd_point_ops|record_image_ops|\w+_(?:bloom|minmax_multi)_ops|inet_minmax_ops)$/;

const extensionClasses: { readonly [name: string]: string | undefined } = {
  gin_trgm_ops: "pg_trgm",
  gist_trgm_ops: "pg_trgm",
  vector_cosine_ops: "vector",
  vector_ip_ops: "vector",
  vector_l1_ops: "vector",
  vector_l2_ops: "vector",
  halfvec_cosine_ops: "vector",
  halfvec_ip_ops: "vector",
  halfvec_l2_ops: "vector",
  gist_ltree_ops: "ltree",
  gin_hstore_ops: "hstore",
};

const defaultsOfExtensions = new Set(["gin gin_hstore_ops", "gist gist_ltree_ops", "ivfflat vector_l2_ops"]);
