import { open } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { CodedError, isErrno, messageOf } from "../engine/common/errors.ts";
import { MOST_PROFILE_BYTES, type ProfileFormatId } from "../engine/protocol/profiles.ts";
import { readProfiles } from "./formats/all.ts";
import type { ReadProfiles } from "./formats/format.ts";

/** What a file holds, and in which format it does. */
export interface ReadFile extends ReadProfiles {
  readonly format: ProfileFormatId;
}

export interface ReadOptions {
  readonly mostBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * A file of any format, compressed or not. One that is too large is refused by its size alone.
 * @throws CodedError `profile.*`; `aborted` when the signal is
 */
export async function readProfileFile(
  path: string,
  { mostBytes = MOST_PROFILE_BYTES, signal }: ReadOptions = {},
): Promise<ReadFile> {
  const content = await contentOf(path, mostBytes, signal);
  return decodeProfile(content, basename(path), mostBytes);
}

async function contentOf(path: string, mostBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let handle: Awaited<ReturnType<typeof open>> | null = null;
  try {
    handle = await open(path, "r");
    const facts = await handle.stat();
    if (!facts.isFile()) throw new CodedError("profile.noFile", { file: path });
    if (facts.size > mostBytes) throw tooLarge(basename(path), facts.size, mostBytes);
    return await handle.readFile({ ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if (signal?.aborted === true) throw new CodedError("aborted", {}, { cause: error });
    const reason = (error as NodeJS.ErrnoException).code;
    throw new CodedError("profile.unreadable", { file: path, reason: reason ?? messageOf(error) }, { cause: error });
  } finally {
    await handle?.close();
  }
}

/**
 * What comes piece by piece and has no size until it has ended, such as standard input.
 * @throws CodedError `profile.*` as soon as it is too large; what reading the pieces throws
 */
export async function readProfilePieces(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  { mostBytes = MOST_PROFILE_BYTES }: ReadOptions = {},
): Promise<ReadFile> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostBytes) throw tooLarge(name, bytes, mostBytes);
    parts.push(piece);
  }
  return decodeProfile(Buffer.concat(parts), name, mostBytes);
}

/** @throws CodedError `profile.*` */
export async function decodeProfile(
  content: Uint8Array,
  name: string,
  mostBytes: number = MOST_PROFILE_BYTES,
): Promise<ReadFile> {
  return readProfiles(isGzip(content) ? await decompressed(content, name, mostBytes) : content, name);
}

function isGzip(content: Uint8Array): boolean {
  return content[0] === 0x1f && content[1] === 0x8b;
}

const unzip = promisify(gunzip);

/** Not further than the limit: a few bytes may stand for very many. */
async function decompressed(content: Uint8Array, file: string, mostBytes: number): Promise<Uint8Array> {
  try {
    return await unzip(content, { maxOutputLength: mostBytes });
  } catch (error) {
    if (error instanceof RangeError || isErrno(error, "ERR_BUFFER_TOO_LARGE")) throw tooLarge(file, null, mostBytes);
    throw new CodedError("profile.notGzip", { file, reason: messageOf(error) }, { cause: error });
  }
}

/** @param bytes `null`: more than that, once decompressed */
function tooLarge(file: string, bytes: number | null, mostBytes: number): CodedError {
  return new CodedError("profile.tooLarge", { file, bytes, mostBytes });
}
