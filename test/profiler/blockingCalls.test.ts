import { describe, expect, test } from "vitest";
import { blockingCallers } from "../../src/profiler/blockingCalls.ts";
import type { Frame } from "../../src/profiler/profile.ts";
import { profileOf } from "./support.ts";

const own = (name: string): Frame => ({ name, file: `file:///app/${name}.js`, line: 3, column: 1 });
const node = (name: string, file = "node:fs"): Frame => ({ name, file, line: 900, column: 1 });
const native = (name: string): Frame => ({ name, file: null, line: null, column: null });

describe("functions that wait in calls that block", () => {
  test("are the nearest callers outside Node's own code, by their share", () => {
    const profile = profileOf([
      [[own("main"), own("flush"), node("fsyncSync"), native("fsync")], 60],
      [[own("main"), own("flush"), node("writeSync"), native("writeBuffer")], 10],
      [[own("main"), own("flush")], 10],
      [[own("main"), node("execSync", "node:child_process"), node("spawnSync", "node:internal/child_process")], 20],
    ]);
    expect(blockingCallers(profile, 5)).toEqual([
      { ...own("flush"), ratio: 0.7, operations: ["fsyncSync", "writeSync"] },
      { ...own("main"), ratio: 0.2, operations: ["execSync"] },
    ]);
    expect(blockingCallers(profile, 1)).toHaveLength(1);
  });

  test("are found through our own frames and Node's other ones, and named after the outermost call", () => {
    const ours = "swarm-allocator:latency";
    const profile = profileOf([
      [[own("load"), node("require", "node:internal/modules/cjs/loader"), node("readFileSync"), node("openSync")], 1],
      [[own("save"), node("swarmTimed", ours), node("writeFileSync"), node("writeSync"), native("writeString")], 3],
    ]);
    expect(blockingCallers(profile, 5, [ours])).toEqual([
      { ...own("save"), ratio: 0.75, operations: ["writeFileSync"] },
      { ...own("load"), ratio: 0.25, operations: ["readFileSync"] },
    ]);
  });

  test("are none of those whose calls do not block, of the collector, or of Node alone", () => {
    const profile = profileOf([
      [[own("main"), node("write")], 1],
      [[own("main"), node("writeSync"), native("(garbage collector)")], 1],
      [[node("writeSync")], 1],
      [[own("fsyncSync")], 1],
      [[own("main"), node("plantedSync", "node:internal/util")], 1],
    ]);
    expect(blockingCallers(profile, 5)).toEqual([]);
    expect(blockingCallers(profileOf([]), 5)).toEqual([]);
    expect(() => blockingCallers(profile, 0)).toThrow(RangeError);
  });

  test("count one more call when that call makes another program's function run below it", () => {
    // A setter or `toString` of the program that Node calls in between is the caller of what is below it.
    const profile = profileOf([[[own("main"), node("writeFileSync"), own("toText"), node("readSync")], 1]]);
    expect(blockingCallers(profile, 5)).toEqual([{ ...own("toText"), ratio: 1, operations: ["readSync"] }]);
  });
});
