import { Worker } from "node:worker_threads";
import type { Profile } from "../../profiler/profile.ts";
import { Failure } from "../sessionPort.ts";
import { readHere } from "./readHere.ts";
import type { ThreadAnswer } from "./readThread.ts";

/** Reads a profile. @param name of the file, for what is told */
export type ReadProfile = (bytes: Uint8Array, name: string, signal: AbortSignal) => Promise<Profile>;

/** Below this it takes some 20 ms, which is less than a thread takes to begin. */
const SMALL_BYTES = 1_000_000;

/**
 * The first profile of a file of any format, not compressed. A large one is read in a thread of its own, which is ended when nobody
 * waits any more: what else the window's extensions do goes on meanwhile, and one that takes too much memory ends the thread alone.
 * @param thread the file of `readThread.ts`
 * @throws Failure, CodedError as `readHere`; Failure `profile.readerEnded`, `aborted`
 */
export function readInThread(thread: string): ReadProfile {
  return async (bytes, name, signal) => {
    if (signal.aborted) throw new Failure({ code: "aborted", args: {} });
    if (bytes.length < SMALL_BYTES) return readHere(bytes, name);
    // A view of something larger stays whose it is.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    const worker = new Worker(thread, { workerData: { bytes: own, name }, transferList: [own.buffer as ArrayBuffer] });
    const end = (): void => void worker.terminate();
    try {
      return await new Promise<Profile>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Failure({ code: "aborted", args: {} })), { once: true });
        const ended = (reason: string) =>
          reject(new Failure({ code: "profile.readerEnded", args: { file: name, reason } }));
        worker.once("error", (error: unknown) => ended(error instanceof Error ? error.message : String(error)));
        worker.once("exit", (code) => ended(`exit code ${code}`));
        worker.once("message", (answer: ThreadAnswer) => {
          if ("profile" in answer) resolve(Object.freeze(answer.profile));
          else reject(new Failure(answer.refused));
        });
      });
    } finally {
      end();
    }
  };
}
