// Owns times as people write and read them.

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** Milliseconds of `500`, `5s`, `1.5min` …; a bare number counts in `unit`. Undefined for what is no time. */
export function parseDuration(text: string, unit: "ms" | "s" = "ms"): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|m|min|h)?$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * units[match[2] ?? unit]!);
  // What a Postgres setting and a timer of Node can hold.
  return ms <= 2_147_483_647 ? ms : undefined;
}

/** `43 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
