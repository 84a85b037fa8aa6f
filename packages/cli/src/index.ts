// The public face of @clew/cli: what a clew.config.ts needs.
export { defineConfig, type Config, type Duration, type Hook, type Settings } from "./config/settings.ts";
