// Owns which secrets statements put in the place of others, which nobody can read: the catalog is the same before and after.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { keyAlone, userMappingKey } from "../catalog/keys.ts";
import { secretsOf } from "../emit/options.ts";
import { elements, fields, tagged, text } from "../fold/tree.ts";
import type { Fields } from "../grammar.ts";
import type { Statement } from "../read.ts";

/** What does not come back, in words; `role` runs the statements. */
export function secretsReplaced(statements: readonly Statement[], { facts }: Catalog, role: string): readonly string[] {
  const named = (spec: Fields): string =>
    spec["roletype"] === "ROLESPEC_PUBLIC" ? "public" : (text(spec["rolename"]) ?? role);
  const lost = statements.flatMap(({ ast }) => {
    const [tag, node] = tagged(ast);
    const said = elements(node["options"]);
    switch (tag) {
      case "AlterRoleStmt": {
        const fact = facts[keyAlone("role", named(fields(node["role"])))];
        return fact?.kind === "role" && fact.login && said.has("password") ? [`the password of ${fact.key}`] : [];
      }
      case "AlterForeignServerStmt":
        return optionsReplaced(facts[keyAlone("server", text(node["servername"]) ?? "")], said);
      case "AlterUserMappingStmt":
        return optionsReplaced(
          facts[userMappingKey(text(node["servername"]) ?? "", named(fields(node["user"])))],
          said,
        );
      default:
        return [];
    }
  });
  return [...new Set(lost)];
}

function optionsReplaced(fact: Fact | undefined, said: ReadonlyMap<string, Fields>): readonly string[] {
  if (fact?.kind !== "server" && fact?.kind !== "user mapping") return [];
  const replaced = secretsOf(fact.options).filter((name) => said.has(name));
  return replaced.map((name) => `the secret ${name} of ${fact.key}`);
}
