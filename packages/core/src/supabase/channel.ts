// Owns what both ends of the Supabase channel know: its version, its functions' names, its limits.

/** The version of the functions that this Clew installs and speaks to. */
export const channelVersion = 1;

/** Seconds that one request may take: below the minute after which Supabase's gateway answers in the database's place. */
export const requestSeconds = 55;

/** The functions that are exposed: all in `public`, executable by `service_role` alone. */
export const entryFunctions: readonly string[] = [
  "clew_state",
  "clew_query",
  "clew_transaction",
  "clew_transaction_repeatable_read",
  "clew_transaction_serializable",
];
