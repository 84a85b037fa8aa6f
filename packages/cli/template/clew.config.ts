import type { Config } from "@clew/cli";

// Every setting: https://www.npmjs.com/package/@clew/cli
export default {
  // The database. Without it: CLEW_DATABASE_URL, DATABASE_URL or SUPABASE_DB_URL.
  // db: process.env.MY_DATABASE_URL,

  // Or a Postgres in a folder of this project, nothing to install.
  // embedded: ".clew",

  // dir: "supabase/migrations",

  // What is other with --env <name>, or CLEW_ENV=<name>. Production is strict, refuses losses, and wants its plan approved.
  environments: {
    production: {
      // db: process.env.PRODUCTION_DATABASE_URL,
    },
  },
} satisfies Config;
