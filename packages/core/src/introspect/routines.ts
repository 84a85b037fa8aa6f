// Owns the reading of functions, procedures and aggregates.
import { routineKey, type Fact, type Key } from "@clew/sql-analyzer";
import { optionsOf, schemaKey, text, type About, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface RoutineRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "f" | "p" | "w" | "a";
  readonly types: readonly string[] | null;
  readonly modes: readonly ("i" | "o" | "b" | "v" | "t")[] | null;
  readonly names: readonly string[] | null;
  readonly defaults: readonly (string | null)[] | null;
  /** Undefined for one that is only named: an extension's, or a system's that a fact names. */
  readonly said: Said | null;
}

interface Said {
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly returns: string | null;
  readonly returnsSet: boolean;
  readonly language: string;
  readonly source: string;
  readonly sqlBody: string | null;
  readonly library: string | null;
  readonly volatility: "i" | "s" | "v";
  readonly strict: boolean;
  readonly securityDefiner: boolean;
  readonly leakproof: boolean;
  readonly parallel: "s" | "r" | "u";
  readonly cost: number;
  readonly rows: number;
  readonly support: string | null;
  readonly transforms: readonly string[] | null;
  readonly settings: readonly string[] | null;
  readonly definition: string | null;
  readonly aggregate: AggregateRow | null;
}

interface AggregateRow {
  readonly kind: keyof typeof aggregateKinds;
  readonly direct: number;
  readonly properties: Readonly<Record<string, string>>;
}

const kinds = { f: "function", w: "function", p: "procedure", a: "aggregate" } as const;
const modes = { i: undefined, o: "out", b: "inout", v: "variadic", t: "table" } as const;
const volatilities = { i: "immutable", s: "stable", v: undefined } as const;
const parallels = { s: "safe", r: "restricted", u: undefined } as const;
const aggregateKinds = { n: "normal", o: "ordered-set", h: "hypothetical-set" } as const;

/** A property of an aggregate that is a function; `-` is none. Of pg_catalog's only overloaded ones would have the schema. */
const property = (name: string, column: string): string =>
  `'${name}', pg_catalog.regexp_replace(nullif(a.${column}::regproc::text, '-'), '^pg_catalog[.]', '')`;

