// Owns the loading of packages that only some need: what is missing is said with how to get it.
import { ClewError } from "./errors.ts";

/** Loads an optional package. Throws DRIVER_MISSING. */
export async function load<T>(name: string, importing: () => Promise<T>): Promise<T> {
  try {
    return await importing();
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ClewError(
      "DRIVER_MISSING",
      `the package ${name} is needed to reach this database, and is not installed`,
      { help: `npm install ${name}` },
      { cause },
    );
  }
}
