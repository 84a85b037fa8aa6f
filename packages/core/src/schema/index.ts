// The entry for schemas as data: read from a database, compared. Apps that only run migrations do not load it.
export { introspect } from "../introspect/introspect.ts";
export { baselineCatalog } from "./baseline.ts";
export { compareSchemas, ownSchema, type SchemaDifference } from "./difference.ts";
export { freshCatalog, platformOf, type Platform } from "./platform.ts";
export { saveSchema, schemaBack, type RelationName, type SavedSchema, type SchemaBack } from "./saved.ts";
export { schemaSql } from "./sql.ts";
