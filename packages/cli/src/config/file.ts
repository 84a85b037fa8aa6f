// Owns the finding and loading of the configuration file.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClewError } from "@clew/core";
import { shownPath } from "./resolve.ts";
import type { Config } from "./settings.ts";

const names = ["clew.config.ts", "clew.config.js", "clew.config.mjs", "clew.config.json"];

/** The configuration file of this folder, or of the nearest one above. Throws CONFIG_INVALID where a folder has two. */
export function findConfig(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
    if (found.length > 1) {
      throw new ClewError(
        "CONFIG_INVALID",
        `there are two configurations: ${found.map((path) => shownPath(cwd, path)).join(" and ")}`,
      );
    }
    if (found[0] || folder === dirname(folder)) return found[0];
  }
}

/** What the file exports. Throws CONFIG_INVALID. */
export async function loadConfig(file: string): Promise<Config> {
  try {
    if (file.endsWith(".json")) return JSON.parse(await readFile(file, "utf8")) as Config;
    const module = (await import(pathToFileURL(file).href)) as { default?: Config };
    if (module.default !== undefined) return await module.default;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const withoutClew = (cause as { code?: string }).code === "ERR_MODULE_NOT_FOUND" && message.includes("@clew/cli");
    const help = withoutClew
      ? { help: "Install it in this project; or import its type only, with `import type`." }
      : {};
    throw new ClewError("CONFIG_INVALID", `${file} cannot be loaded: ${message}`, help, { cause });
  }
  throw new ClewError("CONFIG_INVALID", `${file} has no default export`, {
    help: "Write `export default defineConfig({ … })`.",
  });
}
