// Owns lists of options, as WITH (…), VACUUM (…) and ALTER … SET (…) have them.
import { type Node, nodes, type Value } from "../grammar.ts";

export interface Option {
  /** In lower case, with its namespace: `fillfactor`, `toast.autovacuum_enabled`. */
  readonly name: string;
  readonly value: Value | undefined;
}

/** The options of a list, or of a list node. */
export function optionsOf(value: Value | undefined): readonly Option[] {
  const items = Array.isArray(value) ? value : ((value ?? {}) as Node)["List"]?.["items"];
  return nodes(items).flatMap((node) => {
    const { defname, defnamespace, arg } = node["DefElem"] ?? {};
    if (typeof defname !== "string") return [];
    return [{ name: typeof defnamespace === "string" ? `${defnamespace}.${defname}` : defname, value: arg }];
  });
}

/** Whether a boolean option is on: it may stand without a value, or with a word or a number, as in defGetBoolean. */
export function isOn(list: Value | undefined, name: string): boolean {
  const option = optionsOf(list).find((option) => option.name === name);
  if (option === undefined) return false;
  const { Integer: integer, String: string, Boolean: boolean } = (option.value ?? { String: { sval: "on" } }) as Node;
  if (integer !== undefined) return integer["ival"] === 1;
  const word = String(string?.["sval"] ?? boolean?.["boolval"] ?? false).toLowerCase();
  return word === "true" || word === "on";
}
