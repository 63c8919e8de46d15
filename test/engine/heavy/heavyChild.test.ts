import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { getPriority, platform } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { patternsOf } from "../../../src/engine/analyse/patterns/patterns.ts";
import { optimizeAllocation } from "../../../src/engine/decide/allocation/optimize.ts";
import { HeavyChild, type HeavyChildOptions } from "../../../src/engine/act/heavyChild.ts";
import { UNTRAINED_POLICIES } from "../../../src/engine/protocol/replay.ts";
import { until } from "../integration/realEngine.ts";
import { optimizeRequest } from "../decide/allocation/world.ts";
import { anyTask, assessTask, patternsRequest, replayRequest, trainTask, waveRequest } from "./requests.ts";

const root = join(import.meta.dirname, "../../..");
const real = {
  script: join(root, "src/engine/heavy.ts"),
  filesFolder: join(root, "node_modules/@bsull/augurs"),
  tensorFlowFolder: join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist"),
  // At the lowest priority, on a machine that does other things besides.
  deadlineMs: 120_000,
};
const weights = { unmet: 10, waiting: 1, agents: 1, changes: 30 };
const never = new AbortController().signal;
const made: HeavyChild[] = [];

function heavy(options: HeavyChildOptions): HeavyChild {
  const child = new HeavyChild(options);
  made.push(child);
  return child;
}

function standIn(behaviour: string, options: Partial<HeavyChildOptions> = {}): HeavyChild {
  return heavy({ script: join(import.meta.dirname, "standIn.mjs"), filesFolder: behaviour, ...options });
}

/** What the stand-in answers instead of a forecast. */
interface Told {
  readonly pid: number;
  readonly env: Record<string, string>;
}

