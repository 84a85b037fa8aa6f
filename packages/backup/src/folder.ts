// Owns backups in a folder: nobody else may read them, and a backup is there whole or not at all.
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat, statfs, writeFile, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { manifestName, NotThere, type Destination, type Draft } from "./destination.ts";

/** Backups in a folder of the file system; it is made when it is needed. */
export function folder(path: string): Destination {
  return {
    name: path,
    async list() {
      const entries = await readdir(path, { withFileTypes: true }).catch(missing([]));
      const ids = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
      const finished = await Promise.all(
        ids.map((id) =>
          stat(join(path, id, manifestName)).then(
            () => [id],
            () => [],
          ),
        ),
      );
      return finished.flat().sort();
    },
    async begin(id) {
      await makeFolder(path);
      // Rows of a database have no business in version control.
      await writeFile(join(path, ".gitignore"), "*\n", { flag: "wx", mode: 0o600 }).catch(present);
      await sweep(path);
      const partial = join(path, `${partialPrefix}${encodeURIComponent(hostname())}.${process.pid}.${id}`);
      await makeFolder(partial);
      return draft(partial, join(path, id));
    },
    async read(id, file) {
      const handle = await open(join(path, id, file)).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "ENOENT" ? new NotThere(`${id}/${file} is missing`, { cause: error }) : error;
      });
      return createReadStream("", { fd: handle, highWaterMark: 1 << 18 });
    },
    async note(id, file, text) {
      await writeWhole(join(path, id, `.${file}`), Readable.from([Buffer.from(text)]));
      await rename(join(path, id, `.${file}`), join(path, id, file));
    },
    async remove(id) {
      await rm(join(path, id, manifestName), { force: true });
      await syncFolder(join(path, id)).catch(missing(undefined));
      await rm(join(path, id), { recursive: true, force: true });
    },
    async free() {
      const place = await existing(path);
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    },
  };
}

const partialPrefix = ".partial.";

function draft(partial: string, final: string): Draft {
  return {
    write: (file, source) => writeWhole(join(partial, file), source),
    async finish(manifest) {
      await writeWhole(join(partial, manifestName), Readable.from([Buffer.from(manifest)]));
      await syncFolder(partial);
      await rename(partial, final);
      await syncFolder(dirname(final));
    },
    abandon: () => rm(partial, { recursive: true, force: true }),
  };
}

/** Writes a file to the disk itself, not only to the system's memory. */
async function writeWhole(path: string, source: Readable): Promise<void> {
  const handle = await open(path, "w", 0o600);
  try {
    // The umask may have taken more away than is wanted, and the file may have been there.
    await handle.chmod(0o600);
    for await (const chunk of source) await writeAll(handle, chunk as Buffer);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  let from = 0;
  // A full disk takes a part first and refuses then.
  while (from < chunk.length) from += (await handle.write(chunk, from)).bytesWritten;
}

/** Makes a folder and those above it; the one itself is for its owner alone. */
async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chmod(path, 0o700);
}

/** Takes away what processes left that are no more. Those of other machines are left for a week. */
async function sweep(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.startsWith(partialPrefix)) continue;
    const [host = "", pid = ""] = name.slice(partialPrefix.length).split(/\.(?=\d+\.)/);
    const place = join(path, name);
    const here = host === encodeURIComponent(hostname());
    const { mtimeMs } = await stat(place).catch(missing({ mtimeMs: 0 }));
    const old = Date.now() - mtimeMs > 7 * 24 * 3_600_000;
    if (here ? !isAlive(Number.parseInt(pid, 10)) : old) await rm(place, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and needs no sync of it.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The folder, or the nearest one above it that is there. */
async function existing(path: string): Promise<string> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  const above = dirname(path);
  return there || above === path ? path : existing(above);
}

function present(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function missing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT") return value;
    throw error;
  };
}
