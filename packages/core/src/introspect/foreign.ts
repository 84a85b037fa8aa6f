// Owns the reading of foreign data wrappers, servers, user mappings and languages.
import { keyAlone, maskSecrets, userMappingKey } from "@clew/sql-analyzer";
import { optionsOf, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface WrapperRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly handler: string | null;
  readonly validator: string | null;
  readonly options: readonly string[] | null;
  readonly extension: boolean;
}

export const wrappers: Reading<WrapperRow> = {
  sql: `SELECT w.oid::bigint AS oid, w.fdwname AS name, w.fdwowner::bigint AS owner, w.fdwacl::text[] AS acl,
    CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text END AS handler,
    CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text END AS validator, w.fdwoptions AS options,
    w.oid IN ${members("pg_foreign_data_wrapper")} AS extension
  FROM pg_catalog.pg_foreign_data_wrapper w`,
  gather(census, rows) {
    const kind = "foreign data wrapper";
    for (const { oid, name, owner, acl, handler, validator, options, extension } of rows) {
      const key = keyAlone(kind, name);
      census.name("pg_foreign_data_wrapper", oid, key);
      if (extension) continue;
      const payload = { handler, validator, options: maskSecrets(optionsOf(options)) };
      census.add(kind, ["pg_foreign_data_wrapper", oid], { key, name, owner, acl }, payload);
    }
  },
};

interface ServerRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly wrapper: number;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: readonly string[] | null;
  readonly extension: boolean;
}

export const servers: Reading<ServerRow> = {
  sql: `SELECT f.oid::bigint AS oid, f.srvname AS name, f.srvowner::bigint AS owner, f.srvacl::text[] AS acl,
    f.srvfdw::bigint AS wrapper, f.srvtype AS type, f.srvversion AS version, f.srvoptions AS options,
    f.oid IN ${members("pg_foreign_server")} AS extension
  FROM pg_catalog.pg_foreign_server f`,
  gather(census, rows) {
    for (const { oid, name, owner, acl, type, version, options, extension, wrapper } of rows) {
      const key = keyAlone("server", name);
      census.name("pg_foreign_server", oid, key);
      if (extension) continue;
      census.add(
        "server",
        ["pg_foreign_server", oid],
        { key, name, owner, acl },
        {
          wrapper: census.key("pg_foreign_data_wrapper", wrapper)!,
          type,
          version,
          options: maskSecrets(optionsOf(options)),
        },
      );
    }
  },
};

interface MappingRow {
  readonly oid: number;
  readonly server: string;
  readonly user: number;
  readonly options: readonly string[] | null;
}

export const userMappings: Reading<MappingRow> = {
  sql: `SELECT u.umid::bigint AS oid, u.srvname AS server, u.umuser::bigint AS user, u.umoptions AS options
  FROM pg_catalog.pg_user_mappings u WHERE u.umid NOT IN ${members("pg_user_mapping")}`,
  gather(census, rows) {
    for (const { oid, server, user, options } of rows) {
      const name = census.role(user);
      const about = { key: userMappingKey(server, name), name, parent: keyAlone("server", server) };
      census.add("user mapping", ["pg_user_mapping", oid], about, { options: maskSecrets(optionsOf(options)) });
    }
  },
};

interface LanguageRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly trusted: boolean;
  readonly handler: string | null;
  readonly inline: string | null;
  readonly validator: string | null;
}

export const languages: Reading<LanguageRow> = {
  sql: `SELECT l.oid::bigint AS oid, l.lanname AS name, l.lanowner::bigint AS owner, l.lanacl::text[] AS acl, l.lanpltrusted AS trusted,
    nullif(l.lanplcallfoid::regproc::text, '-') AS handler, nullif(l.laninline::regproc::text, '-') AS inline,
    nullif(l.lanvalidator::regproc::text, '-') AS validator
  FROM pg_catalog.pg_language l
  WHERE l.oid >= 16384 AND l.oid NOT IN ${members("pg_language")}`,
  gather(census, rows) {
    for (const { oid, name, owner, acl, ...said } of rows) {
      census.add("language", ["pg_language", oid], { key: keyAlone("language", name), name, owner, acl }, said);
    }
  },
};
