// Owns the choices of a random walk: what to take of what is there, and what to call what is new.
import type { Random } from "../../fuzz/mutation.ts";
import type { Column, Relation, Scene, Type } from "./scene.ts";

/** Nothing of the kind that a statement needs is there. */
export class Nothing extends Error {}

/** What a statement is made with. Each may throw `Nothing`. */
export interface Walker {
  readonly scene: Scene;
  below(limit: number): number;
  chance(percent: number): boolean;
  of<T>(list: readonly T[]): T;
  /** A name without a schema: often of something that was there before, sometimes one that has to be quoted. */
  name(): string;
  /** A name in one of the schemas. */
  place(): string;
  table(kinds?: string): Relation;
  column(relation: Relation, suits?: (column: Column) => boolean): Column;
  type(kind: Type["kind"]): Type;
  /** The type of a new column. */
  columnType(): string;
  role(): string;
}

const names = [
  "alpha",
  "beta",
  "gamma",
  "delta",
  "kappa",
  "sigma",
  '"Mixed Case"',
  '"select"',
  '"naïve"',
  '"a.b"',
  "omega",
  '"it""s"',
];
const builtIn = [
  "integer",
  "bigint",
  "smallint",
  "text",
  "character varying(40)",
  "numeric(12,2)",
  "boolean",
  "timestamp with time zone",
];
const rarer = [
  "date",
  "uuid",
  "jsonb",
  "text[]",
  "double precision",
  "bytea",
  "interval",
  "character(3)",
  "int4range",
  "integer[]",
];

export function walker(random: Random, scene: Scene): Walker {
  const of = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new Nothing();
    return list[random(list.length)]!;
  };
  const chance = (percent: number): boolean => random(100) < percent;
  const name = (): string => {
    const [first, second] = [of(names), of(names)];
    return chance(60) ? first : `"${(first + second).replaceAll('"', "")}"`;
  };
  const type = (kind: Type["kind"]): Type => of(scene.types.filter((one) => one.kind === kind));
  return {
    scene,
    below: random,
    chance,
    of,
    name,
    place: () => `${of(scene.schemas)}.${name()}`,
    table: (kinds = "rp") => of(scene.relations.filter(({ kind }) => kinds.includes(kind))),
    column: (relation, suits = () => true) => of(relation.columns.filter(suits)),
    type,
    columnType() {
      const own = scene.types.map((one) => one.name);
      if (own.length > 0 && chance(20)) return of(own);
      return of(chance(75) ? builtIn : rarer);
    },
    role: () => of(["reader", "public", "reader", "postgres"]),
  };
}

/** An expression for a value of a type, made of an expression for a whole number. */
export function valueOf(type: string, n: string, { types }: Scene): string {
  const own = types.find(({ name }) => name === type || name === `public.${type}`);
  if (own?.kind === "enum")
    return own.labels.length === 0 ? "null" : `(enum_range(null::${type}))[1 + (${n}) % ${own.labels.length}]`;
  if (type.endsWith("[]")) return `array[${valueOf(type.slice(0, -2), n, { types } as Scene)}, null]`;
  if (/^(?:integer|bigint|double)/.test(type)) return `(${n})`;
  if (type === "smallint") return `((${n}) % 30000)::smallint`;
  if (type.startsWith("numeric")) return `((${n}) / 4.0)`;
  if (type === "boolean") return `((${n}) % 2 = 0)`;
  if (/^(?:timestamp|date)/.test(type)) return `('2020-01-01'::timestamptz + (${n}) * interval '1 day')::${type}`;
  if (type === "interval") return `((${n}) * interval '1 hour')`;
  if (type === "uuid") return `md5((${n})::text)::uuid`;
  if (type === "jsonb") return `jsonb_build_object('n', ${n})`;
  if (type === "bytea") return `decode(md5((${n})::text), 'hex')`;
  if (type.endsWith("range")) return `int4range(0, 1 + (${n})::int % 9)`;
  if (/^(?:text|character varying)/.test(type)) return `('w' || (${n}))`;
  return own?.kind === "domain" ? `('' || (${n}))::${type}` : "null";
}
