// Owns the names of types: as the grammar reads them, and as format_type prints them.
// https://www.postgresql.org/docs/current/functions-info.html (format_type)
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyAlone, keyIn, keyOf } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { extensionOfType } from "./known-extensions.ts";
import type { Scene } from "./scene.ts";
import { fields, scalar, strings, tagged, text } from "./tree.ts";
import { tableKinds, typeKinds } from "./working.ts";

/** A type by name, and whether it was found. */
export interface ResolvedType {
  readonly type: string;
  readonly known: boolean;
}

/** The type that a TypeName node names; without its modifiers where those do not count, as in a signature. */
export function typeOf(scene: Scene, node: Fields, modifiers = true): ResolvedType {
  const names = strings(node["names"]);
  if (node["pct_type"] === true) return typeOfColumn(scene, names);
  const array = nodes(node["arrayBounds"]).length > 0 ? "[]" : "";
  const mods = modifiers ? nodes(node["typmods"]).map(modifier) : [];
  const name = names.at(-1) ?? "unknown";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  if (schema === "pg_catalog" || (schema === undefined && own.has(name))) {
    // An array by its own name: `_text`.
    const element = name.startsWith("_") && own.has(name.slice(1)) ? name.slice(1) : undefined;
    return { type: `${printed(element ?? name, mods, modifiers)}${element === undefined ? array : "[]"}`, known: true };
  }
  const found = resolveType(scene, schema, name);
  if (name === "geometry" || name === "geography") mods.splice(0, 1, ...mods.slice(0, 1).map(shapeOf));
  return { type: `${found.type}${mods.length > 0 ? `(${mods.join(",")})` : ""}${array}`, known: found.known };
}

/** The type of a name that is none of Postgres's own. */
export function resolveType(scene: Scene, schema: string | undefined, name: string): ResolvedType {
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const home = keyAlone("schema", candidate);
    const address = `${quoteIdentifier(candidate)}.${quoteIdentifier(name)}`;
    if (typeKinds.some((kind) => scene.catalog.has(keyOf(kind, address)))) return { type: address, known: true };
    if (name.startsWith("_")) {
      const element = resolveIn(scene, candidate, name.slice(1));
      if (element !== undefined) return { type: `${element}[]`, known: true };
    }
    for (const range of scene.catalog.allOf("range")) {
      if (range.parent === home && range.multirange === name)
        return { type: addressOf(keyIn(home, "range", name)), known: true };
    }
  }
  const extension = scene.catalog.as(keyAlone("extension", extensionOfType(name) ?? ""), "extension");
  if (extension !== undefined && (schema === undefined || schema === extension.schema)) {
    return { type: `${quoteIdentifier(extension.schema)}.${quoteIdentifier(name)}`, known: true };
  }
  const home = schema ?? scene.home;
  // A system's schema has types that no fact tells of.
  const known = schema === "information_schema" || schema === "pg_toast";
  return { type: `${quoteIdentifier(home)}.${quoteIdentifier(name)}`, known };
}

function resolveIn(scene: Scene, schema: string, name: string): string | undefined {
  const home = keyAlone("schema", schema);
  const kind = typeKinds.find((kind) => scene.catalog.has(keyIn(home, kind, name)));
  return kind === undefined ? undefined : addressOf(keyIn(home, kind, name));
}

// `table.column%TYPE`
function typeOfColumn(scene: Scene, names: readonly string[]): ResolvedType {
  const [column, table, schema] = names.toReversed();
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    for (const kind of tableKinds) {
      const key = keyIn(keyIn(keyAlone("schema", candidate), kind, table ?? ""), "column", column ?? "");
      const fact = scene.catalog.as(key, "column");
      if (fact !== undefined) return { type: fact.type.replace(/\([^)]*\)/, ""), known: true };
    }
  }
  return { type: "unknown", known: false };
}

