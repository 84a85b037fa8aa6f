// Owns sizes as people write them.

const units: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Bytes of `500MB`, `1.5 GB` …, with units as Postgres has them; a bare number counts bytes. Undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * units[match[2] ?? "B"]!) : undefined;
}

/** Bytes as `parseSize` reads them, in the largest unit of which they are a whole number: `1GB`, `1500MB`. */
export function formatSize(bytes: number): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => bytes % size === 0)!;
  return `${bytes / size}${unit}`;
}
