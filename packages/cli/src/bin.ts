#!/usr/bin/env node
// Owns the start of the program: compiled code is kept between runs, and everything else is loaded after that.
import * as modules from "node:module";
import { setFlagsFromString } from "node:v8";

// An older one would stop at something that it lacks, and name neither that nor itself.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`error: clew needs Node 22.18 or later, and this is ${process.versions.node}\n`);
  process.exit(2);
}
modules.enableCompileCache();
// A thread that compiles in the background, and waits for a collection just when the process ends, keeps it for ever.
// https://github.com/nodejs/node/issues/54918
setFlagsFromString("--no-concurrent-sparkplug");
// The checkout's `./dev clew` runs from the repository's root, and says here where its caller stands.
if (process.env["CLEW_CWD"]) process.chdir(process.env["CLEW_CWD"]);
const { main } = await import("./main.ts");
await main(process.argv.slice(2));
