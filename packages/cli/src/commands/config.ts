// Owns `clew config`: what the configuration comes to and where each value is from, of one environment or of two side by side.
import { execFile } from "node:child_process";
import { ClewError, supabaseFromEnvironment, type ErrorData } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { flatten, settingText, valueText, type Shown } from "../config-report.ts";
import type { Context } from "../context.ts";
import { readConfig } from "../project.ts";
import { table, type Cell } from "../table.ts";

/** The configuration of an environment, as it is shown. */
interface ConfigDocument {
  readonly kind: "config";
  readonly environment: { readonly name: string; readonly from: string };
  /** Absent where there is no configuration file. */
  readonly file?: string;
  readonly settings: Readonly<Record<string, Shown>>;
}

export async function config(context: Context): Promise<number> {
  const { args, output } = context;
  const [what, ...names] = args;
  if (what === "diff") return diff(context, names);
  if (what !== undefined) throw new UsageError(`config takes nothing, or diff and two environments, not ${what}`);
  const { environment, file, resolve } = await readConfig(context);
  const { name, from } = environment;
  const document: ConfigDocument = {
    kind: "config",
    environment: { name, from },
    ...(file === undefined ? {} : { file }),
    settings: flatten(resolve(), supabaseFromEnvironment().url),
  };
  output.result(document, (paint) => {
    const rows = Object.entries(document.settings).map(([setting, shown]): readonly Cell[] => [
      setting,
      settingText(setting, shown),
      [shown.from, "dim"],
    ]);
    const of = file === undefined ? "no configuration file" : file;
    return `${paint("bold", name)} (${from}), ${of}\n\n${table(rows, paint)}`;
  });
  return 0;
}

/** Two environments side by side. Each is read by a process of its own, so that the variables of one are not those of the other. */
async function diff({ output }: Context, names: readonly string[]): Promise<number> {
  if (names.length !== 2) throw new UsageError("config diff takes two environments");
  const [a, b] = await Promise.all(names.map((name) => readApart(name)));
  const settings = [...new Set([...Object.keys(a!.settings), ...Object.keys(b!.settings)])].filter(
    (name) => valueText(a!.settings[name]) !== valueText(b!.settings[name]),
  );
  const document = {
    kind: "config-diff",
    environments: names,
    settings: Object.fromEntries(
      settings.map((name) => [name, [a!.settings[name] ?? null, b!.settings[name] ?? null] as const]),
    ),
  };
  output.result(document, (paint) => {
    if (settings.length === 0) return `${names.join(" and ")} come to the same.`;
    const head: readonly Cell[] = [
      ["setting", "dim"],
      [names[0]!, "bold"],
      [names[1]!, "bold"],
    ];
    const rows = settings.map((name): readonly Cell[] => [
      name,
      ...[a, b].map((one) => {
        const shown = one!.settings[name];
        return shown === undefined ? "" : `${settingText(name, shown)} (${shown.from})`;
      }),
    ]);
    return table([head, ...rows], paint);
  });
  return 0;
}

async function readApart(environment: string): Promise<ConfigDocument> {
  const args = [...process.execArgv, process.argv[1]!, "config", "--env", environment, "--json"];
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (error, stdout) => {
      // What it has to say of itself stands in the document, also where it failed.
      if (stdout === "" && error) reject(error);
      else resolve(stdout);
    });
  });
  const document = JSON.parse(text) as ConfigDocument | { readonly kind: "error"; readonly error: ErrorData };
  if (document.kind === "config") return document;
  throw new ClewError(document.error.code, document.error.message, document.error);
}
