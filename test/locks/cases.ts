// Owns the list of all cases.
import type { Case } from "./case.ts";
import { addColumn, addConstraint, alterColumn, alterTable } from "./cases/alter-table.ts";
import { createOnTable, createOthers, createTable } from "./cases/create.ts";
import { maintenance, queries } from "./cases/data.ts";
import { drops } from "./cases/drop.ts";
import { about, alterOthers, untouched } from "./cases/others.ts";

/** In the order of the table that is made of them. */
export const cases: readonly Case[] = [
  ...addColumn,
  ...addConstraint,
  ...alterColumn,
  ...alterTable,
  ...alterOthers,
  ...createTable,
  ...createOnTable,
  ...createOthers,
  ...drops,
  ...about,
  ...queries,
  ...maintenance,
  ...untouched,
];
