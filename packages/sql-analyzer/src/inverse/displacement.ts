// Owns what has to go and come back for something else to change: what stands on what is dropped, made anew, or altered under it.
import type { Catalog, Fact, Kind } from "../catalog/catalog.ts";
import type { Dependencies } from "../catalog/dependencies.ts";
import type { Key } from "../catalog/keys.ts";
import type { Alteration } from "../emit/emitter.ts";

/** What a transition does with each fact that it touches. Sets and maps are filled by `displace`. */
export interface Touched {
  /** Dropped: those that are not there afterwards, and those that are made anew. */
  readonly dropped: Set<Key>;
  readonly made: Set<Key>;
  readonly altered: Map<Key, Alteration>;
  /** Columns whose default goes for the time being. */
  readonly withoutDefault: Set<Key>;
  /** What cannot be taken out of the way: it holds rows, or more than SQL can give back. */
  readonly stuck: { readonly key: Key; readonly on: Key }[];
}

/** Kinds that are never dropped to be made again: they hold rows, positions, or what is not in the catalog. */
const lasting: ReadonlySet<Kind> = new Set<Kind>([
  "attribute",
  "column",
  "composite type",
  "database",
  "domain",
  "enum",
  "extension",
  "foreign table",
  "object",
  "role",
  "schema",
  "sequence",
  "table",
]);

/** Adds what has to fall with what is dropped, and what is in the way of what is altered. */
export function displace(touched: Touched, from: Catalog, to: Catalog, before: Dependencies): void {
  const { dropped, made, altered, withoutDefault, stuck } = touched;
  const pending: Key[] = [...dropped];
  const fell = (key: Key): void => {
    if (dropped.has(key)) return;
    dropped.add(key);
    altered.delete(key);
    if (to.facts[key] !== undefined) made.add(key);
    pending.push(key);
  };

  const seen = new Set<Key>();
  /** What uses something that changes under it: itself gone, or, where it lasts, what uses that. */
  const clear = (key: Key): void => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const { of, type } of before.usedBy.get(key)) {
      const user = from.facts[of]!;
      if (type === "role") continue;
      // A column that had the type may have another one by now, and a constant of the old one for its default.
      if (type === "default") withoutDefault.add(of);
      else if (lasting.has(user.kind)) {
        if (type === "normal" && user.kind !== "table" && user.kind !== "foreign table") clear(of);
      } else if (type === "normal" || hasExpressions(user)) fell(of);
    }
  };
  for (const [key, { displaces }] of altered) if (displaces) clear(key);

  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    for (const { of, type } of before.usedBy.get(key)) {
      if (type === "role" || dropped.has(of)) continue;
      const user = from.facts[of]!;
      // What is altered so that it uses it no more stays.
      if (altered.has(of) && to.facts[key] === undefined) continue;
      if (type === "default") withoutDefault.add(of);
      else if (!lasting.has(user.kind) || type === "part") fell(of);
      else if (to.facts[of] !== undefined) stuck.push({ key: of, on: key });
    }
  }
}

/** Whether an index, a constraint or a statistics object has more in it than names of columns. */
function hasExpressions(fact: Fact): boolean {
  if (fact.kind === "index")
    return fact.predicate !== undefined || fact.keys.some(({ expression }) => expression !== undefined);
  if (fact.kind === "constraint") return fact.check !== undefined || fact.exclude !== undefined;
  return fact.kind === "policy" || fact.kind === "trigger" || fact.kind === "rule" || fact.kind === "statistics";
}
