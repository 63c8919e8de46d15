import {
  FLOAT_COLUMNS,
  type FlameHostMessage,
  type FloatColumnName,
  INT_COLUMNS,
  type IntColumnName,
  type ProfileHead,
} from "../../src/engine/protocol/flamePage.ts";
import type { Frame, Profile } from "../../src/profiler/profile.ts";
import { isObject } from "../shared/follower.ts";

/** Puts the pieces of profiles together. */
export class Receiver {
  #id = 0;
  #parts: readonly Part[] = [];

  /** @returns the profiles once the last piece is there; `null` before, and when pieces are missing */
  hear(message: Extract<FlameHostMessage, { type: "begin" | "frames" | "column" | "end" }>): readonly Profile[] | null {
    if (message.type === "begin") {
      this.#id = message.id;
      this.#parts = message.profiles.map((head) => new Part(head));
      return null;
    }
    if (message.id !== this.#id) return null;
    if (message.type === "end") {
      const parts = this.#parts;
      this.#parts = [];
      this.#id = 0;
      return parts.length > 0 && parts.every((part) => part.isWhole) ? parts.map((part) => part.profile) : null;
    }
    const part = this.#parts[message.profile];
    if (part === undefined) return null;
    if (message.type === "frames") part.addFrames(message.frames);
    else part.put(message.column, message.offset, message.values);
    return null;
  }
}

class Part {
  readonly #head: ProfileHead;
  readonly #frames: Frame[] = [];
  readonly #ints: Record<IntColumnName, Int32Array>;
  readonly #floats: Record<FloatColumnName, Float64Array>;
  #missing: number;

  constructor(head: ProfileHead) {
    const { nodes, samples, isTimed } = head;
    this.#head = head;
    this.#ints = {
      nodeFrame: new Int32Array(nodes),
      nodeParent: new Int32Array(nodes),
      sampleNode: new Int32Array(samples),
    };
    this.#floats = {
      sampleWeight: new Float64Array(samples),
      sampleAtUs: new Float64Array(isTimed ? samples : 0),
    };
    this.#missing = 2 * nodes + (isTimed ? 3 : 2) * samples;
  }

  get isWhole(): boolean {
    return this.#missing === 0 && this.#frames.length === this.#head.frames;
  }

  get profile(): Profile {
    const { name, unit, startedAtMs, isTimed } = this.#head;
    const { sampleWeight, sampleAtUs } = this.#floats;
    const sampled = { sampleWeight, sampleAtUs: isTimed ? sampleAtUs : null };
    return { name, unit, startedAtMs, frames: this.#frames, ...this.#ints, ...sampled };
  }

  addFrames(frames: Extract<FlameHostMessage, { type: "frames" }>["frames"]): void {
    for (const [name, file, line, column] of frames) this.#frames.push({ name, file, line, column });
  }

  put(column: IntColumnName | FloatColumnName, offset: number, values: Int32Array | Float64Array): void {
    const into = isInt(column) ? this.#ints[column] : this.#floats[column];
    if (offset + values.length > into.length) return;
    into.set(values, offset);
    this.#missing -= values.length;
  }
}

function isInt(column: IntColumnName | FloatColumnName): column is IntColumnName {
  return INT_COLUMNS.some((known) => known === column);
}

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
export function isFlameMessage(message: unknown): message is FlameHostMessage {
  if (!isObject(message)) return false;
  const { type, id, profile, profiles, files, frames, column, offset, values, text } = message;
  switch (type) {
    case "begin":
      return isWhole(id) && Array.isArray(profiles) && Array.isArray(files);
    case "end":
      return isWhole(id);
    case "frames":
      return isWhole(id) && isWhole(profile) && Array.isArray(frames);
    case "column": {
      const isKnown = [...INT_COLUMNS, ...FLOAT_COLUMNS].some((name) => name === column);
      return isKnown && isWhole(id) && isWhole(profile) && isWhole(offset) && ArrayBuffer.isView(values);
    }
    case "failed":
    case "said":
      return typeof text === "string";
    default:
      return type === "draw";
  }
}

function isWhole(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}
