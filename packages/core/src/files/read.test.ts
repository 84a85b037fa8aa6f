// Tests of the migrations folder: names, order, checksums, what is refused.
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { isClewError } from "../errors.ts";
import { readFolder, readText } from "./read.ts";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

test("Supabase's rule: digits, underscore, any name; text order; what it passes over is named", async () => {
  await using folder = await tempFolder({
    "20250101000000_b.sql": "",
    "0002_.sql": "",
    "10_ü mlaut.sql": "",
    "9_a.sql": "",
    "seed.sql": "",
    "1-x.sql": "",
    "notes.md": "",
    "sub/3_x.sql": "",
    "9_a.down.sql": "",
    "down/10_x.down.sql": "",
    "down/0002_x.sql": "",
  });
  const read = await readFolder(folder.path);
  expect(read.files.map(({ version, name, down }) => [version, name, down?.slice(folder.path.length + 1)])).toEqual([
    ["0002", "", "down/0002_x.sql"],
    ["10", "ü mlaut", "down/10_x.down.sql"],
    ["20250101000000", "b", undefined],
    ["9", "a", "9_a.down.sql"],
  ]);
  expect(read.skipped).toEqual(["1-x.sql", "seed.sql"]);
});

test("a first init file from Supabase's early days is passed over, as Supabase's command line does", async () => {
  const [early, late] = ["20210101000000_init.sql", "20220101000000_init.sql"];
  await using folder = await tempFolder({
    [`supabase/migrations/${early}`]: "",
    [`supabase/migrations/${late}`]: "",
    [`migrations/${early}`]: "",
    [`migrations/${late}`]: "",
  });
  const read = async (at: string): Promise<readonly string[]> =>
    (await readFolder(join(folder.path, at))).files.map((file) => file.version);
  expect(await read("supabase/migrations")).toEqual(["20220101000000"]);
  expect(await read("migrations")).toEqual(["20210101000000", "20220101000000"]);
});

test("line ends and a byte order mark change no checksum; a lone CR and everything else do", async () => {
  await using folder = await tempFolder({
    "1_a.sql": "select 1;\nselect 2;\n",
    "2_a.sql": "select 1;\r\nselect 2;\r\n",
    "3_a.sql": bytes([0xef, 0xbb, 0xbf], "select 1;\r\nselect 2;\n"),
    "4_a.sql": "select 1;\rselect 2;\n",
  });
  const [first, ...others] = (await readFolder(folder.path)).files.map((file) => file.checksum);
  expect(others.map((checksum) => checksum === first)).toEqual([true, true, false]);
});

test.each([
  ["UTF-16", bytes([0xff, 0xfe, 0x61, 0x00])],
  ["NUL", bytes("select 1", [0])],
  ["Latin-1", bytes("select '", [0xe4], "'")],
  ["git-crypt", bytes([0], "GITCRYPT", [0, 1, 2, 3])],
])("%s is refused with the file's name", async (_, content) => {
  await using folder = await tempFolder({ "1_a.sql": content });
  const error: unknown = await readText(join(folder.path, "1_a.sql")).catch((e: unknown) => e);
  expect(isClewError(error, "FILE_UNREADABLE") && error.message).toContain("1_a.sql");
});

test("no folder, a file in its place, a link to nothing", async () => {
  await using folder = await tempFolder({ "1_a.sql": "" });
  const codeOf = (path: string) =>
    readFolder(path).then(
      () => "none",
      (error: unknown) => (isClewError(error) ? error.code : String(error)),
    );
  expect(await codeOf(join(folder.path, "none"))).toBe("NO_FOLDER");
  expect(await codeOf(join(folder.path, "1_a.sql"))).toBe("NO_FOLDER");
  await symlink(join(folder.path, "gone"), join(folder.path, "2_b.sql"));
  expect(await codeOf(folder.path)).toBe("FILE_UNREADABLE");
});

test.skipIf(process.getuid?.() === 0)("a file that may not be read (root may read everything)", async () => {
  await using folder = await tempFolder({ "1_a.sql": "" });
  await chmod(join(folder.path, "1_a.sql"), 0);
  await expect(readFolder(folder.path)).rejects.toThrow(/may not read/);
});

test("two rollbacks for one version are refused: which of them is meant?", async () => {
  await using folder = await tempFolder({ "1_a.sql": "", "1_a.down.sql": "", "down/1_a.sql": "" });
  await expect(readFolder(folder.path)).rejects.toThrow(/these versions have more than one file.*1_a\.down\.sql/s);
});

test("a folder that is named like a migration is none", async () => {
  await using folder = await tempFolder({ "1_a.sql": "" });
  await mkdir(join(folder.path, "2_b.sql"));
  expect((await readFolder(folder.path)).files).toHaveLength(1);
});
