// Owns the kit's public names.
export { freshDatabase } from "./database.ts";
export type { Database, DatabaseOptions } from "./database.ts";
export { tempFolder } from "./folder.ts";
export type { Files, Folder } from "./folder.ts";
export { startPgbouncer } from "./pgbouncer.ts";
export type { Pgbouncer, PgbouncerOptions } from "./pgbouncer.ts";
export { startPostgrest } from "./postgrest.ts";
export type { Postgrest, PostgrestOptions, RequestFault } from "./postgrest.ts";
export { run, start } from "./process.ts";
export type { Ended, Output, RunOptions, Running } from "./process.ts";
export type { Major } from "./programs.ts";
export { startProxy } from "./proxy.ts";
export type { Counts, Moment, Proxy, ProxyOptions, Side } from "./proxy.ts";
export { connectionString, secretUser, startServer } from "./server.ts";
export type { Place, Server, ServerOptions } from "./server.ts";
export type { Template } from "./setup.ts";
export { startSupabase } from "./supabase.ts";
