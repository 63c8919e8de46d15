import { CodedError } from "../../engine/common/errors.ts";
import { type Profile, ProfileBuilder, type WeightUnit } from "../profile.ts";
import { functionName, isFiniteNumber, type Json, jsonOf, listAt, objectAt, own, wrong } from "./content.ts";
import { checkStacks, type ProfileFormat, type ProfileWriter, type ReadProfiles } from "./format.ts";
import { timelineOf } from "./timeline.ts";

/**
 * https://www.speedscope.app/file-format-schema.json: frames that all profiles of the file share, and profiles that are
 * `sampled` (stacks from the root to the top, and their weights) or `evented` (frames that open and close at a time).
 */
const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

const writer: ProfileWriter = {
  id: "speedscope",
  units: ["microseconds", "bytes", "count"],
  keepsUnit: true,
  keepsOrder: true,
  keepsPlaces: true,
  write,
};

export const speedscope: ProfileFormat = {
  id: "speedscope",
  endings: [".speedscope.json", ".speedscope"],
  canRead: ({ keys, text }) =>
    (keys.has("$schema") && text.includes(SCHEMA)) || (keys.has("shared") && keys.has("profiles")),
  read,
  writer,
};

/** Of each unit, what it is here and how much of it. */
const UNITS: Readonly<Record<string, { readonly unit: WeightUnit; readonly factor: number }>> = {
  none: { unit: "count", factor: 1 },
  bytes: { unit: "bytes", factor: 1 },
  nanoseconds: { unit: "microseconds", factor: 0.001 },
  microseconds: { unit: "microseconds", factor: 1 },
  milliseconds: { unit: "microseconds", factor: 1_000 },
  seconds: { unit: "microseconds", factor: 1_000_000 },
};

function read(content: Uint8Array, file: string): ReadProfiles {
  const json = jsonOf(content, file);
  const shared = objectAt(file, "shared", own(json, "shared"));
  const frames = listAt(file, "shared.frames", own(shared, "frames"));
  const list = listAt(file, "profiles", own(json, "profiles"));
  return {
    profiles: list.map((profile, n) => new Reading(file, `profiles[${n}]`, frames).read(profile)),
    problems: [],
  };
}

/** One profile of a file. */
class Reading {
  readonly #file: string;
  readonly #place: string;
  readonly #frames: readonly unknown[];
  /** Frames of the file by position, and how the builder knows each; −1: not met yet. */
  readonly #known: Int32Array;

  constructor(file: string, place: string, frames: readonly unknown[]) {
    this.#file = file;
    this.#place = place;
    this.#frames = frames;
    this.#known = new Int32Array(frames.length).fill(-1);
  }

