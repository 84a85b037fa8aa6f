// Owns which function folds which statement: one line for each node of the grammar.
import { foldCreateAggregate } from "./aggregates.ts";
import { foldAlterTable, foldCluster } from "./alter-table.ts";
import { foldComment } from "./comments.ts";
import { followCall } from "./calls.ts";
import { followDo } from "./do.ts";
import { foldDrop } from "./drop.ts";
import {
  foldAlterServer,
  foldAlterUserMapping,
  foldAlterWrapper,
  foldCreateServer,
  foldCreateUserMapping,
  foldCreateWrapper,
  foldDropUserMapping,
  foldImportSchema,
} from "./foreign.ts";
import { foldAlterFunction, foldCreateFunction } from "./functions.ts";
import { foldDefaultPrivileges, foldGrant } from "./grants.ts";
import { foldExtensionContents } from "./extensions.ts";
import { foldCreateIndex } from "./indexes.ts";
import { foldAlterOperatorFamily, foldCreateOperatorClass, foldCreateOperatorFamily } from "./operator-classes.ts";
import { foldAlterOperator, foldCreateCast, foldCreateOperator } from "./operators.ts";
import { foldAlterOwner, foldDropOwned, foldReassignOwned } from "./owners.ts";
import { foldAlterPolicy, foldCreatePolicy } from "./policies.ts";
import { foldAlterPublication, foldCreatePublication } from "./publications.ts";
import { queryFolds } from "./queries.ts";
import { foldRename, foldSetSchema } from "./rename.ts";
import {
  foldAlterDatabaseSet,
  foldAlterRole,
  foldAlterRoleSet,
  foldCreateRole,
  foldDropRole,
  foldGrantRole,
} from "./roles.ts";
import type { Fold } from "./scene.ts";
import { createSchema, foldAlterExtension, foldCreateExtension, foldCreateLanguage } from "./schemas.ts";
import { foldAlterSequence, foldCreateSequence } from "./sequences.ts";
import { foldDiscard, foldSet } from "./settings.ts";
import { foldCreateForeignTable, foldCreateTable, foldCreateTableAs } from "./tables.ts";
import {
  createOfFunctions,
  foldAlterConfiguration,
  foldAlterDictionary,
  foldCreateConfiguration,
  foldCreateDictionary,
} from "./text-search.ts";
import { foldTransaction } from "./transactions.ts";
import { elements, fields, optionOn, tagged } from "./tree.ts";
import {
  foldAlterEventTrigger,
  foldAlterStatistics,
  foldCreateEventTrigger,
  foldCreateRule,
  foldCreateStatistics,
  foldCreateTrigger,
} from "./triggers.ts";
import {
  foldAlterBaseType,
  foldAlterDomain,
  foldAlterEnum,
  foldCreateBaseType,
  foldCreateCollation,
  foldCreateComposite,
  foldCreateDomain,
  foldCreateEnum,
  foldCreateRange,
} from "./types.ts";
import {
  foldCreateAccessMethod,
  foldCreateConversion,
  foldCreateSubscription,
  foldCreateTransform,
  foldDropSubscription,
} from "./unmodelled.ts";
import { foldCreateView, foldRefresh } from "./views.ts";

/** Applies a statement's node. */
export const foldNode: Fold = (scene, node) => {
  const [tag, inner] = tagged(node);
  const fold = handlers[tag];
  if (fold !== undefined) fold(scene, inner);
  else if (!noEffect.has(tag)) scene.cannotRead("unknown-statement");
};

// EXPLAIN ANALYZE runs what it explains.
const foldExplain: Fold = (scene, node) => {
  if (optionOn(elements(node["options"]).get("analyze"))) foldNode(scene, fields(node["query"]));
};

const foldDefine: Fold = (scene, node) => {
  switch (node["kind"]) {
    case "OBJECT_AGGREGATE":
      foldCreateAggregate(scene, node);
      break;
    case "OBJECT_OPERATOR":
      foldCreateOperator(scene, node);
      break;
    case "OBJECT_COLLATION":
      foldCreateCollation(scene, node);
      break;
    case "OBJECT_TSCONFIGURATION":
      foldCreateConfiguration(scene, node);
      break;
    case "OBJECT_TSDICTIONARY":
      foldCreateDictionary(scene, node);
      break;
    case "OBJECT_TSPARSER":
      createOfFunctions("text search parser")(scene, node);
      break;
    case "OBJECT_TSTEMPLATE":
      createOfFunctions("text search template")(scene, node);
      break;
    case "OBJECT_TYPE":
      foldCreateBaseType(scene, node);
      break;
    default:
      scene.cannotRead("unknown-statement");
  }
};

const queries = queryFolds(followCall(foldNode));

