// Owns the table of what prints each kind of fact as SQL.
import { column } from "./column.ts";
import { constraint } from "./constraint.ts";
import { defaultPrivileges } from "./default-privileges.ts";
import { domain } from "./domain.ts";
import type { Fact } from "../catalog/catalog.ts";
import type { Emitter, Emitters } from "./emitter.ts";
import { enumeration } from "./enum.ts";
import { language, server, userMapping, wrapper } from "./foreign.ts";
import { cast, operator, operatorClass, operatorFamily } from "./operators.ts";
import { policy } from "./policy.ts";
import { privileges } from "./privileges.ts";
import { publication, publicationSchema, publicationTable } from "./publication.ts";
import { role } from "./role.ts";
import { aggregate, routine } from "./routine.ts";
import { sequence } from "./sequence.ts";
import { statistics } from "./statistics.ts";
import { database, eventTrigger, extension, other, schema } from "./surroundings.ts";
import { index } from "./table-index.ts";
import { foreignTable, table } from "./table.ts";
import { collation, configuration, dictionary, parser, template } from "./text-search.ts";
import { rule, trigger } from "./trigger.ts";
import { attribute, baseType, composite, range } from "./types.ts";
import { materializedView, view } from "./view.ts";

const emitters: Emitters = {
  aggregate,
  attribute,
  "base type": baseType,
  cast,
  collation,
  column,
  "composite type": composite,
  constraint,
  database,
  "default privileges": defaultPrivileges,
  domain,
  enum: enumeration,
  "event trigger": eventTrigger,
  extension,
  "foreign data wrapper": wrapper,
  "foreign table": foreignTable,
  function: routine,
  index,
  language,
  "materialized view": materializedView,
  object: other,
  "operator class": operatorClass,
  "operator family": operatorFamily,
  operator,
  policy,
  privileges,
  procedure: routine,
  "publication schema": publicationSchema,
  "publication table": publicationTable,
  publication,
  range,
  role,
  rule,
  schema,
  sequence,
  server,
  statistics,
  table,
  "text search configuration": configuration,
  "text search dictionary": dictionary,
  "text search parser": parser,
  "text search template": template,
  trigger,
  "user mapping": userMapping,
  view,
};

export function emitterOf(fact: Fact): Emitter | undefined {
  return emitters[fact.kind] as Emitter | undefined;
}
