import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { CodedError, isErrno, messageOf } from "./errors.ts";

/**
 * Secrets that lie in files: only where nobody but the user (and root) can read or exchange them. Read through one handle,
 * so that what was checked is what is read; a pipe or a device is refused before it could block.
 */
const MAX_SECRET_BYTES = 16_384;

/**
 * @param code of the error
 * @param ownOnly not even one of root's, and no link
 * @throws CodedError `code` {path, problem}
 */
export function readSecretFile(path: string, code: string, ownOnly = false): string {
  const refused = (problem: string, cause?: unknown) =>
    new CodedError(code, { path, problem }, cause === undefined ? {} : { cause });
  let fd: number;
  try {
    // A link is fine in the operator's own path (mounted secrets are links), never in the folder that we keep ourselves.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (ownOnly ? (constants.O_NOFOLLOW ?? 0) : 0));
  } catch (error) {
    throw isErrno(error, "ENOENT") ? refused("it is not there", error) : refused(messageOf(error), error);
  }
  try {
    const facts = fstatSync(fd);
    if (!facts.isFile()) throw refused("it is not a file");
    if (typeof process.getuid === "function") {
      if (facts.uid !== process.getuid() && (ownOnly || facts.uid !== 0)) throw refused("it belongs to another user");
      if ((facts.mode & 0o077) !== 0) throw refused("others may read it: chmod 600");
    }
    const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0) break;
      if (length > MAX_SECRET_BYTES) throw refused(`it is longer than ${MAX_SECRET_BYTES} bytes`);
    }
    return buffer.toString("utf8", 0, length);
  } catch (error) {
    throw error instanceof CodedError ? error : refused(messageOf(error), error);
  } finally {
    closeSync(fd);
  }
}
