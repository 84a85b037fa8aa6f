// Owns the running of the examples: `./dev example basic` does what the README of examples/basic shows, in a copy of that folder.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const bin = join(root, "packages", "cli", "dist", "bin.js");

export const examples = ["basic", "config", "validation", "hooks", "rollback"] as const;

/** A command that a README shows, and what it prints there. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

const block = /^```console\n([\s\S]*?)^```$/gm;

/** The commands in the README's console blocks, in order. */
export function readShown(readme: string): readonly Shown[] {
  return [...readme.matchAll(block)].flatMap(([, text]) =>
    text!
      .split(/^\$ /m)
      .slice(1)
      .map((one) => {
        const end = one.indexOf("\n");
        return { command: one.slice(0, end), output: one.slice(end + 1).trimEnd() };
      }),
  );
}

/** Runs the commands in a copy of the example, with what the packages of this checkout are; gives what each printed. */
export function runExample(name: string, onCommand: (shown: Shown) => void): void {
  const source = join(import.meta.dirname, name);
  const folder = mkdtempSync(join(tmpdir(), "clew-example-"));
  try {
    cpSync(source, folder, { recursive: true });
    mkdirSync(join(folder, "node_modules", "@clew"), { recursive: true });
    for (const one of ["core", "cli", "claude-flow-hooks"])
      symlinkSync(join(root, "packages", one), join(folder, "node_modules", "@clew", one));
    for (const { command } of readShown(readFileSync(join(source, "README.md"), "utf8"))) {
      onCommand({ command, output: runCommand(folder, command) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As at a terminal: stdout and stderr in the order in which they came. `#` begins a comment. */
function runCommand(folder: string, command: string): string {
  const [program, ...args] = command.replace(/ +#.*$/, "").split(" ");
  const path = join(folder, ".output");
  const file = openSync(path, "w");
  const { PATH = "", HOME = "" } = process.env;
  const [run, given] = program === "clew" ? [process.execPath, [bin, ...args]] : [program!, args];
  const { status } = spawnSync(run, given, {
    cwd: folder,
    env: { PATH, HOME, NO_COLOR: "1" },
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  const text = readFileSync(path, "utf8").trimEnd();
  rmSync(path);
  return status === 0 ? text : `${text}\n(exit status ${status})`;
}

/** The README with what its commands print now. */
function withOutput(readme: string, ran: readonly Shown[]): string {
  const left = [...ran];
  return readme.replace(block, (_, text: string) => {
    const commands = text.split(/^\$ /m).slice(1);
    const shown = commands.map(() => left.shift()!).map(({ command, output }) => `$ ${command}\n${output}`.trimEnd());
    return `\`\`\`console\n${shown.join("\n\n")}\n\`\`\``;
  });
}

if (import.meta.main) {
  const [name = "", flag] = process.argv.slice(2);
  if (!(examples as readonly string[]).includes(name)) {
    console.error(`Name an example: ${examples.join(", ")}`);
    process.exit(2);
  }
  const ran: Shown[] = [];
  runExample(name, (shown) => {
    ran.push(shown);
    console.log(`$ ${shown.command}\n${shown.output}\n`);
  });
  const path = join(import.meta.dirname, name, "README.md");
  if (flag === "--write") writeFileSync(path, withOutput(readFileSync(path, "utf8"), ran));
}
