import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { CodedError, messageOf } from "../../common/errors.ts";
import { readSecretFile } from "../../common/secretFile.ts";

const UNUSABLE = "door.secretUnusable";

/** What a bearer token may look like on the wire (RFC 6750), and long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{32,512}=*$/;

/** @throws CodedError `door.secretUnusable` */
export function readTokenFile(path: string, ownOnly = false): string {
  const token = readSecretFile(path, UNUSABLE, ownOnly).trim();
  if (!TOKEN.test(token))
    throw new CodedError(UNUSABLE, {
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
      throw new CodedError(UNUSABLE, { path, problem: messageOf(error) }, { cause: error });
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
    new CodedError(UNUSABLE, { path, problem: `line ${line}: ${problem}` });
  for (const [at, raw] of readSecretFile(path, UNUSABLE).split(/\r?\n/).entries()) {
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
