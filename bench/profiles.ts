import { formats } from "../src/profiler/formats/all.ts";
import { hotSpots } from "../src/profiler/hotSpots.ts";
import type { Profile } from "../src/profiler/profile.ts";
import { createRng } from "../src/engine/common/rng.ts";
import { median, report } from "./lib/report.ts";

/** A long recording: a million samples over 20,000 functions, read from each format that is written, and looked through. */
const SAMPLES = 1_000_000;
const FRAMES = 20_000;
const NODES = 60_000;
const ROUNDS = 3;

function recording(): Uint8Array {
  const rng = createRng(1);
  const nodes = Array.from({ length: NODES }, (_, n) => ({
    id: n + 1,
    callFrame: {
      ...{ functionName: `function${n % FRAMES}`, scriptId: "1", url: `file:///app/part${n % 300}.js` },
      ...{ lineNumber: n % FRAMES, columnNumber: 2 },
    },
    // A caller that is not far above: stacks of some thirty frames.
    ...(n === 0 ? {} : { parent: 1 + Math.floor(n * (0.5 + 0.4 * rng())) }),
  }));
  const samples = Array.from({ length: SAMPLES }, () => 1 + Math.floor(rng() * NODES));
  const timeDeltas = Array.from({ length: SAMPLES }, () => 90 + Math.floor(rng() * 20));
  return new TextEncoder().encode(JSON.stringify({ nodes, samples, timeDeltas, startTime: 0, endTime: SAMPLES * 100 }));
}

function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const began = performance.now();
  const value = work();
  return { value, ms: performance.now() - began };
}

const content = recording();
const cpuprofile = formats.find(({ id }) => id === "cpuprofile");
const profile = cpuprofile?.read(content, "bench").profiles[0] as Profile;
for (const { id, read, writer } of formats) {
  if (writer === null) continue;
  const written = writer.write(profile);
  const bytes =
    id === "cpuprofile" ? content : typeof written === "string" ? new TextEncoder().encode(written) : written;
  const rounds = Array.from({ length: ROUNDS }, () => timed(() => read(bytes, "bench")).ms);
  report({ bench: "profiles", name: `read_1m_samples_${id}`, value: median(rounds), unit: "ms", better: "lower" });
  report({ bench: "profiles", name: `bytes_1m_samples_${id}`, value: bytes.length / 1e6, unit: "MB", better: "lower" });
}
const rounds = Array.from({ length: ROUNDS }, () => timed(() => hotSpots(profile)).ms);
report({ bench: "profiles", name: "hot_spots_1m_samples", value: median(rounds), unit: "ms", better: "lower" });
