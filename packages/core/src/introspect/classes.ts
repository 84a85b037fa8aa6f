// Owns the OIDs of Postgres's own catalogs, which are the same in every version: pg_depend and comments name objects by them.

export const classes = {
  pg_am: 2601,
  pg_attrdef: 2604,
  pg_authid: 1260,
  pg_cast: 2605,
  pg_class: 1259,
  pg_collation: 3456,
  pg_constraint: 2606,
  pg_conversion: 2607,
  pg_database: 1262,
  pg_event_trigger: 3466,
  pg_extension: 3079,
  pg_foreign_data_wrapper: 2328,
  pg_foreign_server: 1417,
  pg_language: 2612,
  pg_namespace: 2615,
  pg_opclass: 2616,
  pg_operator: 2617,
  pg_opfamily: 2753,
  pg_policy: 3256,
  pg_proc: 1255,
  pg_publication: 6104,
  pg_publication_namespace: 6237,
  pg_publication_rel: 6106,
  pg_rewrite: 2618,
  pg_statistic_ext: 3381,
  pg_subscription: 6100,
  pg_transform: 3576,
  pg_trigger: 2620,
  pg_ts_config: 3602,
  pg_ts_dict: 3600,
  pg_ts_parser: 3601,
  pg_ts_template: 3764,
  pg_type: 1247,
  pg_user_mapping: 1418,
} as const;

/** A catalog whose rows can be facts. */
export type Class = keyof typeof classes;

/** Those objects of a catalog that belong to an extension, to be tested with IN, which hashes them. */
export const members = (of: Class): string => `(SELECT objid FROM member WHERE classid = ${classes[of]})`;
