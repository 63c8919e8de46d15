import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { CodedError, isErrno, messageOf } from "../../common/errors.ts";

/**
 * Secrets that lie in files: only where nobody but the user (and root) can read or exchange them. Read through one handle,
 * so that what was checked is what is read; a pipe or a device is refused before it could block.
 */
const MAX_SECRET_BYTES = 16_384;

/** @throws CodedError `door.secretUnusable` {path, problem} */
export function readSecretFile(path: string, ownOnly = false): string {
  const refused = (problem: string, cause?: unknown) =>
    new CodedError("door.secretUnusable", { path, problem }, cause === undefined ? {} : { cause });
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

/** What a bearer token may look like on the wire (RFC 6750), and long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{32,512}=*$/;

/** @throws CodedError `door.secretUnusable` */
export function readTokenFile(path: string, ownOnly = false): string {
  const token = readSecretFile(path, ownOnly).trim();
  if (!TOKEN.test(token))
    throw new CodedError("door.secretUnusable", {
      path,
      problem: "it has to hold one token of 32 to 512 letters, digits and . _ ~ + / -",
    });
  return token;
}

/**
 * The door's own token: kept as long as the runtime folder is, so that whoever reads the file need not be told of every
 * restart. One that others could have read, or that is no token, is replaced.
 * @throws CodedError `door.secretUnusable`
 */
export function ownToken(path: string): string {
  try {
    return readTokenFile(path, true);
  } catch {
    const token = randomBytes(32).toString("base64url");
    const temporary = `${path}.${randomBytes(4).toString("hex")}`;
    try {
      writeFileSync(temporary, `${token}\n`, { mode: 0o600, flag: "wx" });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new CodedError("door.secretUnusable", { path, problem: messageOf(error) }, { cause: error });
    }
    return token;
  }
}

/** Set by us, or with a meaning for the connection: not for a file to say. */
const NOT_THEIRS = new Set(
  "host content-type content-length content-encoding transfer-encoding connection keep-alive upgrade te trailer expect proxy-connection".split(
    " ",
  ),
);
const MAX_HEADERS = 20;

/** `Name: value` a line; empty lines and lines that begin with # say nothing. @throws CodedError `door.secretUnusable` */
export function readHeadersFile(path: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const refused = (line: number, problem: string) =>
    new CodedError("door.secretUnusable", { path, problem: `line ${line}: ${problem}` });
  for (const [at, raw] of readSecretFile(path).split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\t\x20-\x7e]*)$/.exec(line) ?? [];
    // The line itself is a secret: only its number is told.
    if (name === undefined || value === undefined) throw refused(at + 1, "use 'Name: value'");
    const key = name.toLowerCase();
    if (NOT_THEIRS.has(key)) throw refused(at + 1, "this header is not for a file to set");
    if (Object.hasOwn(headers, key)) throw refused(at + 1, "this header is there twice");
    if (Object.keys(headers).length >= MAX_HEADERS) throw refused(at + 1, `more than ${MAX_HEADERS} headers`);
    headers[key] = value;
  }
  return headers;
}
