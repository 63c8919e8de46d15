import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { spawnSync } from "node:child_process";
import { plantedDiskLoop, plantedHotLoop } from "../../../../src/engine/providers/demo/planted.ts";

const MODULE = new URL("../../../../src/engine/providers/demo/planted.ts", import.meta.url).href;

/** What a process of its own prints that has imported them. */
function run(script: string, ...flags: string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "--eval", `import * as planted from ${JSON.stringify(MODULE)};\n${script}`],
    { encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
  return stdout;
}

test("the hot loop takes the processor for as long as it is told, and is no smaller than what V8 inlines", () => {
  const before = process.cpuUsage();
  plantedHotLoop(50);
  const { user } = process.cpuUsage(before);
  expect(user).toBeGreaterThan(10_000);
  const limit = Number(
    /--max-inlined-bytecode-size \(.*\n\s+type: int\s+default: --max-inlined-bytecode-size=(\d+)/.exec(
      run("", "--v8-options"),
    )?.[1],
  );
  const size = Number(
    /Bytecode length: (\d+)/.exec(
      run("planted.plantedHotLoop(1);", "--print-bytecode", "--print-bytecode-filter=plantedHotLoop"),
    )?.[1],
  );
  expect(limit).toBeGreaterThan(0);
  expect(size).toBeGreaterThan(limit);
});

test("the leak keeps what it is told to, whatever is collected", () => {
  const kept = run(
    `gc(); const before = process.memoryUsage().heapUsed;
     planted.plantedLeak(8 << 20);
     gc(); console.log(process.memoryUsage().heapUsed - before);`,
    "--expose-gc",
  );
  expect(Number(kept)).toBeGreaterThan(0.75 * (8 << 20));
  expect(Number(kept)).toBeLessThan(1.5 * (8 << 20));
});

test("the disk loop leaves no file behind", () => {
  const own = () => readdirSync(tmpdir()).filter((name) => name.startsWith("swarm-demo-"));
  const before = own();
  plantedDiskLoop(20);
  expect(own()).toEqual(before);
});
