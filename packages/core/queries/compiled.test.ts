// Holds src/store/compiled.ts to the queries that it is generated from.
import { expect, test } from "vitest";
import * as compiled from "../src/store/compiled.ts";
import { compile, queries } from "./index.ts";

test("the compiled queries are fresh: run `pnpm generate` in packages/core", () => {
  const fresh = Object.entries(queries).map(([name, query]) => [name, compile(query)]);
  expect({ ...compiled }).toEqual(Object.fromEntries(fresh));
});
