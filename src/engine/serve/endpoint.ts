import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isErrno } from "../common/errors.ts";
import { endpointFile, type EndpointFile } from "../protocol/files.ts";

/** Publishes where the engine listens: owner-only, and complete from the first moment a reader can see it. */
export function writeEndpoint(path: string, endpoint: EndpointFile): void {
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(endpoint)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes the file when it is still the one that was written for these tokens; a successor's is left alone. */
export function removeEndpoint(path: string, mine: EndpointFile): boolean {
  try {
    const present = endpointFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!present.success || present.data.tokens.operator !== mine.tokens.operator) return false;
    rmSync(path, { force: true });
    return true;
  } catch (error) {
    // Already gone, or somebody else's text: not ours to remove.
    if (isErrno(error, "ENOENT") || error instanceof SyntaxError) return false;
    throw error;
  }
}
