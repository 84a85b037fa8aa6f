// Owns the lock on an embedded database's folder: PGlite itself lets two processes open it, and both write.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { ClewError } from "../errors.ts";

/** Who holds a lock, as its file says. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own words; absent where the system does not tell. */
  readonly began?: string;
}

/**
 * Takes the lock that is the file at `path`, or takes it over from a process that ended without giving it back.
 * Gives a function that gives it back.
 * @throws ClewError EMBEDDED_UNAVAILABLE if a process that may be alive has it
 */
export function lockFile(path: string): () => void {
  const mine = JSON.stringify(holderOf(process.pid));
  while (!create(path, mine)) {
    const theirs = read(path);
    if (theirs === undefined) continue; // given back in this moment
    if (!isDead(theirs)) throw inUse(path, theirs);
    const release = lockFile(`${path}.takeover`); // else two could remove it: the second one the first one's new lock
    try {
      if (read(path) === theirs) rmSync(path);
    } finally {
      release();
    }
  }
  return () => {
    if (read(path) === mine) rmSync(path);
  };
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether the holder has certainly ended. A file that cannot be read is being written. */
function isDead(content: string): boolean {
  const theirs = parse(content);
  if (theirs?.host !== hostname()) return false;
  const { began } = holderOf(theirs.pid);
  // an id is used again, and the system may keep from us when another user's process began
  const another = began !== undefined && theirs.began !== undefined && began !== theirs.began;
  return another || !isAlive(theirs.pid);
}

function parse(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's process
  }
}

function holderOf(pid: number): Holder {
  const host = hostname();
  try {
    // field 22, counted after the name, which may hold spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const began = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
    return began === undefined ? { host, pid } : { host, pid, began };
  } catch {
    return { host, pid };
  }
}

function inUse(path: string, content: string): ClewError {
  const theirs = parse(content);
  const who =
    theirs?.host !== undefined && theirs.host !== hostname()
      ? `process ${theirs.pid} on ${theirs.host}`
      : theirs?.pid === process.pid
        ? "this process"
        : `process ${theirs?.pid ?? "(unknown)"}`;
  return new ClewError("EMBEDDED_UNAVAILABLE", `the embedded database is open in ${who} (${path})`, {
    help:
      theirs?.pid === process.pid
        ? "Close it first: one process can open a folder once."
        : `Wait for that process or end it, or give this run another folder. If there is no such process any more, delete ${path}.`,
  });
}
