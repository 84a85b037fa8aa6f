// Owns what dates and times mean that are spelled in the ISO way, as people write them and as servers print them.

const written =
  /^(\d{4,})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?\s*(z|utc|gmt|[+-]\d{1,2}(?::?\d{2})?)?$/i;

/** A moment, and whether its zone was said; undefined where it is spelled in another way. */
interface Moment {
  /** Microseconds since 1970, in UTC where no zone was said. */
  readonly at: bigint;
  readonly zoned: boolean;
}

export function readTime(text: string): Moment | undefined {
  const found = written.exec(text.trim());
  if (found === null) return undefined;
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0", fraction = "", zone] = found;
  const milliseconds = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
  );
  const at = BigInt(milliseconds - minutesOf(zone) * 60_000) * 1_000n + BigInt(fraction.padEnd(6, "0"));
  return { at, zoned: zone !== undefined };
}

/** Minutes east of UTC. */
function minutesOf(zone: string | undefined): number {
  const found = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone ?? "");
  if (found === null) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0);
  return found[1] === "-" ? -minutes : minutes;
}