async function ask(child: HeavyChild, signal = never): Promise<Told> {
  return (await child.run("forecast", anyTask, { signal })) as unknown as Told;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Somebody's zombie is no process any more.
    return platform() !== "linux" || !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

const gone = (pid: number): Promise<void> => until(() => !isAlive(pid), `end of process ${pid}`, 10_000);

afterEach(() => {
  for (const child of made.splice(0)) child.dispose();
});

describe("the real child", { timeout: 60_000 }, () => {
  test("tests all models, with progress on the way, and forecasts by what that has shown without a new start", async () => {
    const child = heavy(real);
    expect(child.pid).toBeNull();
    const told: number[] = [];
    const call = { signal: never, onProgress: (done: number) => void told.push(done) };
    const { answer, calibration, fits } = await child.run("assess", assessTask, call);
    // Nothing can be better than the season before of a wave without noise.
    expect(answer).toMatchObject({ ready: false, model: "snaive", historySteps: 240, seasonSteps: 24 });
    expect(answer.points[5]?.mean).toBeCloseTo(5 + 2 * Math.sin((2 * Math.PI * 245) / 24), 6);
    expect(told.length).toBeGreaterThan(2);
    const { pid } = child;
    const task = { series: waveRequest, calibration: calibration as string, fits };
    expect(await child.run("forecast", task, { signal: never })).toEqual(answer);
    expect(child.pid).toBe(pid);
  });

  test("refuses what another version has kept by its code, which comes through", async () => {
    const refused = heavy(real).run("forecast", anyTask, { signal: never });
    await expect(refused).rejects.toMatchObject({ code: "model.version", args: { model: "calibration" } });
  });

  test(
    "trains a network, and goes on without the native library where that cannot be used",
    { timeout: 120_000 },
    async () => {
      const told: number[] = [];
      const child = heavy({ ...real, nativeFolder: join(root, "nowhere"), maxHeapMegabytes: 512 });
      const fits = await child.run("train", trainTask, { signal: never, onProgress: (done) => void told.push(done) });
      expect(fits.map(({ model, seenToMs, horizonSteps }) => [model, seenToMs, horizonSteps])).toEqual([
        ["lstm", waveRequest.endMs, 1],
      ]);
      expect(JSON.parse(fits[0]?.json ?? "")).toMatchObject({ model: "lstm", backend: "wasm" });
      expect(told.length).toBeGreaterThan(0);
    },
  );

  test("answers with patterns, with progress on the way, as they are made here", async () => {
    const told: number[] = [];
    const answer = await heavy(real).run("patterns", patternsRequest, {
      signal: never,
      onProgress: (done) => told.push(done),
    });
    expect(answer).toEqual(patternsOf(patternsRequest));
    expect(told).toEqual([0]);
  });

  test("trains a network with the forecasts of its time, tells how far it is, and is gone when it is cancelled", async () => {
    const replay = { ...replayRequest, load: waveRequest.values, warmUpRatio: 0.7 };
    const request = { replay, pressure: null, weights, episodes: 3, kept: null };
    const child = heavy(real);
    const told: number[] = [];
    const onProgress = (ratio: number) => void told.push(ratio);
    const { policy, evaluation, basis } = await child.run("trainPolicy", request, { signal: never, onProgress });
    expect(JSON.parse(policy)).toMatchObject({ model: "dqn", version: 1, sizes: [10, 64, 64, 5] });
    expect(evaluation.policies.map(({ name }) => name)).toEqual([...UNTRAINED_POLICIES, "dqn"]);
    expect(basis.forecasts.made).toBeGreaterThan(0);
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect(told.at(-1)).toBe(1);

    const abort = new AbortController();
    const cancelled = child.run(
      "trainPolicy",
      { ...request, episodes: 20_000 },
      { signal: abort.signal, onProgress: () => abort.abort() },
    );
    expect(child.busy).toBe(true);
    const pid = child.pid ?? 0;
    await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
    await gone(pid);
    expect(child.busy).toBe(false);
  });

  test("optimises an allocation as it is done here, tells how far it is, and is gone when it is cancelled", async () => {
    const child = heavy(real);
    const told: number[] = [];
    const onProgress = (ratio: number) => void told.push(ratio);
    const answer = await child.run("optimize", optimizeRequest(), { signal: never, onProgress });
    expect(answer).toEqual(optimizeAllocation(optimizeRequest(), { tell: () => undefined }));
    expect(told.toSorted((a, b) => a - b)).toEqual(told);
    expect(told.at(-1)).toBe(1);

    const refused = child.run("optimize", optimizeRequest({ weights: {} }), { signal: never });
    await expect(refused).rejects.toMatchObject({ code: "optimize.weightsZero" });

    const abort = new AbortController();
    const cancelled = child.run("optimize", optimizeRequest({ generations: 1_000_000 }), {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    const pid = child.pid ?? 0;
    await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
    await gone(pid);
  });

  test("replays a load against policies, with the forecasts that there would have been", async () => {
    const { policies, basis, series } = await heavy(real).run("replay", replayRequest, { signal: never });
    expect(policies.map(({ name }) => name)).toEqual(replayRequest.policies);
    expect(basis.steps).toBe(64);
    expect(basis.forecasts.made).toBeGreaterThan(0);
    expect(series.load).toHaveLength(64);
  });

  test.runIf(platform() === "linux")("stands back: nice 19, first in line when memory runs out", async () => {
    const child = heavy(real);
    await child.run("patterns", patternsRequest, { signal: never });
    const pid = child.pid as number;
    expect(getPriority(pid)).toBe(19);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "latin1").trim()).toBe("800");
  });

  test("says why when its files are missing", async () => {
    const child = heavy({ ...real, filesFolder: join(root, "nowhere") });
    await expect(child.run("forecast", anyTask, { signal: never })).rejects.toMatchObject({ code: "internal" });
  });
});

describe("a child that fails", () => {
  test("killed in the middle: the request is told so, and the next one has a new child", async () => {
    const child = standIn("hang");
    const request = ask(child);
    const killed = child.pid as number;
    process.kill(killed, "SIGKILL");
    await expect(request).rejects.toMatchObject({ code: "heavy.died", args: { signal: "SIGKILL", exitCode: null } });
    expect(child.pid).toBeNull();
    void ask(child).catch(() => undefined);
    expect(child.pid).not.toBeNull();
    expect(child.pid).not.toBe(killed);
  });

  test("its exit code and last words are told, fit to be printed", async () => {
    await expect(ask(standIn("exit"))).rejects.toMatchObject({
      code: "heavy.died",
      args: { exitCode: 7, signal: null, stderr: "no memory left" },
    });
  });

  test("a program that cannot be started is told like one that died", async () => {
    const child = standIn("answer", { nodePath: "/nowhere/node" });
    await expect(ask(child)).rejects.toMatchObject({ code: "heavy.died" });
    await expect(ask(child)).rejects.toMatchObject({ code: "heavy.died" });
  });

  test("one that hangs is killed at the deadline; what waited behind it runs out in its turn", async () => {
    const child = standIn("hang", { deadlineMs: 300 });
    const first = ask(child);
    const second = ask(child);
    const hung = child.pid as number;
    await expect(first).rejects.toMatchObject({ code: "heavy.deadline", args: { afterMs: 300 } });
    await expect(second).rejects.toMatchObject({ code: "heavy.deadline" });
    await gone(hung);
  });

  test("a refusal comes through as what it is and costs no child", async () => {
    const child = standIn("refuse");
    await expect(ask(child)).rejects.toMatchObject({ code: "forecast.empty" });
    const { pid } = child;
    await expect(ask(child)).rejects.toMatchObject({ code: "forecast.empty" });
    expect(child.pid).toBe(pid);
  });
});

describe("its life", () => {
  test("requests wait for each other and share one child; stray and repeated answers are nobody's", async () => {
    const child = standIn("answer");
    const answers = await Promise.all([ask(child), ask(child), ask(child)]);
    expect(new Set(answers.map(({ pid }) => pid))).toEqual(new Set([child.pid]));
  });

  test("progress reaches the one who asked, and settles nothing", async () => {
    const told: number[] = [];
    const onProgress = (doneRatio: number): void => void told.push(doneRatio);
    await standIn("answer").run("forecast", anyTask, { signal: never, onProgress });
    expect(told).toEqual([0.5]);
  });

  test("nothing of our environment reaches it", async () => {
    process.env["CANARY_TOKEN"] = "secret";
    try {
      const { env } = await ask(standIn("answer"));
      expect(
        Object.keys(env).filter((name) => !/^NODE_CHANNEL_|^SystemRoot$|^ELECTRON_RUN_AS_NODE$/.test(name)),
      ).toEqual([]);
    } finally {
      delete process.env["CANARY_TOKEN"];
    }
  });

  test("an aborted request ends the child, one that waits leaves it alone", async () => {
    const child = standIn("hang");
    const running = new AbortController();
    const waiting = new AbortController();
    const first = ask(child, running.signal);
    const second = ask(child, waiting.signal);
    const pid = child.pid as number;
    waiting.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    expect(child.pid).toBe(pid);
    running.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    await gone(pid);
    await expect(ask(child, running.signal)).rejects.toMatchObject({ code: "aborted" });
    expect(child.pid).toBeNull();
  });

  test("gone when idle, and back for the next request", async () => {
    const child = standIn("answer", { idleMs: 1 });
    const { pid } = await ask(child);
    await gone(pid);
    expect(child.pid).toBeNull();
    expect((await ask(child)).pid).not.toBe(pid);
  });

  test("a child that says it is its last answer is not asked again", async () => {
    const child = standIn("last");
    const [first, second] = await Promise.all([ask(child), ask(child)]);
    expect(second.pid).not.toBe(first.pid);
    await gone(first.pid);
  });

  test("disposed: what runs and waits is rejected, nothing is left, nothing starts again", async () => {
    const child = standIn("hang");
    const requests = [ask(child), ask(child)];
    const pid = child.pid as number;
    child.dispose();
    for (const request of requests) await expect(request).rejects.toMatchObject({ code: "aborted" });
    await gone(pid);
    await expect(ask(child)).rejects.toMatchObject({ code: "aborted" });
    expect(child.pid).toBeNull();
  });

  test("a parent that is killed takes a child with it that calculates for ever", async () => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, "hangingParent.ts")], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const pid = Number(line);
    try {
      expect(pid).toBeGreaterThan(1);
      // Its own CPU time tells that it is in the endless loop.
      if (existsSync(`/proc/${pid}/stat`)) await until(() => cpuTicks(pid) > 20, "a busy child", 15_000);
      parent.kill("SIGKILL");
      await gone(pid);
    } finally {
      parent.kill("SIGKILL");
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  });

  test.each([{ deadlineMs: 0 }, { idleMs: Number.NaN }, { maxHeapMegabytes: -1 }])("%o is refused", (options) => {
    expect(() => standIn("answer", options)).toThrow(RangeError);
  });
});

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