/** `bigserial` and its like: the type that the column gets. */
export function serialType(node: Fields): "smallint" | "integer" | "bigint" | undefined {
  const names = strings(node["names"]);
  if (names.length !== 1 || node["pct_type"] === true) return undefined;
  return serials[names[0]!];
}

/** Whether a type is Postgres's own, by its internal name. */
export function isOwnType(name: string): boolean {
  return own.has(name);
}

/** A type without its modifiers, as it stands in a signature. */
export function withoutModifiers(type: string): string {
  const bare = type.replace(/\([^)]*\)/, "").replace(/ +/g, " ");
  return bare.startsWith("interval ") ? `interval${bare.endsWith("[]") ? "[]" : ""}` : bare;
}

const serials: { readonly [name: string]: "smallint" | "integer" | "bigint" } = {
  smallserial: "smallint",
  serial2: "smallint",
  serial: "integer",
  serial4: "integer",
  bigserial: "bigint",
  serial8: "bigint",
};

// PostGIS prints its shapes so, however they are written.
function shapeOf(written: string): string {
  const [, shape = "", dimensions = ""] = /^(.*?)(zm|z|m)?$/.exec(written.toLowerCase()) ?? [];
  return (shapes.find((known) => known.toLowerCase() === shape) ?? written) + dimensions.toUpperCase();
}

const shapes = [
  "Geometry",
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
];

function modifier(node: { readonly [tag: string]: Fields }): string {
  const [tag, inner] = tagged(node);
  if (tag === "ColumnRef") return text(fields(nodes(inner["fields"])[0])["sval"]) ?? strings(inner["fields"])[0] ?? "";
  return scalar(node) ?? "";
}

function printed(name: string, mods: readonly string[], modifiers: boolean): string {
  const word = words[name] ?? name;
  if (name === "bpchar") {
    if (mods.length > 0) return `character(${mods[0]})`;
    return modifiers ? "bpchar" : "character";
  }
  if (name === "interval") return interval(mods);
  if (mods.length === 0) return word;
  // The modifier stands inside: timestamp(3) with time zone
  const zone = /^(time(?:stamp)?)( .*)$/.exec(word);
  if (zone !== null) return `${zone[1]}(${mods[0]})${zone[2]}`;
  if (name === "numeric") return `numeric(${mods[0]},${mods[1] ?? "0"})`;
  return `${word}(${mods.join(",")})`;
}

// The first modifier is a mask of fields, as in INTERVAL DAY TO SECOND(3).
function interval(mods: readonly string[]): string {
  if (mods.length === 0) return "interval";
  const range = intervals[Number(mods[0])];
  const precision = mods[1] === undefined ? "" : `(${mods[1]})`;
  return `interval${range === undefined ? "" : ` ${range}`}${precision}`;
}

const intervals: { readonly [mask: number]: string } = {
  4: "year",
  2: "month",
  8: "day",
  1024: "hour",
  2048: "minute",
  4096: "second",
  6: "year to month",
  1032: "day to hour",
  3080: "day to minute",
  7176: "day to second",
  3072: "hour to minute",
  7168: "hour to second",
  6144: "minute to second",
};

const words: { readonly [name: string]: string } = {
  any: '"any"',
  bit: "bit",
  bool: "boolean",
  char: '"char"',
  float4: "real",
  float8: "double precision",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  varbit: "bit varying",
  varchar: "character varying",
};

/** pg_type of pg_catalog, but for arrays and row types. */
const own: ReadonlySet<string> = new Set(
  `aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray
  anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char cid cidr circle
  cstring date datemultirange daterange event_trigger fdw_handler float4 float8 gtsvector index_am_handler inet int2
  int2vector int4 int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath
  language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path
  pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command pg_dependencies pg_lsn pg_mcv_list pg_ndistinct
  pg_node_tree pg_snapshot point polygon record refcursor regclass regcollation regconfig regdictionary regnamespace
  regoper regoperator regproc regprocedure regrole regtype table_am_handler text tid time timestamp timestamptz timetz
  trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid varbit
  varchar void xid xid8 xml`.split(/\s+/),
);
