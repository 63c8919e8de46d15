import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { exitCode, profilePerformanceOutput, stacksOutput } from "../../src/engine/protocol/cli.ts";
import type { ProfilePreview, ProfileReport, StackReport } from "../../src/engine/protocol/profiling.ts";
import { paint } from "../../src/cli/lines.ts";
import { profileLines } from "../../src/cli/verbs/profileLines.ts";
import { runFake, untilAborted } from "./fakeWorld.ts";
import { profileSample, stackSample } from "./profileSample.ts";

const preview: ProfilePreview = {
  ...{ pid: 4121, startTime: 77, command: "node agent.js", agentId: null, swarmId: null, isNode: true },
  ...{ inspectorRefusal: null, openWork: [{ code: "work.tool", args: { name: "vitest" } }] },
};
const refusal = { code: "inspector.notNode", args: { pid: 4121 } };
const answers = (report: ProfileReport = profileSample(), seen = preview, stack: StackReport = stackSample()) => ({
  "profile/preview": () => seen,
  "profile/run": () => report,
  "profile/stacks": () => stack,
  "profile/engine": () => report,
});
const verb = "profile-performance";
const methods = (run: { calls: readonly { method: string }[] }) => run.calls.map(({ method }) => method);

describe("profile-performance", () => {
  test("asks with pid, command and open work, and takes no for no", async () => {
    let question = "";
    const confirm = (text: string) => {
      question = text;
      return Promise.resolve(false);
    };
    const run = await runFake([verb, "--pid", "4121"], { answers: answers(), confirm });
    expect(run.exit).toBe(exitCode.failure);
    for (const part of ["4121", "node agent.js", "vitest"]) expect(question).toContain(part);
    expect(methods(run)).toEqual(["profile/preview"]);
  });

  test("where nobody can be asked needs --yes, and says so", async () => {
    const run = await runFake([verb, "--pid", "4121"], { answers: answers() });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain("--yes");
    expect(methods(run)).toEqual(["profile/preview"]);
  });

  test("goes on with the identity that was agreed to, and prints its contract", async () => {
    const run = await runFake(
      [verb, "--swarm-id", "docs", "--duration", "5000", "--components", "cpu,io", "--yes", "--json"],
      {
        answers: answers(),
      },
    );
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([
      { method: "profile/preview", params: { swarmId: "docs" } },
      {
        method: "profile/run",
        params: {
          ...{ process: { pid: 4121, startTime: 77 }, durationMs: 5_000, components: ["cpu", "io"], consent: true },
        },
      },
    ]);
    expect(profilePerformanceOutput.parse(run.json())).toEqual(run.json());
    expect(run.json()).toEqual(profileSample());
  });

  test("of the engine asks for nothing: no other process is opened", async () => {
    const run = await runFake([verb, "--engine", "--duration", "2000", "--components", "cpu", "--json"], {
      answers: answers(),
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "profile/engine", params: { durationMs: 2_000, components: ["cpu"] } }]);
  });

  test("warns where names are those of a caller", async () => {
    const sample = profileSample();
    const cpu = sample.cpu ?? expect.fail("no cpu");
    const told = (misnamedRatio: number | null) =>
      paint(profileLines({ ...sample, cpu: { ...cpu, misnamedRatio } }, null), false);
    expect(told(0.43)).toContain("At least 43% ran in functions that V8 inlined and names after their caller.");
    expect(told(0.004)).not.toContain("inlined");
    expect(told(null)).not.toContain("inlined");
  });

  test("never agrees to an inspector for somebody: without a question there is no consent", async () => {
    const notNode = await runFake([verb, "--pid", "4121"], {
      answers: answers(profileSample(), { ...preview, inspectorRefusal: refusal }),
    });
    expect(notNode.calls[1]?.params).toMatchObject({ consent: false });
    const outside = await runFake([verb, "--pid", "4121", "--components", "io"], { answers: answers() });
    expect(outside.calls[1]?.params).toMatchObject({ consent: false });
  });

  test("says on a terminal how far it is, a line a step and a line a tenth, and nothing in a script", async () => {
    const told = async (terminal: boolean) => {
      const run = await runFake([verb, "--pid", "4121", "--yes"], {
        terminal,
        answers: {
          ...answers(),
          "profile/run": (_: never, _signal, progress) => {
            const step = (name: string, args = {}) => ({
              code: `profileProgress.${name}`,
              args: { pid: 4121, ...args },
            });
            progress({ step: step("opening"), doneRatio: null });
            progress({ step: step("opening"), doneRatio: null });
            for (let elapsedMs = 0; elapsedMs <= 60_000; elapsedMs += 250)
              progress({ step: step("sampling", { elapsedMs, durationMs: 60_000 }), doneRatio: elapsedMs / 60_000 });
            progress({ step: step("finishing"), doneRatio: null });
            return profileSample();
          },
        },
      });
      return run.stderr.split("\n").filter((line) => line !== "");
    };
    const lines = await told(true);
    expect(lines[1]).toBe("Opening the inspector of process 4121.");
    expect(lines.filter((line) => line.endsWith(" s sampled."))).toHaveLength(10);
    expect(lines[2]).toBe("6 s of 60 s sampled.");
    expect(lines.at(-1)).toBe("Reading what was sampled.");
    expect(await told(false)).toEqual([]);
  });

  test("reads as recorded", async () => {
    const run = await runFake([verb, "--pid", "4121", "--yes"], { answers: answers() });
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/profile-performance.txt");
  });

  test("of which nothing could be had ends with exit code 3", async () => {
    const report: ProfileReport = {
      ...profileSample(),
      ...{ cpu: null, memory: null, io: null, application: null, recommendations: [], artefacts: [] },
      missing: [{ component: "application", reason: refusal }],
    };
    const run = await runFake([verb, "--pid", "4121", "--yes"], { answers: answers(report) });
    expect(run.exit).toBe(exitCode.notReady);
    expect(run.stdout).toContain("application: The process 4121 does not run Node");
  });

  test("given up is told as that", async () => {
    const interrupt = new AbortController();
    const run = await runFake([verb, "--pid", "4121", "--yes", "--json"], {
      interrupt,
      answers: {
        ...answers(),
        "profile/run": (_: never, signal: AbortSignal | undefined) => {
          queueMicrotask(() => interrupt.abort());
          return untilAborted(signal);
        },
      },
    });
    expect(run.exit).toBe(exitCode.interrupted);
    expect(run.json()).toMatchObject({ error: { code: "waiting.profile" } });
  });

  test.each([
    [[], "name one process"],
    [["--pid", "5", "--swarm-id", "a"], "name one process"],
    [["--pid", "5", "--engine"], "name one process"],
    [["--engine", "--heap-snapshot"], "leave it out with --engine"],
    [["--pid", "1"], "above 1"],
    [["--pid", "5", "--components", "gpu"], "cpu,memory,io,application"],
    [["--pid", "5", "--duration", "10"], "at least 500 ms"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake([verb, ...args]);
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
  });
});

