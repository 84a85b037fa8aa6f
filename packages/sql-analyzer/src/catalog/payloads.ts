// Owns what each kind of fact says beside its envelope. Absent fields are at Postgres's default; flags are true or absent.
import type {
  Column,
  Constraint,
  ForeignTable,
  Index,
  MaterializedView,
  Policy,
  Rule,
  Sequence,
  StatisticsObject,
  Table,
  Trigger,
  View,
} from "./relations.ts";
import type {
  Aggregate,
  Attribute,
  BaseType,
  Cast,
  Collation,
  Composite,
  Domain,
  Enum,
  Operator,
  OperatorClass,
  OperatorFamily,
  Range,
  Routine,
  TextSearchConfiguration,
  TextSearchDictionary,
  TextSearchParser,
  TextSearchTemplate,
} from "./routines-and-types.ts";
import type {
  Database,
  DefaultPrivileges,
  EventTrigger,
  Extension,
  ForeignDataWrapper,
  Language,
  Other,
  Privileges,
  Publication,
  PublicationSchema,
  PublicationTable,
  Role,
  Schema,
  Server,
  UserMapping,
} from "./surroundings.ts";

/** Every kind of fact with its payload: the catalog knows these, and nothing else. */
export interface Payloads {
  aggregate: Aggregate;
  attribute: Attribute;
  "base type": BaseType;
  cast: Cast;
  collation: Collation;
  column: Column;
  "composite type": Composite;
  constraint: Constraint;
  database: Database;
  "default privileges": DefaultPrivileges;
  domain: Domain;
  enum: Enum;
  "event trigger": EventTrigger;
  extension: Extension;
  "foreign data wrapper": ForeignDataWrapper;
  "foreign table": ForeignTable;
  function: Routine;
  index: Index;
  language: Language;
  "materialized view": MaterializedView;
  object: Other;
  operator: Operator;
  "operator class": OperatorClass;
  "operator family": OperatorFamily;
  policy: Policy;
  privileges: Privileges;
  procedure: Routine;
  publication: Publication;
  "publication schema": PublicationSchema;
  "publication table": PublicationTable;
  range: Range;
  role: Role;
  rule: Rule;
  schema: Schema;
  sequence: Sequence;
  server: Server;
  statistics: StatisticsObject;
  table: Table;
  "text search configuration": TextSearchConfiguration;
  "text search dictionary": TextSearchDictionary;
  "text search parser": TextSearchParser;
  "text search template": TextSearchTemplate;
  trigger: Trigger;
  "user mapping": UserMapping;
  view: View;
}
