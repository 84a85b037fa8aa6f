// Owns the environment that a command works in: which one, and the variables that its files bring.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { didYouMean } from "../nearest.ts";
import { invalid } from "./check.ts";
import type { Config } from "./settings.ts";

/** An environment, and what chose it. */
export interface Environment {
  readonly name: string;
  readonly from: string;
  /** Variables that a file of the environment brought, with that file. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Those that are there without being written. */
const builtIn = ["development", "staging", "production"] as const;

type Variables = Record<string, string | undefined>;

/** The first of `--env`, CLEW_ENV and NODE_ENV that is given; otherwise development. */
export function chooseEnvironment(flag: string | undefined, env: Variables): Omit<Environment, "variables"> {
  if (flag !== undefined) return { name: flag, from: "--env" };
  const variable = ["CLEW_ENV", "NODE_ENV"].find((name) => env[name]);
  return variable === undefined ? { name: "development", from: "default" } : { name: env[variable]!, from: variable };
}

/** Files of variables for an environment, the most telling first. */
export function environmentFiles(environment: string): readonly string[] {
  return [`.env.${environment}.local`, `.env.${environment}`, ".env.local", ".env"];
}

/**
 * Takes up the variables of the environment's files, with the file of each. What is set already stays, and so it does where it
 * stands in a more telling file.
 */
export function loadVariables(root: string, environment: string, env: Variables): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  // A name with a slash in it would lead to other folders.
  for (const file of environmentFiles(environment).filter((name) => !name.includes("/"))) {
    const path = join(root, file);
    if (!existsSync(path)) continue;
    for (const [name, value] of Object.entries(parseEnv(readFileSync(path, "utf8")))) {
      if (env[name] !== undefined) continue;
      env[name] = value;
      variables.set(name, file);
    }
  }
  return variables;
}

/** Throws CONFIG_INVALID for a misspelt environment. NODE_ENV is not Clew's own: whatever it says is one. */
export function refuseUnknown(
  { name, from }: Pick<Environment, "name" | "from">,
  { environments = {} }: Config,
  file: string | undefined,
  hasFile: boolean,
): void {
  const known = [...new Set([...builtIn, ...Object.keys(environments)])];
  if (from === "NODE_ENV" || hasFile || known.includes(name)) return;
  throw invalid(`there is no environment ${name} (${file ?? "no clew.config.ts was found"})${didYouMean(name, known)}`);
}