/** The constructors of a range belong to it, and are no facts. */
export const routines: Reading<RoutineRow> = {
  sql: `SELECT p.oid::bigint AS oid, n.nspname AS schema, p.proname AS name, p.prokind AS kind,
    (SELECT json_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.place)
      FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u(type, place)) AS types,
    p.proargmodes AS modes, p.proargnames AS names,
    CASE WHEN p.pronargdefaults > 0 AND mine.yes THEN (SELECT json_agg(pg_catalog.pg_get_function_arg_default(p.oid, i) ORDER BY i)
      FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) i) END AS defaults,
    CASE WHEN mine.yes THEN (SELECT to_json(said) FROM (SELECT p.proowner::bigint AS owner, p.proacl::text[] AS acl,
      CASE WHEN p.prokind <> 'p' THEN pg_catalog.format_type(p.prorettype, NULL) END AS returns, p.proretset AS "returnsSet",
      l.lanname AS language, p.prosrc AS source, pg_catalog.pg_get_function_sqlbody(p.oid) AS "sqlBody",
      p.probin AS library, p.provolatile AS volatility, p.proisstrict AS strict, p.prosecdef AS "securityDefiner",
      p.proleakproof AS leakproof, p.proparallel AS parallel, p.procost AS cost, p.prorows AS rows,
      CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END AS support,
      (SELECT json_agg(pg_catalog.format_type(t, NULL) ORDER BY place) FROM unnest(p.protrftypes) WITH ORDINALITY u(t, place)) AS transforms,
      p.proconfig AS settings, CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END AS definition,
      CASE WHEN p.prokind = 'a' THEN (SELECT json_build_object('kind', a.aggkind, 'direct', a.aggnumdirectargs, 'properties',
        json_strip_nulls(json_build_object(${property("SFUNC", "aggtransfn")}, 'STYPE', pg_catalog.format_type(a.aggtranstype, NULL),
          'SSPACE', nullif(a.aggtransspace, 0)::text, ${property("FINALFUNC", "aggfinalfn")},
          'FINALFUNC_EXTRA', CASE WHEN a.aggfinalextra THEN 'true' END,
          'FINALFUNC_MODIFY', CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalmodify::text END,
          ${property("COMBINEFUNC", "aggcombinefn")}, ${property("SERIALFUNC", "aggserialfn")},
          ${property("DESERIALFUNC", "aggdeserialfn")}, 'INITCOND', a.agginitval, ${property("MSFUNC", "aggmtransfn")},
          ${property("MINVFUNC", "aggminvtransfn")}, 'MSTYPE', CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
          'MSSPACE', nullif(a.aggmtransspace, 0)::text, ${property("MFINALFUNC", "aggmfinalfn")},
          'MFINALFUNC_EXTRA', CASE WHEN a.aggmfinalextra THEN 'true' END,
          'MFINALFUNC_MODIFY', CASE WHEN a.aggmfinalfn <> 0 THEN a.aggmfinalmodify::text END,
          'MINITCOND', a.aggminitval, 'SORTOP', CASE WHEN a.aggsortop <> 0 THEN a.aggsortop::regoper::text END)))
        FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid) END AS aggregate) said) END AS said
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN space s ON s.oid = p.pronamespace
    CROSS JOIN LATERAL (SELECT s.oid IS NOT NULL AND p.oid NOT IN ${members("pg_proc")} AND p.oid NOT IN
      (SELECT i.objid FROM pg_catalog.pg_depend i WHERE i.classid = 1255 AND i.refclassid = 1247 AND i.deptype = 'i') AS yes) mine
  WHERE mine.yes OR p.oid IN (SELECT tgfoid FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
    UNION SELECT evtfoid FROM pg_catalog.pg_event_trigger
    UNION SELECT castfunc FROM pg_catalog.pg_cast WHERE oid >= 16384
    UNION SELECT oprcode FROM pg_catalog.pg_operator WHERE oid >= 16384)`,
  gather(census, rows) {
    for (const row of rows) {
      const key = keyOfRoutine(row);
      if (row.said === null) census.name("pg_proc", row.oid, key);
      else add(census, row, row.said, key);
    }
  },
};

function keyOfRoutine({ kind, schema, name, types, modes }: RoutineRow): Key {
  const input = (types ?? []).filter((_, index) => modes === null || "ibv".includes(modes[index]!));
  return routineKey(kinds[kind], schema, name, input);
}

function add(census: Census, row: RoutineRow, said: Said, key: Key): void {
  const { name } = row;
  const kind = kinds[row.kind];
  const of = ["pg_proc", row.oid] as const;
  const { owner, acl, definition } = said;
  const about: About = { key, name, parent: schemaKey(row.schema), owner, acl, definition };
  const traits = { volatility: volatilities[said.volatility], parallel: parallels[said.parallel] };
  if (kind === "aggregate") {
    const { kind: sort, direct, properties } = said.aggregate!;
    census.add(kind, of, about, {
      arguments: argumentsOf(row),
      returns: said.returns ?? "",
      aggregate: aggregateKinds[sort],
      directArguments: sort !== "n" && direct,
      properties,
      ...traits,
    });
    return;
  }
  const { returns, returnsSet, language, library, sqlBody, strict, securityDefiner, leakproof } = said;
  const { cost, rows, support, transforms } = said;
  const native = language === "c" || language === "internal";
  census.add(kind, of, about, {
    arguments: argumentsOf(row),
    returns,
    returnsSet,
    language,
    body: sqlBody === null ? said.source : undefined,
    sqlBody: text(sqlBody),
    library,
    window: row.kind === "w",
    ...traits,
    strict,
    securityDefiner,
    leakproof,
    cost: cost !== (native ? 1 : 100) && cost,
    rows: rows !== (returnsSet ? 1000 : 0) && rows,
    support,
    transforms,
    settings: optionsOf(said.settings),
  });
}

function argumentsOf({ types, modes: given, names, defaults }: RoutineRow): Fact<"function">["arguments"] {
  return (types ?? []).map((type, index) => {
    const name = names?.[index];
    const mode = given === null ? undefined : modes[given[index]!];
    const standard = defaults?.[index];
    return {
      ...(name ? { name } : {}),
      type,
      ...(mode === undefined ? {} : { mode }),
      ...(standard ? { default: { sql: standard } } : {}),
    };
  });
}
