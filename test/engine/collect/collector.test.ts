import { symlinkSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { createCollector } from "../../../src/engine/collect/collector.ts";
import { LinuxCollector } from "../../../src/engine/collect/linuxCollector.ts";
import { SystemInformationCollector } from "../../../src/engine/collect/systemInformationCollector.ts";
import { ManualClock, systemClock } from "../../../src/engine/common/clock.ts";
import { PlantedProc, statText } from "./plantedProc.ts";

const noFacts = { load: () => Promise.reject(new Error("not asked for here")) };
const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

describe("the collector", () => {
  test("is chosen by the system", () => {
    const made = (platform: NodeJS.Platform) => {
      const collector = createCollector({ clock: new ManualClock(), platform, facts: noFacts });
      open.push(collector);
      return collector;
    };
    expect(made("linux")).toBeInstanceOf(LinuxCollector);
    expect(made("darwin")).toBeInstanceOf(SystemInformationCollector);
    expect(made("win32")).toBeInstanceOf(SystemInformationCollector);
  });

  test("replays a recorded table with the times of the given clock", () => {
    const proc = new PlantedProc()
      .process(7, statText({ pid: 7 }), "claude\0")
      .write("stat", "cpu 1 1 1 1\nbtime 1000\n")
      .write("sys/kernel/random/boot_id", "the-boot\n");
    proc.folder("self/ns");
    symlinkSync("pid:[4026531836]", `${proc.root}/self/ns/pid`);
    const clock = new ManualClock(500, 2_000_000);
    const collector = createCollector({
      clock,
      platform: "linux",
      procRoot: proc.root,
      sysRoot: `${proc.root}/sys`,
      facts: noFacts,
    });
    open.push(collector, proc);
    expect(collector.read()).toMatchObject({
      sequence: 1,
      wallMs: 2_000_000,
      monotonicMs: 500,
      intervalMs: null,
      machine: { bootId: "the-boot", pidNamespace: "4026531836" },
      unreadableProcesses: 0,
    });
    clock.advance(1_250);
    clock.jumpWall(-3_600_000);
    const second = collector.read();
    expect(second).toMatchObject({ sequence: 2, intervalMs: 1_250 });
    expect(second.processes.get(7)).toMatchObject({ args: ["claude"], startedAtMs: 1_001_000, cpuCores: 0 });
  });

  test.runIf(process.platform === "linux")(
    "finds this very process on the real machine, and tells what that cost",
    () => {
      const collector = createCollector({ clock: systemClock, facts: noFacts });
      open.push(collector);
      const { processes, tickCpuMs, host } = collector.read();
      const self = processes.get(process.pid);
      expect(self).toMatchObject({ parentPid: process.ppid });
      expect(Math.abs((self?.startedAtMs ?? 0) - performance.timeOrigin)).toBeLessThan(10_000);
      expect(tickCpuMs).toBeGreaterThan(0);
      expect(host.memoryUsedBytes).toBeGreaterThan(0);
    },
  );

  test("survives a folder that is no proc file system", () => {
    const collector = createCollector({
      clock: new ManualClock(),
      platform: "linux",
      procRoot: "/nonexistent",
      sysRoot: "/nonexistent",
      facts: noFacts,
    });
    open.push(collector);
    expect(collector.read()).toMatchObject({
      processes: new Map(),
      machine: { bootId: "", pidNamespace: "" },
      host: { cpuBusyRatio: null, pressure: null },
    });
  });
});
