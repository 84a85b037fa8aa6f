// Owns the order of a transition: each thing after what it needs, and otherwise drops, then changes, then what is made.
export interface Ordered {
  readonly id: string;
  /** Of those that could come next, the lowest comes first. */
  readonly rank: number;
}

/**
 * Puts nodes in an order in which each comes after those that `after` says. Where they go round in a circle, the one of
 * the lowest rank breaks it.
 */
export function inOrder<T extends Ordered>(
  nodes: readonly T[],
  after: ReadonlyMap<string, ReadonlySet<string>>,
): readonly T[] {
  const waiting = new Map(nodes.map((node) => [node.id, node] as const));
  const left = new Map<string, Set<string>>();
  const then = new Map<string, string[]>();
  for (const { id } of nodes) {
    const first = [...(after.get(id) ?? [])].filter((other) => other !== id && waiting.has(other));
    left.set(id, new Set(first));
    for (const other of first) then.set(other, [...(then.get(other) ?? []), id]);
  }
  const place = new Map(nodes.map(({ id }, index) => [id, index] as const));
  const before = (a: T, b: T): boolean => (a.rank !== b.rank ? a.rank < b.rank : place.get(a.id)! < place.get(b.id)!);
  const ready = nodes.filter(({ id }) => left.get(id)!.size === 0);
  const ordered: T[] = [];
  while (waiting.size > 0) {
    let next = ready.length > 0 ? lowest(ready, before) : lowest([...waiting.values()], before);
    const at = ready.indexOf(next);
    if (at >= 0) ready.splice(at, 1);
    waiting.delete(next.id);
    ordered.push(next);
    for (const id of then.get(next.id) ?? []) {
      const others = left.get(id)!;
      others.delete(next.id);
      const node = waiting.get(id);
      if (node && others.size === 0) ready.push(node);
    }
  }
  return ordered;
}

function lowest<T>(items: readonly T[], before: (a: T, b: T) => boolean): T {
  return items.reduce((first, item) => (before(item, first) ? item : first));
}
