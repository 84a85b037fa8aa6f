// Owns the reading of PostgreSQL's protocol as far as it says where messages end.

/**
 * The type of the last message, where bytes are whole messages: a letter for what follows the length.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function lastOfWhole(bytes: Buffer): string | undefined {
  let at = 0;
  let last: string | undefined;
  while (at + 5 <= bytes.length) {
    last = String.fromCharCode(bytes[at]!);
    at += 1 + bytes.readInt32BE(at + 1);
  }
  return at === bytes.length ? last : undefined;
}
