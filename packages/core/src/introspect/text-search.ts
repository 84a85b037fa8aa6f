// Owns the reading of text search objects, collations and extended statistics.
import type { Kind } from "@clew/sql-analyzer";
import { inSchema, schemaKey, type About, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface Named {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner?: number;
}

function about(kind: Kind, { schema, name, owner }: Named): About {
  const key = inSchema(schema, kind, name);
  return owner === undefined
    ? { key, name, parent: schemaKey(schema) }
    : { key, name, parent: schemaKey(schema), owner };
}

interface PropertiesRow extends Named {
  readonly properties: Readonly<Record<string, string>>;
}

export const parsers: Reading<PropertiesRow> = {
  sql: `SELECT p.oid::bigint AS oid, s.nspname AS schema, p.prsname AS name, json_strip_nulls(json_build_object(
    'START', p.prsstart::regproc::text, 'GETTOKEN', p.prstoken::regproc::text, 'END', p.prsend::regproc::text,
    'LEXTYPES', p.prslextype::regproc::text, 'HEADLINE', nullif(p.prsheadline::regproc::text, '-'))) AS properties
  FROM pg_catalog.pg_ts_parser p JOIN space s ON s.oid = p.prsnamespace WHERE p.oid NOT IN ${members("pg_ts_parser")}`,
  gather(census, rows) {
    const kind = "text search parser";
    for (const row of rows) {
      census.add(kind, ["pg_ts_parser", row.oid], about(kind, row), { properties: row.properties });
    }
  },
};

export const templates: Reading<PropertiesRow> = {
  sql: `SELECT t.oid::bigint AS oid, s.nspname AS schema, t.tmplname AS name, json_strip_nulls(json_build_object(
    'INIT', nullif(t.tmplinit::regproc::text, '-'), 'LEXIZE', t.tmpllexize::regproc::text)) AS properties
  FROM pg_catalog.pg_ts_template t JOIN space s ON s.oid = t.tmplnamespace WHERE t.oid NOT IN ${members("pg_ts_template")}`,
  gather(census, rows) {
    const kind = "text search template";
    for (const row of rows) {
      census.add(kind, ["pg_ts_template", row.oid], about(kind, row), { properties: row.properties });
    }
  },
};

interface DictionaryRow extends Named {
  readonly template: string;
  readonly options: string | null;
}

export const dictionaries: Reading<DictionaryRow> = {
  sql: `SELECT d.oid::bigint AS oid, s.nspname AS schema, d.dictname AS name, d.dictowner::bigint AS owner,
    (SELECT quote_ident(n.nspname) || '.' || quote_ident(t.tmplname) FROM pg_catalog.pg_ts_template t
      JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate) AS template,
    d.dictinitoption AS options
  FROM pg_catalog.pg_ts_dict d JOIN space s ON s.oid = d.dictnamespace WHERE d.oid NOT IN ${members("pg_ts_dict")}`,
  gather(census, rows) {
    const kind = "text search dictionary";
    for (const row of rows) {
      const { template, options } = row;
      census.add(kind, ["pg_ts_dict", row.oid], about(kind, row), { template, options });
    }
  },
};

interface ConfigurationRow extends Named {
  readonly parser: string;
  readonly mappings: Readonly<Record<string, readonly string[]>> | null;
}

export const configurations: Reading<ConfigurationRow> = {
  sql: `SELECT c.oid::bigint AS oid, s.nspname AS schema, c.cfgname AS name, c.cfgowner::bigint AS owner,
    (SELECT quote_ident(n.nspname) || '.' || quote_ident(p.prsname) FROM pg_catalog.pg_ts_parser p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace WHERE p.oid = c.cfgparser) AS parser,
    (SELECT json_object_agg(alias, dictionaries) FROM (
      SELECT k.alias, json_agg(CASE WHEN d.dictnamespace <> 11 THEN d.dictnamespace::regnamespace::text || '.' ELSE '' END
        || quote_ident(d.dictname) ORDER BY w.mapseqno) AS dictionaries
      FROM pg_catalog.pg_ts_config_map w JOIN pg_catalog.pg_ts_dict d ON d.oid = w.mapdict
        JOIN pg_catalog.ts_token_type(c.cfgparser) k ON k.tokid = w.maptokentype
      WHERE w.mapcfg = c.oid GROUP BY k.alias) mapped) AS mappings
  FROM pg_catalog.pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace WHERE c.oid NOT IN ${members("pg_ts_config")}`,
  gather(census, rows) {
    const kind = "text search configuration";
    for (const row of rows) {
      const { parser, mappings } = row;
      census.add(kind, ["pg_ts_config", row.oid], about(kind, row), { parser, mappings: mappings ?? {} });
    }
  },
};

interface CollationRow extends Named {
  readonly provider: keyof typeof providers;
  readonly collate: string | null;
  readonly ctype: string | null;
  readonly iculocale: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
  readonly deterministic: boolean;
}

const providers = { c: "libc", i: "icu", b: "builtin", d: "default" } as const;

/** Where the locale of ICU is kept has changed twice: collcollate up to 14, colliculocale in 15 and 16, colllocale since. */
export const collations: Reading<CollationRow> = {
  sql: `SELECT c.oid::bigint AS oid, s.nspname AS schema, c.collname AS name, c.collowner::bigint AS owner, c.collprovider AS provider,
    c.collcollate AS collate, c.collctype AS ctype,
    (SELECT colliculocale FROM (SELECT c.*) present) AS iculocale, (SELECT colllocale FROM (SELECT c.*) present) AS locale,
    (SELECT collicurules FROM (SELECT c.*) present) AS rules, c.collisdeterministic AS deterministic
  FROM pg_catalog.pg_collation c JOIN space s ON s.oid = c.collnamespace
    CROSS JOIN (SELECT NULL::text AS colliculocale, NULL::text AS colllocale, NULL::text AS collicurules) absent
  WHERE c.oid NOT IN ${members("pg_collation")}`,
  gather(census, rows) {
    for (const row of rows) {
      const { collate, ctype, rules, deterministic } = row;
      census.add("collation", ["pg_collation", row.oid], about("collation", row), {
        provider: providers[row.provider],
        locale: row.locale ?? row.iculocale ?? collate,
        lcCtype: row.provider === "c" && ctype !== collate ? ctype : undefined,
        nondeterministic: !deterministic,
        rules,
      });
    }
  },
};

interface StatisticsRow extends Named {
  readonly table: number;
  readonly kinds: readonly (keyof typeof statisticsKinds | "e")[];
  readonly columns: readonly number[];
  readonly expressions: readonly string[] | null;
  readonly target: number | null;
  readonly definition: string;
}

const statisticsKinds = { d: "ndistinct", f: "dependencies", m: "mcv" } as const;

export const statistics: Reading<StatisticsRow> = {
  sql: `SELECT x.oid::bigint AS oid, s.nspname AS schema, x.stxname AS name, x.stxowner::bigint AS owner, x.stxrelid::bigint AS table,
    x.stxkind AS kinds, x.stxkeys::smallint[] AS columns, pg_catalog.pg_get_statisticsobjdef_expressions(x.oid) AS expressions,
    nullif(x.stxstattarget, -1) AS target, pg_catalog.pg_get_statisticsobjdef(x.oid) AS definition
  FROM pg_catalog.pg_statistic_ext x JOIN space s ON s.oid = x.stxnamespace WHERE x.oid NOT IN ${members("pg_statistic_ext")}`,
  gather(census, rows) {
    for (const row of rows) {
      const table = census.key("pg_class", row.table);
      if (table === undefined) continue;
      const kinds = row.kinds.flatMap((kind) => (kind === "e" ? [] : statisticsKinds[kind])).sort();
      const columns = census.columns(row.table, row.columns);
      const { definition, target } = row;
      census.add(
        "statistics",
        ["pg_statistic_ext", row.oid],
        { ...about("statistics", row), definition },
        {
          table,
          kinds: kinds.length > 0 ? kinds : undefined,
          columns: columns.length > 0 ? columns : undefined,
          expressions: row.expressions?.map((sql) => ({ sql })),
          target,
        },
      );
    }
  },
};
