// Tests of bytes as text: what is UTF-8, and what else is named for what it is.
import { describe, expect, it } from "vitest";
import { decode } from "./bytes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const utf16 = (text: string, little: boolean) =>
  Uint8Array.from([...text].flatMap((c) => (little ? [c.charCodeAt(0), 0] : [0, c.charCodeAt(0)])));

describe("decode", () => {
  it.each(["", "select 1;\r\n", "-- größe 漢字 😀\n", "select '\ufeff'"])("gives the text of %j", (text) => {
    expect(decode(bytes(text))).toEqual({ ok: true, text });
  });

  it("drops a byte order mark", () => {
    expect(decode(bytes("\ufeffselect 1"))).toEqual({ ok: true, text: "select 1" });
  });

  const sql = "create table t (id int);\n";
  it.each<[what: string, file: Uint8Array, code: string, message: RegExp]>([
    ["UTF-16 with a mark", Uint8Array.from([0xff, 0xfe, ...utf16(sql, true)]), "NOT_UTF8", /UTF-16 \(little-endian\)/],
    [
      "UTF-16, big-endian, with a mark",
      Uint8Array.from([0xfe, 0xff, ...utf16(sql, false)]),
      "NOT_UTF8",
      /UTF-16 \(big-endian\)/,
    ],
    ["UTF-16 without a mark", utf16(sql, true), "NOT_UTF8", /UTF-16 \(little-endian\)/],
    ["UTF-16, big-endian, without a mark", utf16(sql, false), "NOT_UTF8", /UTF-16 \(big-endian\)/],
    ["UTF-32", Uint8Array.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), "NOT_UTF8", /UTF-32/],
    ["Latin-1", latin1("-- a\r\n-- b\rselect 'é';\n"), "NOT_UTF8", /byte 0xE9 in line 3/],
    ["a cut sequence at the end", bytes("-- a\n-- é").subarray(0, -1), "NOT_UTF8", /byte 0xC3 in line 2/],
    ["an overlong sequence", latin1("a\xc0\xaf"), "NOT_UTF8", /byte 0xC0 in line 1/],
    ["half a surrogate pair", latin1("\n\xed\xa0\x80"), "NOT_UTF8", /byte 0xED in line 2/],
    ["a stray continuation", latin1("\n\n\x80"), "NOT_UTF8", /byte 0x80 in line 3/],
    ["beyond Unicode", latin1("\xf4\x90\x80\x80"), "NOT_UTF8", /byte 0xF4/],
    ["a NUL", bytes("select 1;\nselect '\0';"), "NUL_BYTE", /line 2/],
    ["git-crypt", latin1("\0GITCRYPT\0\x12\x9a"), "NOT_SQL", /git-crypt/],
    ["Ansible Vault", bytes("$ANSIBLE_VAULT;1.1;AES256\n3132"), "NOT_SQL", /Ansible Vault/],
    ["PGP", bytes("-----BEGIN PGP MESSAGE-----\n"), "NOT_SQL", /PGP/],
    ["Git LFS", bytes("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "NOT_SQL", /Git LFS/],
    ["pg_dump -Fc", latin1("PGDMP\x01\x0e\0"), "NOT_SQL", /custom format/],
    ["gzip", latin1("\x1f\x8b\x08\0"), "NOT_SQL", /gzip/],
    ["zip", latin1("PK\x03\x04"), "NOT_SQL", /zip/],
  ])("refuses %s", (_, file, code, message) => {
    const decoded = decode(file);
    expect(decoded).toMatchObject({
      ok: false,
      finding: { code, severity: "error", message: expect.stringMatching(message) },
    });
    expect(!decoded.ok && decoded.finding.help).toBeTruthy();
  });
});
