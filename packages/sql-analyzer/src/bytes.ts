// Bytes to text, strictly: what is not UTF-8 SQL is named for what it is, never replaced or cut.
import type { Finding } from "./finding.ts";

export type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly finding: Finding };

/**
 * Decodes a file as UTF-8, without its byte order mark. UTF-16, NUL bytes, encrypted or compressed files and invalid
 * UTF-8 are findings: PostgreSQL would take such a file for shorter than it is, or store broken text.
 */
export function decode(bytes: Uint8Array): Decoded {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.includes("\0")) {
      return { ok: false, finding: { code: "NUL_BYTE", severity: "error", message: "The file holds a NUL byte." } };
    }
    return { ok: true, text };
  } catch {
    return { ok: false, finding: { code: "NOT_UTF8", severity: "error", message: "The file is not valid UTF-8." } };
  }
}
