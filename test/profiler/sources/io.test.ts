import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { ProfileComponent, ProfileReport } from "../../../src/engine/protocol/profiling.ts";
import { runSession } from "../../../src/profiler/session.ts";
import { Inspector } from "../../../src/profiler/sources/inspector.ts";
import { LatencyProbe } from "../../../src/profiler/sources/latencyProbe.ts";
import { ProcDescriptors } from "../../../src/profiler/sources/procDescriptors.ts";
import { lookAtSockets } from "../../../src/profiler/sources/procSockets.ts";
import { identify } from "../../../src/profiler/sources/procTarget.ts";
import { addReasons, reasonText } from "../../../src/text/reasons.ts";
import { profileReasons } from "../../../src/text/reasons/profile.ts";
import { endAll, isUntouched, startNode } from "../realProcess.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "sw-io-"));
const world = {
  save: () => Promise.resolve(null),
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

function profile(
  pid: number,
  components: ProfileComponent[],
  consent = true,
  durationMs = 2_500,
): Promise<ProfileReport> {
  const asked = { target: identify(pid), command: "planted", durationMs, components, consent, heapSnapshot: false };
  return runSession(asked, world, never);
}

const evaluated = async (pid: number, expression: string): Promise<unknown> => {
  const inspector = await Inspector.attach(identify(pid), { signal: never });
  try {
    return await inspector.evaluate(expression, never);
  } finally {
    await inspector.detach();
  }
};

describe.runIf(process.platform === "linux")("reading and writing of a real process", () => {
  afterEach(endAll);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a loop that waits for the disk is found by its name, its file and its call", async () => {
    const target = await startNode("diskLoop");
    const { cpu, io, recommendations, missing } = await profile(target.pid, ["cpu", "io"]);
    expect(missing).toEqual([]);
    expect(cpu?.blockingCallers?.[0]).toMatchObject({ name: "plantedDiskLoop", line: 5 });
    expect(cpu?.blockingCallers?.[0]?.operations).toContain("fsyncSync");
    expect(cpu?.hotspots.map(({ file }) => file)).not.toContain("swarm-allocator:latency");
    const [file] = io?.files ?? [];
    expect(file).toMatchObject({ path: expect.stringMatching(/\.out$/), access: "write" });
    // Looks are not exactly where the counters are read, and the loop does not write evenly.
    expect(file?.bytesPerSecond).toBeGreaterThan(0.25 * (io?.writeCallBytesPerSecond ?? Number.NaN));
    const sync = io?.latency?.find(({ kind }) => kind === "fileSync");
    expect(sync?.parts[0]).toMatchObject({ name: "fsyncSync" });
    expect(sync?.callers[0]).toMatchObject({ name: "plantedDiskLoop" });
    expect(sync?.slowest[0]?.what).toMatch(new RegExp(`^(?:fsync|write)Sync ${file?.path}$`));
    const found = recommendations.find(({ suggestion }) => suggestion.code === "profileAdvice.blocks");
    expect(found).toMatchObject({ type: "io", target: expect.stringMatching(/^plantedDiskLoop .*:5$/) });
    addReasons([profileReasons]);
    expect(reasonText(found?.suggestion ?? expect.fail())).toMatch(/'plantedDiskLoop' waits in (?:fsync|write)Sync/);
    // The call of the system is nobody's hot function.
    expect(recommendations.filter(({ type }) => type === "cpu")).toEqual([]);
    expect(isUntouched(target)).toBe(true);
    expect(
      await evaluated(target.pid, `process.getBuiltinModule("node:fs").fsyncSync.toString().includes("swarmTimed")`),
    ).toBe(false);
  });

  test("the same in calls that do not block is found by what was timed, since no thread of JavaScript waits", async () => {
    const target = await startNode("asyncDiskLoop");
    const { cpu, io, recommendations } = await profile(target.pid, ["cpu", "io"]);
    expect(cpu?.blockingCallers).toEqual([]);
    const waits = io?.latency?.find(({ kind }) => kind === "fileAsync");
    expect(waits?.callers[0]).toMatchObject({ name: "plantedAsyncLoop", line: 5 });
    expect(waits?.slowest[0]?.what).toMatch(/^(?:sync|write) .*\.out$/);
    expect(io?.files[0]?.path).toMatch(/\.out$/);
    expect(recommendations).toContainEqual(
      expect.objectContaining({
        target: expect.stringMatching(/^plantedAsyncLoop .*:5$/),
        suggestion: expect.objectContaining({ code: "profileAdvice.fileWaits" }),
      }),
    );
    expect(isUntouched(target)).toBe(true);
  });

  test("of one that is not Node the file is named, from outside", async () => {
    const out = join(folder, "planted.bin");
    const script = `exec 5>'${out}'; while :; do printf '%s' planted-planted-planted >&5; done`;
    const child = spawn("sh", ["-c", script], { stdio: "ignore" });
    try {
      await once(child, "spawn");
      const pid = child.pid ?? expect.fail("it did not start");
      const { io, inspected } = await profile(pid, ["io"], true, 1_500);
      expect(inspected).toBe(false);
      expect(io?.files).toMatchObject([{ path: out, access: "write" }]);
      expect(io?.files[0]?.bytesPerSecond).toBeGreaterThan(1_000);
      expect(io).toMatchObject({
        latency: null,
        latencyReason: { code: "inspector.notNode" },
      });
      // What started it may have left it more.
      expect(io?.descriptors?.files).toBeGreaterThan(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("names, connections and HTTP are timed, no secret is told, and what is not read is seen", async () => {
    const target = await startNode("http");
    const report = await profile(target.pid, ["io"]);
    const { io } = report;
    expect(JSON.stringify(report)).not.toContain("planted-");
    const kinds = new Map((io?.latency ?? []).map((one) => [one.kind, one]));
    for (const kind of ["dns", "connect", "httpClient", "httpServer", "fetch"] as const)
      expect(kinds.get(kind)?.count, kind).toBeGreaterThan(0);
    expect(kinds.get("httpClient")?.p50Ms).toBeGreaterThan(35);
    expect(kinds.get("httpServer")?.parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["GET /slow", "GET /quick"]),
    );
    expect(io?.sockets?.states.find(({ state }) => state === "listen")?.count).toBe(2);
    expect(io?.sockets?.receiveQueueBytes).toBeGreaterThan(20_000);
    expect(
      io?.sockets?.remotes.some(({ direction, receiveQueueBytes }) => direction === "in" && receiveQueueBytes > 20_000),
    ).toBe(true);
    expect(io?.retransmits?.sentSegments).toBeGreaterThan(0);
    const lo = io?.links.find(({ name }) => name === "lo");
    expect(lo?.receivePackets).toBeGreaterThan(10);
    // It listens itself, so that only the inspector's word says that nothing of it is left.
    expect(report.leftOpen).toBeNull();
  });

  test("without consent no inspector is opened, and why nothing is timed is said", async () => {
    const target = await startNode("diskLoop");
    const { io, inspected } = await profile(target.pid, ["io"], false, 1_200);
    expect(inspected).toBe(false);
    expect(io).toMatchObject({ latency: null, latencyReason: { code: "profile.consent" } });
    expect(io?.files[0]?.bytesPerSecond).toBeGreaterThan(0);
    expect(isUntouched(target)).toBe(true);
  });

  test("of one that ends while it is looked at, what was seen until then is told", async () => {
    const target = await startNode("diskLoop");
    const running = profile(target.pid, ["io"], true, 60_000);
    await new Promise<void>((resolve) => setTimeout(resolve, 1_700));
    target.child.kill("SIGKILL");
    const { io, ended } = await running;
    expect(ended).toBe(true);
    expect(io?.files[0]?.bytesPerSecond).toBeGreaterThan(0);
    expect(io).toMatchObject({
      latency: null,
      latencyReason: { code: expect.stringMatching(/^(?:profile|inspector)\./) },
    });
  });

  test("a probe that is given up leaves nothing there", async () => {
    const target = await startNode("idle");
    const inspector = await Inspector.attach(identify(target.pid), { signal: never });
    const timed = `process.getBuiltinModule("node:fs").statSync.toString().includes("swarmTimed")`;
    const probe = await LatencyProbe.start(inspector, 60_000, never);
    expect(await inspector.evaluate(timed, never)).toBe(true);
    await probe.abandon();
    expect(await inspector.evaluate(timed, never)).toBe(false);
    await expect(probe.finish()).rejects.toMatchObject({ code: "inspector.garbled" });
    await inspector.detach();
  });

  test("a process that is gone is told as nothing, not as zero", () => {
    const gone = 2 ** 22 + 11;
    expect(new ProcDescriptors(gone).look()).toBeNull();
    expect(lookAtSockets(gone, new Set(["1"]))).toBeNull();
    expect(lookAtSockets(process.pid, new Set())).toMatchObject({ sockets: [], cut: false });
  });
});
