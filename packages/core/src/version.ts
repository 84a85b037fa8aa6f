// Owns the name under which this version of Clew signs its records.
import { readFileSync } from "node:fs";

const manifest = new URL("../package.json", import.meta.url);

/** The version of @clew/core. */
export const toolVersion: string = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
