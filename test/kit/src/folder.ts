// Owns folders of one test each.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** File names, with sub-folders where they have a slash, and their contents. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder that exists until it is disposed of: `await using folder = await tempFolder({ "1_a.sql": "select 1" })`. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Adds files, or replaces them. */
  write(files: Files): Promise<void>;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

export async function tempFolder(files: Files = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "clew-test-"));
  const write = async (more: Files): Promise<void> => {
    for (const [name, content] of Object.entries(more)) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  };
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  await write(files);
  return { path, write, remove, [Symbol.asyncDispose]: remove };
}