  read(value: unknown): Profile {
    const profile = objectAt(this.#file, this.#place, value);
    const name = own(profile, "name") ?? "";
    if (typeof name !== "string") throw this.#wrong("name", name, "text");
    const unit = own(profile, "unit") ?? "none";
    if (typeof unit !== "string" || !Object.hasOwn(UNITS, unit)) throw this.#wrong("unit", unit, "unit");
    const known = UNITS[unit] as (typeof UNITS)[string];
    const builder = new ProfileBuilder(name === "" ? this.#file : name, known.unit, known.unit === "microseconds");
    const type = own(profile, "type");
    if (type === "sampled") this.#sampled(profile, builder, known.factor);
    else if (type === "evented") this.#evented(profile, builder, known.factor);
    else throw this.#wrong("type", type, "profileType");
    return builder.build();
  }

  #sampled(profile: Json, builder: ProfileBuilder, factor: number): void {
    const samples = listAt(this.#file, `${this.#place}.samples`, own(profile, "samples"));
    const weights = listAt(this.#file, `${this.#place}.weights`, own(profile, "weights"));
    if (samples.length !== weights.length)
      throw new CodedError("profile.lengths", {
        ...{ file: this.#file, place: `${this.#place}.weights`, count: weights.length, needed: samples.length },
      });
    const emit = samplesInto(builder);
    // Of the stack before: what two stacks share from the root on is not looked up again.
    const stack: number[] = [];
    const nodes: number[] = [];
    for (let n = 0; n < samples.length; n++) {
      const frames = samples[n];
      if (!Array.isArray(frames)) throw this.#wrong(`samples[${n}]`, frames, "list");
      const weight = weights[n];
      if (!(isFiniteNumber(weight) && weight >= 0)) throw this.#wrong(`weights[${n}]`, weight, "positive");
      let same = true;
      for (let level = 0; level < frames.length; level++) {
        const frame = frames[level] as unknown;
        if (same && level < stack.length && stack[level] === frame) continue;
        same = false;
        const index = this.#frame(builder, frame, () => `samples[${n}][${level}]`);
        nodes[level] = builder.node(level === 0 ? -1 : (nodes[level - 1] as number), index);
        stack[level] = frame as number;
      }
      stack.length = frames.length;
      nodes.length = frames.length;
      emit(nodes.at(-1) ?? -1, weight * factor);
    }
  }

  #evented(profile: Json, builder: ProfileBuilder, factor: number): void {
    const events = listAt(this.#file, `${this.#place}.events`, own(profile, "events"));
    const start = own(profile, "startValue") ?? 0;
    if (!isFiniteNumber(start)) throw this.#wrong("startValue", start, "number");
    const end = own(profile, "endValue") ?? start;
    if (!isFiniteNumber(end)) throw this.#wrong("endValue", end, "number");
    const emit = samplesInto(builder);
    const open: { readonly frame: unknown; readonly node: number; readonly event: number }[] = [];
    let now = start;
    for (let n = 0; n < events.length; n++) {
      const event = objectAt(this.#file, `${this.#place}.events[${n}]`, events[n]);
      const at = own(event, "at");
      if (!isFiniteNumber(at)) throw this.#wrong(`events[${n}].at`, at, "number");
      if (at < now) throw this.#wrong(`events[${n}].at`, at, "order");
      const top = open.at(-1);
      if (at > now) emit(top?.node ?? -1, (at - now) * factor);
      now = at;
      const frame = own(event, "frame");
      const type = own(event, "type");
      if (type === "O") {
        const index = this.#frame(builder, frame, () => `events[${n}].frame`);
        open.push({ frame, node: builder.node(top?.node ?? -1, index), event: n });
      } else if (type === "C") {
        if (top === undefined || top.frame !== frame) throw this.#unbalanced(n, frame);
        open.pop();
      } else throw this.#wrong(`events[${n}].type`, type, "eventType");
    }
    const left = open.at(-1);
    if (left !== undefined) throw this.#unbalanced(left.event, left.frame);
    if (end > now) emit(-1, (end - now) * factor);
  }

  #frame(builder: ProfileBuilder, position: unknown, place: () => string): number {
    const known = typeof position === "number" ? this.#known[position] : undefined;
    if (known === undefined || typeof position !== "number") throw this.#wrong(place(), position, "frame");
    if (known >= 0) return known;
    const at = `shared.frames[${position}]`;
    const frame = objectAt(this.#file, at, this.#frames[position]);
    const name = own(frame, "name") ?? "";
    if (typeof name !== "string") throw wrong(this.#file, `${at}.name`, name, "text");
    const file = own(frame, "file") ?? null;
    if (file !== null && typeof file !== "string") throw wrong(this.#file, `${at}.file`, file, "text");
    const index = builder.frame({
      ...{ name: functionName(name), file },
      line: lineOf(this.#file, at, frame, "line"),
      column: lineOf(this.#file, at, frame, "col"),
    });
    this.#known[position] = index;
    return index;
  }

  #wrong(place: string, value: unknown, expected: Parameters<typeof wrong>[3]): CodedError {
    return wrong(this.#file, `${this.#place}.${place}`, value, expected);
  }

  #unbalanced(event: number, frame: unknown): CodedError {
    return new CodedError("profile.unbalanced", {
      file: this.#file,
      place: `${this.#place}.events[${event}]`,
      value: typeof frame === "number" ? frame : null,
    });
  }
}

function lineOf(file: string, at: string, frame: Json, key: string): number | null {
  const value = own(frame, key) ?? null;
  if (value !== null && !isFiniteNumber(value)) throw wrong(file, `${at}.${key}`, value, "number");
  // 0 and below is what some write for "not known".
  return value === null || value < 1 ? null : value;
}

/** Samples one after the other; where the unit is time, each begins when the one before has ended. */
function samplesInto(builder: ProfileBuilder): (node: number, weight: number) => void {
  let now = 0;
  return (node, weight) => {
    builder.sample(node, weight, builder.ordered ? now : undefined);
    now += weight;
  };
}

const UNIT_NAMES: Readonly<Record<WeightUnit, string>> = {
  microseconds: "microseconds",
  bytes: "bytes",
  count: "none",
};

function write(profile: Profile): string {
  const { name, unit, frames, nodeFrame, nodeParent } = profile;
  const { node, weight } = timelineOf(profile);
  const times = new Int32Array(nodeFrame.length);
  for (const top of node) if (top >= 0) times[top] = (times[top] as number) + 1;
  const depth = checkStacks("speedscope", profile, (top) => times[top] as number);
  const samples = Array.from(node, (top) => {
    const stack = Array.from<number>({ length: top < 0 ? 0 : (depth[top] as number) });
    let level = stack.length;
    for (let at = top; at >= 0; at = nodeParent[at] as number) stack[--level] = nodeFrame[at] as number;
    return stack;
  });
  let endValue = 0;
  for (const one of weight) endValue += one;
  return JSON.stringify({
    $schema: SCHEMA,
    exporter: "swarm-resource-allocator",
    name,
    activeProfileIndex: 0,
    shared: {
      frames: frames.map(({ name, file, line, column }) => ({
        name,
        ...(file === null ? {} : { file }),
        ...(line === null ? {} : { line }),
        ...(column === null ? {} : { col: column }),
      })),
    },
    profiles: [
      { type: "sampled", name, unit: UNIT_NAMES[unit], startValue: 0, endValue, samples, weights: Array.from(weight) },
    ],
  });
}
