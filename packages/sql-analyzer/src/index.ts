// The entry of all that is here: reading SQL, and knowing schemas.
export * from "./reading.ts";
export {
  catalogFormat,
  catalogOf,
  factsOf,
  filterCatalog,
  sortCatalog,
  type Catalog,
  type Certainty,
  type Envelope,
  type Fact,
  type Kind,
  type SqlText,
} from "./catalog/catalog.ts";
export { dependencies, dependents, type Dependencies, type Dependency, type Fall } from "./catalog/dependencies.ts";
export { shareFacts } from "./catalog/descent.ts";
export { asOfMajor } from "./catalog/common.ts";
export { diff, type Difference, type DiffOptions, type Sameness, type SqlPlace } from "./catalog/diff.ts";
export { privilegesOn, publicPrivileges, sortGrants, type DefaultObjects, type Grant } from "./catalog/grants.ts";
export { hashCatalog } from "./catalog/hash.ts";
export { quoteIdentifier } from "./catalog/identifier.ts";
export {
  addressOf,
  castKey,
  defaultPrivilegesKey,
  keyAlone,
  keyIn,
  keyOf,
  kindOfKey,
  operatorKey,
  operatorSetKey,
  publishedKey,
  routineKey,
  schemaOf,
  userMappingKey,
  type Key,
} from "./catalog/keys.ts";
export { newDatabase } from "./catalog/new-database.ts";
export { namesMentioned } from "./mentions.ts";
export { parseBody, type DeclaredType, type ParsedBody } from "./plain-types.ts";
export { maskSecrets } from "./catalog/secrets.ts";
export type { Payloads } from "./catalog/payloads.ts";
export { describeDiff, describeDifference } from "./catalog/words.ts";
export { triggerCondition } from "./catalog/trigger-condition.ts";
export {
  fold,
  startFold,
  type Folded,
  type Folding,
  type FoldOptions,
  type Move,
  type Opaque,
  type RenamedValue,
} from "./fold/fold.ts";
export { typeAfter } from "./fold/moves.ts";
export { startComparing, type CompareSql } from "./same/same.ts";
export type { Classification, Kin, Lock, LockMode, Loss, Relation, Touch, Work } from "./classify/classification.ts";
export { lockModes } from "./classify/classification.ts";
export { classify, type ClassifyOptions } from "./classify/classify.ts";
export { lint, type Linting, type LintOptions } from "./lint.ts";
export {
  references,
  startReferences,
  type ReferencedFile,
  type ReferenceOptions,
  type Referencing,
} from "./references/references.ts";
export { madeUnread } from "./references/unread.ts";
export { invert, type Inverse, type InverseClass, type InvertOptions } from "./inverse/invert.ts";
export { scriptOf, type RowsBack } from "./inverse/script.ts";
export type { Action } from "./inverse/action.ts";
export { transition, type Transition, type TransitionOptions } from "./inverse/transition.ts";
export type { Emitted } from "./emit/emitter.ts";
export { startPrivileges, type PrivilegeChecking, type PrivilegeOptions } from "./privileges/privileges.ts";
export type { Abilities } from "./privileges/standing.ts";