const handlers: { readonly [tag: string]: Fold | undefined } = {
  AlterDatabaseSetStmt: foldAlterDatabaseSet,
  AlterDefaultPrivilegesStmt: foldDefaultPrivileges,
  AlterDomainStmt: foldAlterDomain,
  AlterEnumStmt: foldAlterEnum,
  AlterEventTrigStmt: foldAlterEventTrigger,
  AlterExtensionContentsStmt: foldExtensionContents,
  AlterExtensionStmt: foldAlterExtension,
  AlterFdwStmt: foldAlterWrapper,
  AlterForeignServerStmt: foldAlterServer,
  AlterFunctionStmt: foldAlterFunction,
  AlterObjectSchemaStmt: foldSetSchema,
  AlterOpFamilyStmt: foldAlterOperatorFamily,
  AlterOperatorStmt: foldAlterOperator,
  AlterOwnerStmt: foldAlterOwner,
  AlterPolicyStmt: foldAlterPolicy,
  AlterPublicationStmt: foldAlterPublication,
  AlterRoleSetStmt: foldAlterRoleSet,
  AlterRoleStmt: foldAlterRole,
  AlterSeqStmt: foldAlterSequence,
  AlterStatsStmt: foldAlterStatistics,
  AlterTSConfigurationStmt: foldAlterConfiguration,
  AlterTSDictionaryStmt: foldAlterDictionary,
  AlterTableStmt: foldAlterTable,
  AlterTypeStmt: foldAlterBaseType,
  AlterUserMappingStmt: foldAlterUserMapping,
  CallStmt: queries.call,
  ClusterStmt: foldCluster,
  CommentStmt: foldComment,
  CompositeTypeStmt: foldCreateComposite,
  CreateAmStmt: foldCreateAccessMethod,
  CreateCastStmt: foldCreateCast,
  CreateConversionStmt: foldCreateConversion,
  CreateDomainStmt: foldCreateDomain,
  CreateEnumStmt: foldCreateEnum,
  CreateEventTrigStmt: foldCreateEventTrigger,
  CreateExtensionStmt: foldCreateExtension,
  CreateFdwStmt: foldCreateWrapper,
  CreateForeignServerStmt: foldCreateServer,
  CreateForeignTableStmt: foldCreateForeignTable,
  CreateFunctionStmt: foldCreateFunction,
  CreateOpClassStmt: foldCreateOperatorClass,
  CreateOpFamilyStmt: foldCreateOperatorFamily,
  CreatePLangStmt: foldCreateLanguage,
  CreatePolicyStmt: foldCreatePolicy,
  CreatePublicationStmt: foldCreatePublication,
  CreateRangeStmt: foldCreateRange,
  CreateRoleStmt: foldCreateRole,
  CreateSchemaStmt: createSchema(foldNode),
  CreateSeqStmt: foldCreateSequence,
  CreateStatsStmt: foldCreateStatistics,
  CreateStmt: foldCreateTable,
  CreateSubscriptionStmt: foldCreateSubscription,
  CreateTableAsStmt: foldCreateTableAs,
  CreateTransformStmt: foldCreateTransform,
  CreateTrigStmt: foldCreateTrigger,
  CreateUserMappingStmt: foldCreateUserMapping,
  DefineStmt: foldDefine,
  DiscardStmt: foldDiscard,
  DoStmt: followDo(foldNode),
  DropOwnedStmt: foldDropOwned,
  DropRoleStmt: foldDropRole,
  DropStmt: foldDrop,
  DropSubscriptionStmt: foldDropSubscription,
  DropUserMappingStmt: foldDropUserMapping,
  ExplainStmt: foldExplain,
  GrantRoleStmt: foldGrantRole,
  GrantStmt: foldGrant,
  ImportForeignSchemaStmt: foldImportSchema,
  IndexStmt: foldCreateIndex,
  ReassignOwnedStmt: foldReassignOwned,
  RefreshMatViewStmt: foldRefresh,
  RenameStmt: foldRename,
  RuleStmt: foldCreateRule,
  SelectStmt: queries.select,
  TransactionStmt: foldTransaction,
  VariableSetStmt: foldSet,
  ViewStmt: foldCreateView,
};

/** What leaves the schema as it is. */
const noEffect = new Set([
  "AlterCollationStmt",
  "AlterDatabaseRefreshCollStmt",
  "AlterDatabaseStmt",
  "AlterObjectDependsStmt",
  "AlterSubscriptionStmt",
  "AlterSystemStmt",
  "AlterTableSpaceOptionsStmt",
  "CheckPointStmt",
  "ClosePortalStmt",
  "ConstraintsSetStmt",
  "CopyStmt",
  "CreateTableSpaceStmt",
  "CreatedbStmt",
  "DeallocateStmt",
  "DeclareCursorStmt",
  "DeleteStmt",
  "DropTableSpaceStmt",
  "DropdbStmt",
  "FetchStmt",
  "InsertStmt",
  "ListenStmt",
  "LoadStmt",
  "LockStmt",
  "MergeStmt",
  "NotifyStmt",
  "PrepareStmt",
  "ReindexStmt",
  "SecLabelStmt",
  "TruncateStmt",
  "UnlistenStmt",
  "UpdateStmt",
  "VacuumStmt",
  "VariableShowStmt",
]);
