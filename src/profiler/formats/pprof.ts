import { Profile as PprofProfile, StringTable } from "pprof-format";
import { type Coded, CodedError } from "../../engine/common/errors.ts";
import { type Frame, nodeWeights, type Profile, ProfileBuilder, type WeightUnit } from "../profile.ts";
import { functionName, wrong } from "./content.ts";
import { checkStacks, checkUnit, type ProfileFormat, type ProfileWriter, type ReadProfiles } from "./format.ts";
import { isWhole, looksLikeMessage } from "./pprofMessage.ts";

/**
 * https://github.com/google/pprof/blob/main/proto/profile.proto, by the package `pprof-format`. Compressed ones are
 * decompressed before they come here. What is measured is the value type that the file prefers, else time on a processor,
 * else bytes, else the last one, as `pprof` itself takes it.
 */
const writer: ProfileWriter = {
  id: "pprof",
  units: ["microseconds", "bytes", "count"],
  keepsUnit: true,
  keepsOrder: false,
  keepsPlaces: true,
  write,
};

export const pprof: ProfileFormat = {
  id: "pprof",
  endings: [".pprof", ".pb.gz", ".pb"],
  canRead: ({ bytes }) => looksLikeMessage(bytes),
  read,
  writer,
};

/** Of each unit of time in microseconds, and of each unit of memory in bytes. */
const TIME: Readonly<Record<string, number>> = {
  nanoseconds: 0.001,
  microseconds: 1,
  milliseconds: 1_000,
  seconds: 1_000_000,
};
const MEMORY: Readonly<Record<string, number>> = { bytes: 1, kilobytes: 1_024, megabytes: 1_048_576 };

