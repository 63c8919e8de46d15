import { createReadStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { CodedError, isErrno, messageOf } from "../engine/common/errors.ts";
import { readProfileFile, readProfilePieces } from "../profiler/readProfile.ts";
import { usageFailure } from "./failure.ts";
import { watchProcess } from "./processWatch.ts";
import type { CliWorld, Output } from "./world.ts";

const OWNER_ONLY = 0o600;
const PIECE_BYTES = 128 * 1024;

/** The world of a real terminal. */
export function terminalWorld(parts: {
  readonly version: string;
  readonly distFolder: string;
  readonly connect: CliWorld["connect"];
  readonly loadForecaster: CliWorld["loadForecaster"];
  readonly serveAgents: CliWorld["serveAgents"];
  readonly interrupt: AbortSignal;
}): CliWorld {
  return {
    ...parts,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : null,
    readFile: readText,
    readPieces,
    readProfile,
    writeFile: writeOwn,
    resolvePath: (path) => resolve(path),
    watchProcess,
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    delay: (ms, signal) => delay(ms, undefined, { signal }),
  };
}

/** Colour only where somebody sees it and has not said otherwise. */
export function wantsColour(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // A pipe is not a terminal whatever the types say.
  const terminal = stream.isTTY === true;
  return {
    write: (content) => void stream.write(content),
    colour: wantsColour(terminal, process.env),
    width: terminal ? stream.columns : null,
    terminal,
  };
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // The prompt takes Ctrl-C for itself while it waits; here it means what it means everywhere.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await prompt.question(question, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return path === "-" ? await text(process.stdin) : await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    throw usageFailure("file.unreadable", { path, reason: fileProblem(error) });
  }
}

/** Read ahead at most one piece: whoever takes them sets the pace. Ctrl-C ends it also while nothing comes. */
async function* readPieces(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = addAbortSignal(
    signal,
    path === "-" ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES }),
  );
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    if (signal.aborted) throw error;
    throw usageFailure("file.unreadable", { path, reason: fileProblem(error) });
  }
}

function readProfile(path: string, signal: AbortSignal): ReturnType<CliWorld["readProfile"]> {
  return path === "-" ? readProfilePieces(readPieces(path, signal), path) : readProfileFile(path, { signal });
}

/** See `CliWorld.writeFile`. */
export async function writeOwn(path: string, content: string | Uint8Array, replace: boolean): Promise<string> {
  const whole = resolve(path);
  // "wx" creates or fails, so that no file that appeared meanwhile is lost either.
  const draft = replace ? `${whole}.${process.pid}.tmp` : whole;
  try {
    await writeFile(draft, content, { mode: OWNER_ONLY, flag: "wx" });
    if (replace) await renameOver(draft, whole);
  } catch (error) {
    if (!replace && isErrno(error, "EEXIST")) throw new CodedError("file.exists", { path: whole }, { cause: error });
    throw new CodedError("file.unwritable", { path: whole, reason: fileProblem(error) }, { cause: error });
  }
  return whole;
}

/** A reader sees the old content or the new one, and never the old one's looser permissions on the new. */
async function renameOver(draft: string, path: string): Promise<void> {
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "you may not",
  EPERM: "you may not",
  EROFS: "the file system is read-only",
  ENOSPC: "the file system is full",
  ENAMETOOLONG: "the name is too long",
};

/** Why a file could not be read or written, in words where there are better ones than the system's. */
function fileProblem(error: unknown): string {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? "") : "";
  return FILE_PROBLEMS[code] ?? messageOf(error);
}
