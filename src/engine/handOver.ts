import { existsSync } from "node:fs";
import { join } from "node:path";
import { compareVersions } from "./client/version.ts";
import { CodedError } from "./common/errors.ts";

export interface HandOverParts {
  readonly version: string;
  /** Below it lie the builds, a folder each. */
  readonly engines: string;
  readonly useEngine: (folder: string) => Promise<void>;
  readonly finish: () => void;
}

/**
 * Makes room for another build of the engine.
 * @throws CodedError `handOver.refused`: it is no newer than this one; `handOver.missing`: there is none in that folder
 */
export function handOverTo({ version, engines, useEngine, finish }: HandOverParts) {
  return async (folder: string, theirs: string): Promise<void> => {
    if (compareVersions(theirs, version) <= 0)
      throw new CodedError("handOver.refused", { version: theirs, running: version });
    if (!existsSync(join(engines, folder, "engine.js"))) throw new CodedError("handOver.missing", { folder });
    await useEngine(folder);
    finish();
  };
}
