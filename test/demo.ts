// Owns `./dev demo`: the repository's migrations on an embedded Postgres, with the commands that a user would type.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const bin = join(root, "packages", "cli", "dist", "bin.js");

const commands = [
  ["execute", "--embedded", ".clew", "--dir", "migrations"],
  ["status", "--embedded", ".clew", "--dir", "migrations"],
];

for (const args of commands) {
  console.error(`\n$ clew ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [bin, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
