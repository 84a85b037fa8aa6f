// Holds the README to what there is: every command, flag and setting is named in it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { declareCommands } from "./commands.ts";
import { keys } from "./config/keys.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const cli = declareCommands();
const options = [...cli.globalCommand.options, ...cli.commands.flatMap((command) => command.options)];
const flags = options.flatMap(({ rawName }) => rawName.match(/--[\w-]+/g) ?? []);
const own = new Set(["--help", "--version"]);

test.each(cli.commands.map(({ name }) => name))("names the command %s", (name) => {
  const [group, action] = name.split(" ");
  expect(readme).toMatch(new RegExp(`^\\| .*\`${action === undefined ? name : group}\\b`, "m"));
  if (action !== undefined) expect(readme).toMatch(new RegExp(`\`(?:${group} )?${action}\\b`));
});

test.each([...new Set(flags)].filter((flag) => !own.has(flag)))("names the flag %s", (flag) => {
  expect(readme).toMatch(new RegExp(`${flag}(?![\\w-])`));
});

test.each(Object.keys(keys))("names the setting %s", (name) => {
  expect(readme).toMatch(new RegExp(`\`${name}\`|\\b${name}: `));
});
