// Owns lists of a parse tree whose nodes are of one type.
import { type Fields, nodes, type Value } from "../grammar.ts";

/** The fields of the nodes of one type in a list. */
export function each(list: Value | undefined, tag: string): readonly Fields[] {
  return nodes(list).flatMap((node) => {
    const found = node[tag];
    return found === undefined ? [] : [found];
  });
}