describe("stacks", () => {
  const reasonless = { ...preview, inspectorRefusal: refusal };

  test("tells what it does, the innermost call first, and its threads", async () => {
    const run = await runFake(["stacks", "--pid", "4121", "--yes"], { answers: answers() });
    expect(run.exit).toBe(exitCode.ok);
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/stacks.txt");
    const asJson = await runFake(["stacks", "--pid", "4121", "--yes", "--json"], { answers: answers() });
    expect(stacksOutput.parse(asJson.json())).toEqual(asJson.json());
    expect(asJson.calls[1]?.params).toEqual({ process: { pid: 4121, startTime: 77 }, consent: true });
    const idle = { ...stackSample(), frames: [], idleMs: 1_500 };
    const quiet = await runFake(["stacks", "--pid", "4121", "--yes"], { answers: answers(undefined, undefined, idle) });
    expect(quiet.stdout).toContain("No JavaScript ran, and none began within 1.5 s.");
  });

  test("leaves the threads out when they are not wanted, and counts them", async () => {
    const run = await runFake(["stacks", "--pid", "4121", "--yes", "--no-threads", "--json"], { answers: answers() });
    expect(run.json()).toMatchObject({ threads: [], moreThreads: 5 });
  });

  test("of what has no inspector tells its threads, and nothing is asked", async () => {
    const run = await runFake(["stacks", "--pid", "4121", "--json"], {
      answers: answers(undefined, reasonless),
      confirm: () => Promise.reject(new CodedError("test.asked")),
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls[1]?.params).toMatchObject({ consent: false });
  });

  test("opens nothing after a no, nor with --no-inspector, and tells its threads all the same", async () => {
    const no = await runFake(["stacks", "--pid", "4121"], {
      answers: answers(),
      confirm: () => Promise.resolve(false),
    });
    const never = await runFake(["stacks", "--pid", "4121", "--no-inspector"], { answers: answers() });
    for (const run of [no, never]) {
      expect(run.exit).toBe(exitCode.ok);
      expect(run.calls[1]?.params).toMatchObject({ consent: false });
    }
  });

  test("where nobody can be asked names both ways", async () => {
    const run = await runFake(["stacks", "--pid", "4121"], { answers: answers() });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain("add --yes to agree, or --no-inspector.");
    expect(methods(run)).toEqual(["profile/preview"]);
    const both = await runFake(["stacks", "--pid", "4121", "--yes", "--no-inspector"]);
    expect(both.exit).toBe(exitCode.usage);
  });
});
