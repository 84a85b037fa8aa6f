// Owns the files of a log: one a run, in lines of JSON, written at once, so that what was said is there however the process ends.
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { logFormat, type Said } from "./record.ts";

export interface LogOptions {
  readonly folder: string;
  /** The command that is run; part of the file's name. */
  readonly command: string;
  /** Bytes after which the next part begins; of the parts the first and the newest three are kept. */
  readonly size: number;
  /** Days after which files of earlier runs are removed. */
  readonly days: number;
  readonly now: Date;
  /** Takes the secrets out of a text. */
  readonly clean: (text: string) => string;
  /** Told once, when the log can no longer be written. */
  readonly onFailure: (error: Error) => void;
  /** Fields of every record. */
  readonly always?: Readonly<Record<string, unknown>>;
}

export interface Log {
  readonly path: string;
  /** Never throws. */
  write(said: Said): void;
  close(): void;
}

/** `2026-11-22T22-56-41Z-execute-1a2b3c4d.ndjson`, and its further parts `….2.ndjson` */
export const fileName: RegExp = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)-([a-z]+)-([0-9a-f]{8})(?:\.(\d+))?\.ndjson$/;

const newestParts = 3;

/** Opens the log of a run. What cannot be made is told through `onFailure`, and the log then takes nothing. */
export function openLog(options: LogOptions): Log {
  const { folder, command, size, now, clean, onFailure, always = {} } = options;
  const stem = `${now.toISOString().slice(0, 19).replaceAll(":", "-")}Z-${command}-${randomUUID().slice(0, 8)}`;
  const partPath = (part: number): string => join(folder, part === 1 ? `${stem}.ndjson` : `${stem}.${part}.ndjson`);
  let file: number | undefined;
  let part = 1;
  let written = 0;
  let seq = 0;

  /** What fails is told once; the run goes on without a log. */
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      const open = file;
      file = undefined;
      try {
        if (open !== undefined) closeSync(open);
      } catch {
        // It is lost either way.
      }
      onFailure(error as Error);
    }
  };

  attempt(() => {
    makeFolder(folder);
    removeOld(folder, options.days, now);
    file = openSync(partPath(1), "a", 0o600);
  });

  const next = (): void => {
    closeSync(file!);
    file = openSync(partPath(++part), "a", 0o600);
    written = 0;
    const over = part - newestParts;
    if (over > 1) rmSync(partPath(over), { force: true });
  };

  return {
    path: partPath(1),
    write(said) {
      if (file === undefined) return;
      attempt(() => {
        const record = { v: logFormat, ts: new Date().toISOString(), seq: ++seq, ...always, ...said };
        const text = `${JSON.stringify(record, (_, value: unknown) => (typeof value === "string" ? clean(value) : value))}\n`;
        const bytes = Buffer.from(text);
        if (written > 0 && written + bytes.length > size) next();
        for (let at = 0; at < bytes.length;) at += writeSync(file!, bytes, at);
        written += bytes.length;
        if (said.level === "error") syncNow(file!);
      });
    },
    close() {
      if (file === undefined) return;
      attempt(() => {
        syncNow(file!);
        closeSync(file!);
        file = undefined;
      });
    },
  };
}

/** A log is nobody's source: it does not go into Git, whatever the project ignores. */
function makeFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true }) !== undefined) writeFileSync(join(folder, ".gitignore"), "*\n");
}

function removeOld(folder: string, days: number, now: Date): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (fileName.test(name) && now.getTime() - statSync(path).mtimeMs > days * 86_400_000)
      rmSync(path, { force: true });
  }
}

function syncNow(file: number): void {
  try {
    fsyncSync(file);
  } catch {
    // A pipe or a device has nothing to sync.
  }
}
