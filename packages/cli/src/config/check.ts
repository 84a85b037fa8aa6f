// Owns the refusal of what is no configuration: it names the setting, and the nearest one that there is.
import { ClewError } from "@clew/core";
import { didYouMean } from "../nearest.ts";
import { keys, type KeyName } from "./keys.ts";
import { isObject } from "./kinds.ts";
import type { Config, Settings } from "./settings.ts";

/** Throws CONFIG_INVALID. */
export function checkConfig(written: Config, file: string): void {
  if (!isObject(written)) throw invalid(`${file}: the configuration is not an object`);
  const { environments = {}, $schema, ...settings } = written;
  if ($schema !== undefined && typeof $schema !== "string") throw invalid(`${file}: $schema must be text`);
  checkSettings(settings, `${file}: `, ["environments"]);
  if (!isObject(environments)) throw invalid(`${file}: environments must be an object of settings by environment`);
  for (const [name, overlay] of Object.entries(environments)) {
    if (!isObject(overlay)) throw invalid(`${file}: environments.${name} must be an object`);
    checkSettings(overlay, `${file}: environments.${name}.`, []);
  }
}

export function invalid(message: string): ClewError {
  return new ClewError("CONFIG_INVALID", message);
}

function checkSettings(settings: Settings, where: string, others: readonly string[]): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(keys, name)) {
      throw invalid(`${where}${name} is no setting${didYouMean(name, [...Object.keys(keys), ...others])}`);
    }
    // What comes from process.env may be undefined; a database that is then wanted is asked for when it is looked for.
    const { wanted, fits } = keys[name as KeyName].kind;
    if (value !== undefined && !fits(value)) throw invalid(`${where}${name} must be ${wanted}`);
  }
}
