// Owns the table of what prints each kind of fact as SQL.
import { defaultPrivileges } from "./default-privileges.ts";
import { domain } from "./domain.ts";
import type { Emitters } from "./emitter.ts";
import { enumeration } from "./enum.ts";
import { language, server, userMapping, wrapper } from "./foreign.ts";
import { cast, operator, operatorClass, operatorFamily } from "./operators.ts";
import { privileges } from "./privileges.ts";
import { publication, publicationSchema, publicationTable } from "./publication.ts";
import { role } from "./role.ts";
import { aggregate, routine } from "./routine.ts";
import { database, eventTrigger, extension, other, schema } from "./surroundings.ts";
import { collation, configuration, dictionary, parser, template } from "./text-search.ts";
import { attribute, baseType, composite, range } from "./types.ts";

export const emitters: Emitters = {
  aggregate,
  attribute,
  "base type": baseType,
  cast,
  collation,
  "composite type": composite,
  database,
  "default privileges": defaultPrivileges,
  domain,
  enum: enumeration,
  "event trigger": eventTrigger,
  extension,
  "foreign data wrapper": wrapper,
  function: routine,
  language,
  object: other,
  operator,
  "operator class": operatorClass,
  "operator family": operatorFamily,
  privileges,
  procedure: routine,
  publication,
  "publication schema": publicationSchema,
  "publication table": publicationTable,
  range,
  role,
  schema,
  server,
  "text search configuration": configuration,
  "text search dictionary": dictionary,
  "text search parser": parser,
  "text search template": template,
  "user mapping": userMapping,
};
