// The entry for schemas and kept rows as data: read from a database, compared, brought back. Apps that only run migrations do not load it.
export { fillArchive, type Filling, type SavedRows } from "../archive/outside.ts";
export type { ArchiveNeeds } from "../archive/needs.ts";
export { introspect } from "../introspect/introspect.ts";
export { supabaseCatalog as baselineCatalog } from "@clew/sql-analyzer/supabase";
export { compareSchemas, ownSchema, type SchemaDifference } from "./difference.ts";
export { freshCatalog, platformOf, type Platform } from "./platform.ts";
export { saveSchema, schemaBack, type RelationName, type SavedSchema, type SchemaBack } from "./saved.ts";
export { schemaSql } from "./sql.ts";
