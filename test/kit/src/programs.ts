// Owns where PostgreSQL's programs are: the packages from npm, or a private copy of one with more extensions.
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The versions that the kit has. */
export type Major = 15 | 17 | 18;

/** The folder of initdb and postgres of that version. */
export function programs(major: Major): string {
  const name = `postgres-${major}-linux-x64`;
  try {
    // import.meta.resolve is absent in Vite's module runner, which loads global setup files
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), "native", "bin");
  } catch (cause) {
    throw new Error(`${name} is not installed: run ./dev install, or give a server in TEST_DATABASE_URL`, { cause });
  }
}

/**
 * The folder of the programs of a copy, made in `into`, that also finds the extensions in a folder of control and SQL files.
 * PostgreSQL looks for extensions beside its own program, so only the programs are copied, and the rest is linked.
 */
export function withExtensions(bin: string, extensions: string, into: string): string {
  const original = dirname(bin);
  const share = join("share", "postgresql");
  cpSync(bin, join(into, "bin"), { recursive: true });
  symlinkSync(join(original, "lib"), join(into, "lib"));
  link(extensions, join(into, share, "extension"));
  link(join(original, share, "extension"), join(into, share, "extension"));
  link(join(original, share), join(into, share));
  return join(into, "bin");
}

/** Links all that is in a folder into another, save what is there already. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const names = readdirSync(from).filter((name) => !existsSync(join(to, name)));
  for (const name of names) symlinkSync(join(from, name), join(to, name));
}
