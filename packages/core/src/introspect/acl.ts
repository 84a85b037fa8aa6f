// Owns how Postgres writes access control lists. https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGE-ABBREVS-TABLE
import { sortGrants, type Grant } from "@clew/sql-analyzer";

const names: Readonly<Record<string, string>> = {
  a: "INSERT",
  r: "SELECT",
  w: "UPDATE",
  d: "DELETE",
  D: "TRUNCATE",
  x: "REFERENCES",
  t: "TRIGGER",
  m: "MAINTAIN",
  X: "EXECUTE",
  U: "USAGE",
  C: "CREATE",
  c: "CONNECT",
  T: "TEMPORARY",
  s: "SET",
  A: "ALTER SYSTEM",
};

/** `grantee=privileges/grantor`, each privilege a letter, with a star where it may be passed on. */
const item = /^("(?:[^"]|"")*"|[^=]*)=([a-zA-Z*]*)\/(.*)$/s;

/**
 * The grants of a list. The owner is left out as long as it has `all`, and named with what is left to it otherwise;
 * where `all` is empty, the owner is as everybody else.
 */
export function grantsOf(acl: readonly string[], owner: string, all: readonly string[]): readonly Grant[] {
  const grants: Grant[] = [];
  let owned = all.length === 0;
  for (const text of acl) {
    const [, to = "", letters = "", by = ""] = item.exec(text) ?? [];
    const grantor = unquoted(by);
    const grant = { to: to === "" ? "public" : unquoted(to), ...privilegesOf(letters) };
    if (grant.to === owner && grantor === owner) {
      owned = true;
      if (grant.privileges.length === all.length && grant.grantable === undefined) continue;
    }
    grants.push(grantor === owner ? grant : { ...grant, by: grantor });
  }
  if (!owned) grants.push({ to: owner, privileges: [] });
  return sortGrants(grants);
}

function privilegesOf(letters: string): Pick<Grant, "privileges" | "grantable"> {
  const found = [...letters.matchAll(/([a-zA-Z])(\*?)/g)].map(([, letter, star]) => ({
    name: names[letter!] ?? letter!,
    grantable: star === "*",
  }));
  const privileges = found.map(({ name }) => name).sort();
  const grantable = found
    .filter((privilege) => privilege.grantable)
    .map(({ name }) => name)
    .sort();
  return grantable.length > 0 ? { privileges, grantable } : { privileges };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