function read(content: Uint8Array, file: string): ReadProfiles {
  if (!isWhole(content)) throw new CodedError("profile.cutMessage", { file, bytes: content.length });
  let data: PprofProfile;
  try {
    data = PprofProfile.decode(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CodedError("profile.notPprof", { file, reason }, { cause: error });
  }
  const { strings } = data.stringTable;
  const text = (index: Numeric, place: string): string => {
    const value = strings[Number(index)];
    if (value === undefined && Number(index) !== 0) throw wrong(file, place, Number(index), "string");
    return value ?? "";
  };
  const types = data.sampleType.map(({ type, unit }, n) => ({
    type: text(type, `sample_type[${n}].type`),
    unit: text(unit, `sample_type[${n}].unit`),
  }));
  const chosen = chooseType(types, text(data.defaultSampleType, "default_sample_type"));
  const { unit, factor } = unitOf(types[chosen]?.unit ?? "");
  const builder = new ProfileBuilder(file, unit, false);
  const locations = framesOfLocations(data, builder, file, text);
  let negative = 0;
  for (let n = 0; n < data.sample.length; n++) {
    const { locationId, value } = data.sample[n] as (typeof data.sample)[number];
    if (value.length !== types.length)
      throw new CodedError("profile.lengths", {
        ...{ file, place: `sample[${n}].value`, count: value.length, needed: types.length },
      });
    let node = -1;
    for (let level = locationId.length - 1; level >= 0; level--) {
      const frames = locations.get(idOf(locationId[level] ?? 0));
      if (frames === undefined)
        throw wrong(file, `sample[${n}].location_id[${level}]`, idOf(locationId[level] ?? 0), "location");
      for (const frame of frames) node = builder.node(node, frame);
    }
    const weight = signed(value[chosen] ?? 0) * factor;
    if (weight < 0) negative++;
    builder.sample(node, Math.max(0, weight));
  }
  const problems: Coded[] =
    negative === 0 ? [] : [{ code: "profile.negative", args: { file, count: negative, of: data.sample.length } }];
  const startedNanos = signed(data.timeNanos);
  return { profiles: [builder.build(startedNanos > 0 ? startedNanos / 1e6 : null)], problems };
}

type Numeric = number | bigint;

/** Ids may have 64 bits; a number of JavaScript has 53. */
type Id = number | string;

function idOf(id: Numeric): Id {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : String(id);
}

/** An int64 that was decoded as if it had no sign. */
function signed(value: Numeric): number {
  return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : value;
}

interface ValueType {
  readonly type: string;
  readonly unit: string;
}

function chooseType(types: readonly ValueType[], preferred: string): number {
  const rules: readonly ((type: ValueType) => boolean)[] = [
    ({ type }) => preferred !== "" && type === preferred,
    ({ type, unit }) => type === "cpu" && Object.hasOwn(TIME, unit),
    ({ type }) => type === "inuse_space" || type === "space",
  ];
  for (const rule of rules) {
    const found = types.findIndex(rule);
    if (found >= 0) return found;
  }
  return types.length - 1;
}

function unitOf(name: string): { readonly unit: WeightUnit; readonly factor: number } {
  if (Object.hasOwn(TIME, name)) return { unit: "microseconds", factor: TIME[name] as number };
  if (Object.hasOwn(MEMORY, name)) return { unit: "bytes", factor: MEMORY[name] as number };
  return { unit: "count", factor: 1 };
}

/** Of each location its frames, the caller first: a location has more than one where functions were inlined. */
function framesOfLocations(
  data: PprofProfile,
  builder: ProfileBuilder,
  file: string,
  text: (index: Numeric, place: string) => string,
): ReadonlyMap<Id, readonly number[]> {
  const mappings = new Map(data.mapping.map(({ id, filename }) => [idOf(id), filename]));
  const places = firstPlaces(data);
  const functions = new Map<Id, number>();
  for (let n = 0; n < data.function.length; n++) {
    const { id, name, filename } = data.function[n] as (typeof data.function)[number];
    const path = text(filename, `function[${n}].filename`);
    const place = places.get(idOf(id));
    const frame: Frame = {
      name: functionName(text(name, `function[${n}].name`)),
      file: path === "" ? null : path,
      line: place?.line ?? null,
      column: place?.column ?? null,
    };
    functions.set(idOf(id), builder.frame(frame));
  }
  const locations = new Map<Id, readonly number[]>();
  for (let n = 0; n < data.location.length; n++) {
    const { id, line, address, mappingId } = data.location[n] as (typeof data.location)[number];
    const frames: number[] = [];
    for (let l = line.length - 1; l >= 0; l--) {
      const functionId = idOf(line[l]?.functionId ?? 0);
      const frame = functions.get(functionId);
      if (frame === undefined) throw wrong(file, `location[${n}].line[${l}].function_id`, functionId, "function");
      frames.push(frame);
    }
    if (frames.length === 0) {
      // No symbols: the address is all that is known.
      const path = text(mappings.get(idOf(mappingId)) ?? 0, `location[${n}].mapping_id`);
      const name = `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;
      frames.push(builder.frame({ name, file: path === "" ? null : path, line: null, column: null }));
    }
    locations.set(idOf(id), frames);
  }
  return locations;
}

interface Place {
  readonly line: number | null;
  readonly column: number | null;
}

/**
 * Where each function is. Many writers leave out the line that a function starts on and tell for each location the line
 * that ran; then the first of those stands for it, so that a function stays one frame.
 */
function firstPlaces(data: PprofProfile): ReadonlyMap<Id, Place> {
  const places = new Map<Id, Place>();
  const starts = new Map(data.function.map(({ id, startLine }) => [idOf(id), signed(startLine)]));
  for (const { line } of data.location) {
    for (const { functionId, line: at, column } of line) {
      const id = idOf(functionId);
      const ran = signed(at);
      const known = places.get(id)?.line ?? null;
      if (ran >= 1 ? known === null || ran < known : !places.has(id))
        places.set(id, { line: ran >= 1 ? ran : null, column: signed(column) >= 1 ? signed(column) : null });
    }
  }
  for (const [id, start] of starts) {
    if (start < 1) continue;
    const place = places.get(id);
    places.set(id, { line: start, column: place?.line === start ? place.column : null });
  }
  return places;
}

/** Microseconds are written as nanoseconds, as whole as the format has them; bytes and counts rounded too. */
const WRITTEN: Readonly<Record<WeightUnit, { readonly type: string; readonly unit: string; readonly factor: number }>> =
  {
    microseconds: { type: "cpu", unit: "nanoseconds", factor: 1_000 },
    bytes: { type: "space", unit: "bytes", factor: 1 },
    count: { type: "samples", unit: "count", factor: 1 },
  };

/** One sample a node, with the sum of its weights: the format has no order. */
function write(profile: Profile): Uint8Array {
  checkUnit(writer, profile);
  const { frames, nodeFrame, nodeParent, unit, startedAtMs } = profile;
  const { self, all } = nodeWeights(profile);
  const stringTable = new StringTable();
  const { type, unit: unitName, factor } = WRITTEN[unit];
  checkStacks("pprof", profile, (node) => (self[node] as number) > 0);
  const sample: { locationId: number[]; value: number[] }[] = [];
  for (let node = 0; node < nodeFrame.length; node++) {
    const value = Math.round((self[node] as number) * factor);
    if (value === 0) continue;
    const locationId: number[] = [];
    for (let at = node; at >= 0; at = nodeParent[at] as number) locationId.push((nodeFrame[at] as number) + 1);
    sample.push({ locationId, value: [value] });
  }
  return new PprofProfile({
    stringTable,
    sampleType: [{ type: stringTable.dedup(type), unit: stringTable.dedup(unitName) }],
    sample,
    function: frames.map(({ name, file, line }, n) => ({
      id: n + 1,
      name: stringTable.dedup(name),
      systemName: stringTable.dedup(name),
      filename: stringTable.dedup(file ?? ""),
      startLine: line ?? 0,
    })),
    location: frames.map(({ line, column }, n) => ({
      id: n + 1,
      line: [{ functionId: n + 1, line: line ?? 0, column: column ?? 0 }],
    })),
    timeNanos: startedAtMs === null ? 0 : BigInt(Math.round(startedAtMs)) * 1_000_000n,
    durationNanos: unit === "microseconds" ? Math.round(all * factor) : 0,
  }).encode();
}
