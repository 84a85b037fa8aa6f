// Owns the reading of roles, schemas, extensions, the database itself, and default privileges.
import { defaultPrivilegesKey, keyAlone, privilegesOn, type Fact, type Kind } from "@clew/sql-analyzer";
import { grantsOf } from "./acl.ts";
import { optionsOf, schemaKey, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface RoleRow {
  readonly oid: number;
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  readonly settings: readonly string[] | null;
  readonly settingsHere: readonly string[] | null;
  readonly memberOf: readonly MembershipRow[] | null;
}

interface MembershipRow {
  readonly role: string;
  readonly admin: boolean;
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

/**
 * Predefined roles are named, but are no facts. Several grantors may have made one membership: it is what they made of it
 * together. A column that a version lacks is read from `absent`: PostgreSQL looks for a name in the innermost query first.
 */
export const roles: Reading<RoleRow> = {
  sql: `SELECT r.oid::bigint AS oid, r.rolname AS name, r.rolsuper AS superuser, r.rolinherit AS inherit,
    r.rolcreaterole AS "createRole", r.rolcreatedb AS "createDatabase", r.rolcanlogin AS login,
    r.rolreplication AS replication, r.rolbypassrls AS "bypassRowSecurity", r.rolconnlimit AS "connectionLimit",
    CASE WHEN r.rolvaliduntil = 'infinity' THEN 'infinity'
      ELSE to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END AS "validUntil",
    r.rolconfig AS settings,
    (SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
      WHERE s.setrole = r.oid AND d.datname = current_database()) AS "settingsHere",
    (SELECT json_agg(g ORDER BY g.role) FROM (
      SELECT granted.rolname AS role, bool_or(m.admin_option) AS admin,
        bool_or((SELECT inherit_option FROM (SELECT m.*) present)) AS inherit,
        bool_or((SELECT set_option FROM (SELECT m.*) present)) AS set
      FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles granted ON granted.oid = m.roleid
        CROSS JOIN (SELECT NULL::boolean AS inherit_option, NULL::boolean AS set_option) absent
      WHERE m.member = r.oid GROUP BY granted.rolname) g) AS "memberOf"
  FROM pg_catalog.pg_roles r`,
  gather(census, rows) {
    for (const row of rows) {
      census.nameRole(row.oid, row.name);
      if (row.name.startsWith("pg_")) continue;
      const { oid, name, connectionLimit, memberOf, inherit, settings, settingsHere, ...flags } = row;
      census.add(
        "role",
        ["pg_authid", oid],
        { key: keyAlone("role", name), name },
        {
          ...flags,
          noInherit: !inherit,
          connectionLimit: connectionLimit === -1 ? null : connectionLimit,
          settings: optionsOf(settings),
          settingsHere: optionsOf(settingsHere),
          memberOf: memberOf?.map((membership) => ({
            role: membership.role,
            ...(membership.admin ? { admin: true as const } : {}),
            ...(membership.inherit === null || membership.inherit === inherit ? {} : { inherit: membership.inherit }),
            ...(membership.set === false ? { noSet: true as const } : {}),
          })),
        },
      );
    }
  },
};

interface SchemaRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly extension: boolean;
}

export const schemas: Reading<SchemaRow> = {
  sql: `SELECT n.oid::bigint AS oid, n.nspname AS name, n.nspowner::bigint AS owner, n.nspacl::text[] AS acl,
    n.oid IN ${members("pg_namespace")} AS extension
  FROM pg_catalog.pg_namespace n JOIN space s ON s.oid = n.oid`,
  gather(census, rows) {
    for (const { oid, name, owner, acl, extension } of rows) {
      const key = schemaKey(name);
      if (extension) census.name("pg_namespace", oid, key);
      else census.add("schema", ["pg_namespace", oid], { key, name, owner, acl }, {});
    }
  },
};

interface ExtensionRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

/** An extension's owner cannot be changed, and says only who made it. */
export const extensions: Reading<ExtensionRow> = {
  sql: `SELECT e.oid::bigint AS oid, e.extname AS name, n.nspname AS schema, e.extversion AS version
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
  gather(census, rows) {
    for (const { oid, name, schema, version } of rows) {
      census.add("extension", ["pg_extension", oid], { key: keyAlone("extension", name), name }, { schema, version });
    }
  },
};

interface DatabaseRow {
  readonly oid: number;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly settings: readonly string[] | null;
}

export const database: Reading<DatabaseRow> = {
  sql: `SELECT d.oid::bigint AS oid, d.datdba::bigint AS owner, d.datacl::text[] AS acl,
    (SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0) AS settings
  FROM pg_catalog.pg_database d WHERE d.datname = current_database()`,
  gather(census, rows) {
    for (const { oid, owner, acl, settings } of rows) {
      const about = { key: keyAlone("database", "this"), name: "this", owner, acl };
      census.add("database", ["pg_database", oid], about, { settings: optionsOf(settings) });
    }
  },
};

interface DefaultPrivilegesRow {
  readonly role: number;
  readonly schema: string | null;
  readonly objects: ObjectsCode;
  readonly acl: readonly string[];
}

type ObjectsCode = "r" | "S" | "f" | "T" | "n" | "L";

type Objects = Fact<"default privileges">["objects"];

const grantable: Readonly<Record<ObjectsCode, readonly [Objects, Kind | "large object"]>> = {
  r: ["tables", "table"],
  S: ["sequences", "sequence"],
  f: ["functions", "function"],
  T: ["types", "domain"],
  n: ["schemas", "schema"],
  L: ["large objects", "large object"],
};

/** https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html: those of one schema only ever add. */
export const defaultPrivileges: Reading<DefaultPrivilegesRow> = {
  sql: `SELECT a.defaclrole::bigint AS role, n.nspname AS schema, a.defaclobjtype AS objects, a.defaclacl::text[] AS acl
  FROM pg_catalog.pg_default_acl a LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.defaclnamespace`,
  gather(census, rows) {
    for (const row of rows) {
      const role = census.role(row.role);
      const schema = row.schema ?? undefined;
      const [objects, kind] = grantable[row.objects];
      const grants = grantsOf(row.acl, role, schema === undefined ? privilegesOn(kind, census.major) : []);
      const key = defaultPrivilegesKey(role, schema, objects);
      census.add("default privileges", undefined, { key, name: "", grants }, { role, schema, objects });
    }
  },
};
