import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createCollector } from "../../../src/engine/collect/collector.ts";
import { SystemFacts } from "../../../src/engine/collect/systemFacts.ts";
import {
  type ListedProcess,
  type SampleSource,
  SystemInformationCollector,
} from "../../../src/engine/collect/systemInformationCollector.ts";
import { ManualClock, systemClock } from "../../../src/engine/common/clock.ts";

const noFacts = { load: () => Promise.reject(new Error("not asked for here")) };

function listed(pid: number, more: Partial<ListedProcess> = {}): ListedProcess {
  return {
    pid,
    parentPid: 1,
    name: "x",
    cpu: 50,
    memRss: 2,
    started: "2026-01-20 10:00:00",
    state: "sleeping",
    command: "claude",
    params: "-p 'a b'",
    path: "/opt",
    ...more,
  };
}

function fake(list: () => readonly ListedProcess[], more: Partial<SampleSource> = {}) {
  const clock = new ManualClock();
  const source: SampleSource = {
    processes: async () => ({ list: list() }),
    currentLoad: async () => ({ currentLoad: 25, cpus: [{ load: 20 }, { load: 30 }] }),
    mem: async () => ({ total: 100, available: 40, swaptotal: 10, swapused: 1 }),
    fsStats: async () => ({ rx_sec: 5, wx_sec: null }),
    networkStats: async () => [
      { iface: "en0", rx_sec: 7, tx_sec: 8 },
      { iface: "lo0", rx_sec: 99, tx_sec: 99 },
    ],
    ...more,
  };
  const collector = new SystemInformationCollector({
    clock,
    facts: new SystemFacts(noFacts),
    load: async () => source,
    platform: "darwin",
  });
  /** Begins the next sampling and waits for it. */
  const next = async () => {
    clock.advance(1_000);
    const before = collector.read().sequence;
    for (let turn = 0; turn < 50 && collector.read().sequence === before; turn++) await pause(0);
    return collector.read();
  };
  return { clock, collector, next };
}

describe("the collector of macOS and Windows", () => {
  test("says by sequence 0 that nothing is known yet, then returns the latest finished sample", async () => {
    const { collector } = fake(() => [listed(7)]);
    expect(collector.read()).toMatchObject({ sequence: 0, processes: new Map() });
    await collector.ready;
    const snapshot = collector.read();
    expect(snapshot).toMatchObject({
      sequence: 1,
      intervalMs: null,
      host: {
        cpuBusyRatio: null,
        memoryUsedBytes: 60,
        diskReadBytesPerSecond: 5,
        diskWriteBytesPerSecond: null,
        networkReceiveBytesPerSecond: 7,
      },
    });
    expect(snapshot.processes.get(7)).toMatchObject({
      args: ["/opt/claude", "-p", "a b"],
      rssBytes: 2048,
      cpuCores: null,
      cpuSeconds: null,
      threads: null,
      readBytes: null,
    });
    expect(collector.read()).toBe(snapshot);
  });

  test("gives rates from the second sample on", async () => {
    const { collector, next } = fake(() => [listed(7)]);
    await collector.ready;
    const snapshot = await next();
    expect(snapshot).toMatchObject({
      sequence: 2,
      intervalMs: 1_000,
      host: { cpuBusyRatio: 0.25, perCoreBusyRatio: [0.2, 0.3] },
    });
    expect(snapshot.processes.get(7)?.cpuCores).toBe(0.5);
  });

  test("a start time that wavers by a second is the same process; one minutes later is another", async () => {
    let started = "2026-01-20 10:00:00";
    const { collector, next } = fake(() => [listed(7, { started })]);
    await collector.ready;
    const first = collector.read().processes.get(7);
    started = "2026-01-20 10:00:01";
    const second = (await next()).processes.get(7);
    expect(second?.startTime).toBe(first?.startTime);
    expect(second?.args).toBe(first?.args);
    started = "2026-01-20 10:05:00";
    const third = (await next()).processes.get(7);
    expect(third?.startTime).not.toBe(first?.startTime);
    expect(third?.cpuCores).toBeNull();
  });

  test("an empty or failed listing leaves the last sample standing: nobody is declared gone", async () => {
    let broken = false;
    const { clock, collector } = fake(() => (broken ? [] : [listed(7)]));
    await collector.ready;
    broken = true;
    clock.advance(1_000);
    collector.read();
    for (let turn = 0; turn < 50 && collector.failures === 0; turn++) await pause(0);
    expect(collector.failures).toBe(1);
    expect(collector.read()).toMatchObject({ sequence: 1 });
    expect(collector.read().processes.size).toBe(1);
  });

  test("never runs two samplings at once, nor more than one a second", async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const { clock, collector } = fake(() => [listed(7)], {
      processes: async () => {
        calls++;
        most = Math.max(most, ++running);
        await pause(0);
        running--;
        return { list: [listed(7)] };
      },
    });
    for (let turn = 0; turn < 30; turn++) {
      clock.advance(100);
      collector.read();
      await pause(0);
    }
    expect(most).toBe(1);
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThanOrEqual(4);
  });

  test("really samples this machine", async () => {
    const collector = createCollector({ clock: systemClock, platform: "darwin", facts: noFacts });
    await collector.ready;
    const { processes, host } = collector.read();
    collector.dispose();
    expect(processes.get(process.pid)?.rssBytes).toBeGreaterThan(10e6);
    expect(host.memoryTotalBytes).toBeGreaterThan(1e8);
  });
});
