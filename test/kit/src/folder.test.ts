// Pins that folders of a test hold what was given, byte for byte, and go with it.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "./folder.ts";

test("holds its files while its scope lasts", async () => {
  let path: string;
  {
    await using folder = await tempFolder({ "a/b.sql": "select 1", "latin1.sql": Uint8Array.of(0xe9) });
    path = folder.path;
    await folder.write({ "a/b.sql": "select 2" });
    expect(await readFile(join(path, "a/b.sql"), "utf8")).toBe("select 2");
    expect([...(await readFile(join(path, "latin1.sql")))]).toEqual([0xe9]);
  }
  expect(existsSync(path)).toBe(false);
});
