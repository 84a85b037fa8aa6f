// Owns ALTER TYPE of composite types, and the tables that are made of them.
import type { Fact } from "../catalog/catalog.ts";
import { addressOf, type Key, keyIn } from "../catalog/keys.ts";
import type { Fields } from "../grammar.ts";
import { changeType, collationOf } from "./columns.ts";
import { drop } from "./drop.ts";
import { dropColumn } from "./inheritance.ts";
import { roleOf } from "./names.ts";
import { changeOwner } from "./owners.ts";
import { descendantsOf } from "./partitions.ts";
import type { Scene } from "./scene.ts";
import { addTypeColumn, inheritColumns } from "./tables.ts";
import { fields, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";
import { addAttribute } from "./types.ts";

/** The tables that are made OF a type. */
export function tablesOfType(scene: Scene, type: Key): readonly Key[] {
  const address = addressOf(type);
  return scene.catalog
    .users(`type ${address}`)
    .flatMap((user) => (user.kind === "table" && user.ofType === address ? [user.key] : []));
}

/** One command of ALTER TYPE. */
export function alterComposite(
  scene: Scene,
  fact: Fact<"composite type">,
  command: Fields,
  name: string,
  cascade: boolean,
): void {
  const key = keyIn(fact.key, "attribute", name);
  const def = fields(fields(command["def"])["ColumnDef"]);
  const typed = tablesOfType(scene, fact.key);
  switch (command["subtype"]) {
    case "AT_AddColumn": {
      addAttribute(scene, fact.key, def, scene.catalog.children(fact.key, "attribute").length + 1);
      const added = scene.catalog.as(keyIn(fact.key, "attribute", text(def["colname"]) ?? ""), "attribute");
      for (const table of typed) {
        if (added !== undefined) addTypeColumn(scene, table, added);
        for (const child of descendantsOf(scene, table)) inheritColumns(scene, child, table);
      }
      break;
    }
    case "AT_DropColumn":
      drop(scene, key, cascade);
      for (const table of typed) dropColumn(scene, table, name, cascade, false);
      break;
    case "AT_AlterColumnType": {
      const { type, known } = typeOf(scene, fields(def["typeName"]));
      const collation = collationOf(scene, fields(def["collClause"])["collname"]);
      scene.catalog.change(key, known ? scene.certainty : "assumed", { type, collation });
      for (const table of typed.flatMap((each) => [each, ...descendantsOf(scene, each)]))
        changeType(scene, keyIn(table, "column", name), def);
      break;
    }
    case "AT_ChangeOwner":
      changeOwner(scene, fact.key, roleOf(scene, command["newowner"]));
      break;
    default:
  }
}
