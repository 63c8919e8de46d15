import { createRequire } from "node:module";
import { join } from "node:path";
import util from "node:util";

/**
 * Loads the `tfjs-node` that is installed in a folder. Version 4.22 calls functions that Node 23 has removed from `util`; they are put back before it loads.
 * @throws what loading it throws: a missing or foreign binary
 */
export function requireNative(folder: string): unknown {
  const gone: Readonly<Record<string, (value: unknown) => boolean>> = {
    isNullOrUndefined: (value) => value === null || value === undefined,
    isNull: (value) => value === null,
    isUndefined: (value) => value === undefined,
    isArray: Array.isArray,
    isString: (value) => typeof value === "string",
    isNumber: (value) => typeof value === "number",
    isBoolean: (value) => typeof value === "boolean",
    isObject: (value) => typeof value === "object" && value !== null,
    isFunction: (value) => typeof value === "function",
  };
  for (const [name, test] of Object.entries(gone)) if (!(name in util)) Object.assign(util, { [name]: test });
  return createRequire(join(folder, "index.js"))(folder);
}
