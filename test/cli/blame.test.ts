import { describe, expect, test } from "vitest";
import type { BlameReport } from "../../src/engine/protocol/blame.ts";
import { blameOutput, exitCode } from "../../src/engine/protocol/cli.ts";
import { readProfiles } from "../../src/profiler/formats/all.ts";
import { nodeWeights } from "../../src/profiler/profile.ts";
import { blameSample, emptyBlame } from "./blameSample.ts";
import { runFake } from "./fakeWorld.ts";

const verb = "blame";
const answering = (report: BlameReport) => ({ "blame/get": () => report });
const answers = answering(blameSample());

describe("blame", () => {
  test("is of the last hour of all swarms unless something else is named, and prints its contract", async () => {
    const run = await runFake([verb, "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    const { fromMs, toMs, ...rest } = (run.calls[0]?.params ?? {}) as Record<string, number>;
    expect([Number(toMs) - Number(fromMs), rest]).toEqual([3_600_000, { by: "cpu" }]);
    expect(blameOutput.parse(run.json())).toEqual(run.json());
    const other = await runFake([verb, "--demo", "--by", "io", "--from", "7d", "--to", "1d"], { answers });
    const asked = other.calls[0]?.params as Record<string, number>;
    expect(asked).toMatchObject({ swarmId: "demo", by: "io" });
    expect(Number(asked["toMs"]) - Number(asked["fromMs"])).toBe(6 * 86_400_000);
  });

  test("is a tree with shares for people; what is small is counted, what is missing said", async () => {
    const { stdout } = await runFake([verb], { answers });
    const rows = stdout.split("\n").map((line) => line.trim().replace(/^(\d+%) +(\d+ s)/, "$1 $2"));
    expect(rows.slice(0, 9)).toEqual([
      expect.stringMatching(/^all swarms, .* 996 s by 8 processes$/),
      "CPU seconds",
      "SHARE    CPU  SOURCE   WHO",
      "93% 927 s           Claude Code · api",
      "86% 852 s             claude 4121",
      "42% 420 s               the agent itself",
      "42% 420 s                 claude 4121",
      "36% 360 s  derived          main thread (MainThread)",
      "27% 270 s  derived            not profiled",
    ]);
    expect(rows).toContain("6% 63 s  derived              tokenize");
    expect(stdout).toContain("3 smaller ones; all with --least 0 or --json");
    expect(stdout).toContain("Nothing was accounted in 8 minutes of 60.");
    expect(stdout).toContain("Not known, and in no sum: 7 minutes of 1 process.");
    const all = await runFake([verb, "--least", "0"], { answers });
    expect(all.stdout).not.toContain("smaller");
    expect(all.stdout).toContain("engine 9000");
  });

  test.each([
    ["memory", "MEAN", "resident memory, mean over the time measured"],
    ["io", "BYTES", "bytes read from and written to storage"],
  ] as const)("of %s tells what its figures are", async (by, head, meaning) => {
    const { stdout } = await runFake([verb, "--by", by], { answers: answering(blameSample(by)) });
    expect(stdout).toContain(head);
    expect(stdout).toContain(meaning);
  });

  test("is written as a profile whose weights sum up to the same", async () => {
    const run = await runFake([verb, "--out", "who.folded", "--json"], { answers });
    expect(run.json()).toMatchObject({ file: { format: "folded", path: expect.stringContaining("who.folded") } });
    const text = Buffer.from(run.writtenBytes["who.folded"] ?? []).toString("utf8");
    expect(text).toContain(
      "Claude Code · api;claude 4121;the agent itself;claude 4121;main thread (MainThread);handle",
    );
    const profile = readProfiles(Buffer.from(text), "who").profiles[0];
    expect(nodeWeights(profile as never).all / 1e6).toBeCloseTo(996, 3);
    const named = await runFake([verb, "--out", "x", "--to-format", "pprof"], { answers });
    expect(named.stdout).toMatch(/written .* of pprof to /);
    // The format has no bytes.
    const memory = answering(blameSample("memory"));
    const refused = await runFake([verb, "--by", "memory", "--out", "x.cpuprofile"], { answers: memory });
    expect(refused.exit).toBe(exitCode.failure);
    expect(refused.stderr).toMatch(/bytes/);
  });

  test("of nothing says why and what to do, with exit code 3", async () => {
    for (const [over, words] of [
      [{}, "Nothing has been accounted yet."],
      [{ oldestMs: Date.UTC(2026, 11, 1) }, "Choose a later time."],
      [{ oldestMs: 1 }, "the engine did not run"],
      [{ oldestMs: 1, measuredMinutes: 5, swarmId: "demo" }, "Choose a longer time, or all swarms."],
      [{ oldestMs: 1, measuredMinutes: 5, unknownMinutes: 3 }, "Choose another measure."],
    ] as const) {
      const run = await runFake([verb], { answers: answering(emptyBlame(over)) });
      expect(run.exit).toBe(exitCode.notReady);
      expect(run.stdout).toContain(words);
    }
  });

  test.each([
    [["--by", "disk"], "use one of cpu, memory, io"],
    [["--demo", "--swarm-id", "a"], "name one swarm"],
    [["--last", "1h", "--from", "2h"], "either --last or --from"],
    [["--last", "32d"], "at most 31 days"],
    [["--from", "1h", "--to", "2h"], "--from"],
    [["--last", "soon"], "how long ago"],
    [["--to-format", "pprof"], "--out"],
    [["--least", "101"], "at most 100"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake([verb, ...args], { answers });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
    expect(run.calls).toEqual([]);
  });
});
