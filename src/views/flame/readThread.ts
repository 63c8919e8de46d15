import { parentPort, workerData } from "node:worker_threads";
import type { Coded } from "../../engine/protocol/model.ts";
import type { Profile } from "../../profiler/profile.ts";
import { codedOf } from "../sessionPort.ts";
import { readHere } from "./readHere.ts";

/** What the thread says, once. */
export type ThreadAnswer = { readonly profile: Profile } | { readonly refused: Coded };

/** Entry of the thread in which a large profile is read: a bundle of its own. Its arrays are handed over, not copied. */
const { bytes, name } = workerData as { readonly bytes: Uint8Array; readonly name: string };
const answer = answerTo(bytes, name);
parentPort?.postMessage(answer, "profile" in answer ? buffersOf(answer.profile) : []);

function answerTo(content: Uint8Array, file: string): ThreadAnswer {
  try {
    return { profile: readHere(content, file) };
  } catch (error) {
    return { refused: codedOf(error) };
  }
}

function buffersOf({ nodeFrame, nodeParent, sampleNode, sampleWeight, sampleAtUs }: Profile): ArrayBuffer[] {
  const columns = [nodeFrame, nodeParent, sampleNode, sampleWeight, ...(sampleAtUs === null ? [] : [sampleAtUs])];
  return [...new Set(columns.map(({ buffer }) => buffer as ArrayBuffer))];
}
