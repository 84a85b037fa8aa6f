#!/usr/bin/env node
// Owns the start of the program: compiled code is kept between runs, and everything else is loaded after that.
import { enableCompileCache } from "node:module";

enableCompileCache();
// The checkout's `./dev clew` runs from the repository's root, and says here where its caller stands.
if (process.env["CLEW_CWD"]) process.chdir(process.env["CLEW_CWD"]);
const { main } = await import("./main.ts");
await main(process.argv.slice(2));
