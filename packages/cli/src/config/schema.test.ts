// Owns schema/config.json, by which editors check clew.config.json: it is made from the table of settings and from what the type says
// of each. After a change: `./dev exec vitest run packages/cli/src/config/schema.test.ts -u`.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { keys } from "./keys.ts";

const source = readFileSync(new URL("settings.ts", import.meta.url), "utf8");

/** The docstring of a property, without its stars. */
function docOf(name: string): string {
  const doc = new RegExp(String.raw`/\*\*((?:(?!\*/)[^])*)\*/\s+readonly \$?${name.replace("$", "")}\?:`).exec(
    source,
  )?.[1];
  expect(doc, `${name} has no docstring in settings.ts`).toBeDefined();
  return doc!.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
}

const settings = Object.fromEntries(
  Object.entries(keys).map(([name, { kind }]) => [name, { description: docOf(name), ...kind.schema }]),
);

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "clew.config.json",
  description: "Configuration of Clew. Folders are meant from where the file is.",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { description: docOf("$schema"), type: "string" },
    ...Object.fromEntries(Object.keys(settings).map((name) => [name, { $ref: `#/$defs/${name}` }])),
    environments: {
      description: docOf("environments"),
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: Object.fromEntries(Object.keys(settings).map((name) => [name, { $ref: `#/$defs/${name}` }])),
      },
    },
  },
  $defs: settings,
};

test("the schema is what the table says", async () => {
  // Lists on one line, as the formatter has them.
  const text = JSON.stringify(schema, undefined, 2).replaceAll(/\[\s+("[^[\]{}]*")\s+\]/g, (_, items: string) => {
    return `[${items.split(/,\s+/).join(", ")}]`;
  });
  await expect(`${text}\n`).toMatchFileSnapshot("../../schema/config.json");
});

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test.each([
  [{ $schema: "x", lockTimeout: "5s", environments: { production: { proof: { except: { "1": "an enum" } } } } }, true],
  [{ embedded: true, historyTable: { schema: "a", table: "b" }, logLevel: "error" }, true],
  [{ lockTimout: 1 }, false],
  [{ lockTimeout: "soon" }, false],
  [{ environments: { production: { environments: {} } } }, false],
  [{ historyTable: { schema: "a" } }, false],
])("%j", (written, valid) => {
  expect(validate(written), JSON.stringify(validate.errors)).toBe(valid);
});
