import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { runSession } from "../../src/profiler/session.ts";
import { catchesSigusr1, identify } from "../../src/profiler/sources/procTarget.ts";
import { CONTROLS, LEAK } from "./memoryWorkers.ts";
import { report } from "./report.ts";

/** Whether a known leak is named, and whether what is none is left alone: real processes, profiled by the real session. */

/** From the first byte that leaks it is named within 60 s. */
const LEAK_MS = 50_000;
const CONTROL_MS = 60_000;
/** At once: each takes a few percent of a core. */
const TOGETHER = 5;

export async function leakBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sw-leak-"));
  try {
    const began = performance.now();
    const leak = await profiled(folder, "leak", LEAK, LEAK_MS);
    const tookMs = performance.now() - began;
    const [site] = leak.memory?.leaks ?? [];
    const isNamed =
      site?.name === "plantedLeak" &&
      leak.recommendations.some(({ suggestion }) => suggestion.code === "profileAdvice.leakSite");
    process.stderr.write(`${told("leak", leak)}\n`);
    report({ ...BENCH, name: "leak_named", value: isNamed ? 1 : 0, unit: "of 1", target: 1, better: "higher" });
    report({ ...BENCH, name: "leak_named_within", value: tookMs / 1000, unit: "s", target: 60, better: "lower" });
    report({
      ...{ ...BENCH, name: "leak_rate_error", unit: "ratio", better: "lower" },
      value: Math.abs((site?.bytesPerSecond ?? 0) / 1e6 - 1),
    });
    const pause = leak.memory?.collections;
    report({
      ...{ ...BENCH, name: "heap_looks_still", unit: "ratio", target: 0.02, better: "lower" },
      value: (pause?.totalMs ?? 0) / leak.durationMs,
    });
    let wrong = 0;
    let judged = 0;
    for (let from = 0; from < CONTROLS.length; from += TOGETHER)
      await Promise.all(
        CONTROLS.slice(from, from + TOGETHER).map(async ({ name, script }) => {
          const control = await profiled(folder, name.replaceAll(/\W+/g, "-"), script, CONTROL_MS);
          process.stderr.write(`${told(name, control)}\n`);
          if (reportsLeak(control)) wrong++;
          // On a machine that is too busy there are too few looks, and then nothing is told.
          if (control.memory?.leaksReason === null) judged++;
        }),
      );
    report({
      ...BENCH,
      name: `leaks_in_${CONTROLS.length}_controls`,
      value: wrong,
      unit: "leaks",
      target: 0,
      better: "lower",
    });
    report({ ...BENCH, name: "controls_judged", value: judged, unit: "of 20", target: 20, better: "higher" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BENCH = { bench: "profiler" } as const;

/** In any of the places where a reader would see one. */
export function reportsLeak({ memory, recommendations }: ProfileReport): boolean {
  return (
    memory === null ||
    memory.leaks.length > 0 ||
    memory.growth.some(({ pattern }) => pattern === "leak") ||
    recommendations.some(({ suggestion }) => suggestion.code.startsWith("profileAdvice.leak"))
  );
}

function told(name: string, { memory, missing }: ProfileReport): string {
  const growth = memory?.growth.map(
    ({ series, pattern, bytesPerSecond }) => `${series} ${pattern} ${((bytesPerSecond ?? 0) / 1e6).toFixed(2)}`,
  );
  const leaks = memory?.leaks.map((leak) => `${leak.name} ${(leak.bytesPerSecond / 1e6).toFixed(2)}`);
  const reason = memory === null ? missing.map((one) => one.reason.code).join() : (memory.leaksReason?.code ?? "");
  const { count = 0, totalMs = 0, mostMs = 0 } = memory?.collections ?? {};
  const allocated = ((memory?.allocation?.allocatedBytesPerSecond ?? 0) / 1e6).toFixed(1);
  return `${name}: ${growth?.join(", ")} · leaks: ${leaks?.join(", ")} ${reason} · ${allocated} MB/s · ${count} looks, ${totalMs.toFixed(0)} ms, most ${mostMs.toFixed(0)} ms`;
}

async function profiled(folder: string, name: string, script: string, durationMs: number): Promise<ProfileReport> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, script);
  const child: ChildProcess = spawn(process.execPath, ["--inspect-port=0", file], { stdio: "ignore" });
  try {
    const pid = child.pid as number;
    while (!catchesSigusr1(pid)) await sleep(10);
    // Started up and warm: what a program does in its first seconds is another matter.
    await sleep(1_000);
    return await runSession(
      {
        ...{ target: identify(pid), command: name, durationMs, components: ["memory"] },
        ...{ consent: true, heapSnapshot: false },
      },
      {
        save: async (kind, pieces) => {
          let bytes = 0;
          for await (const piece of pieces) bytes += piece.length;
          return { kind, path: name, bytes };
        },
        wallMs: () => Date.now(),
        monotonicMs: () => performance.now(),
      },
      new AbortController().signal,
    );
  } finally {
    child.kill("SIGKILL");
  }
}
