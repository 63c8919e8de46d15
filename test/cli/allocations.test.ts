import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import {
  allocationRecord,
  allocationsOutput,
  exitCode,
  optimizePerformanceOutput,
  resourceAllocOutput,
} from "../../src/engine/protocol/cli.ts";
import { allocationSample, performancePlanSample, previewSample } from "./allocationSample.ts";
import { runFake } from "./fakeWorld.ts";

const FILE = JSON.stringify({ swarms: { docs: { agents: 6 } }, lanes: { standard: 4, background: 2 } });
const files = { "r.json": FILE };
const { undoRefusal: _, ...record } = allocationSample();
const answers = {
  "allocations/preview": () => previewSample(),
  "allocations/apply": () => record,
  "allocations/undo": () => ({ ...record, undoOf: record.id }),
  "allocations/list": () => ({
    allocations: [allocationSample()],
    more: false,
    support: [
      { resource: "agents", support: { kind: "supported", means: ["scaler"], notes: [] } },
      { resource: "memory", support: { kind: "unsupported", reason: { code: "allocation.noIdentity", args: {} } } },
    ],
  }),
  "optimize/performance": () => performancePlanSample(),
};
const methods = (run: { readonly calls: readonly { readonly method: string }[] }) =>
  run.calls.map(({ method }) => method);

describe("daa-resource-alloc", () => {
  const verb = "daa-resource-alloc";

  test("looks at what a file would do, does it, and tells how it went; --json prints its contract", async () => {
    const run = await runFake([verb, "--resources", "r.json", "--json"], { answers, files });
    expect(run.exit).toBe(exitCode.ok);
    expect(methods(run)).toEqual(["allocations/preview", "allocations/apply"]);
    expect(run.calls[0]?.params).toEqual({ plan: previewSample().plan });
    expect(resourceAllocOutput.parse(run.json())).toEqual(run.json());
    const text = await runFake([verb, "--resources", "r.json"], { answers, files });
    expect(text.stdout).toMatch(/applied in 9\.2 s/);
    expect(text.stdout).toContain("docs: agents 4 → 6");
    expect(text.stdout).toMatch(/measured: docs: latency 5\.8 s → 4\.2 s, waiting p95 4\.1 s → 0?\.?8/);
  });

  test("--dry-run of what would be refused ends with exit code 1", async () => {
    const refusal = { code: "allocation.belowNeed", args: { limitBytes: 1e7, needBytes: 2e7 } };
    const refused = { "allocations/preview": () => ({ ...previewSample(), changes: [], steps: 0, refusal }) };
    const run = await runFake([verb, "--resources", "r.json", "--dry-run"], { answers: refused, files });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stdout).toContain("refused");
  });

  test("--dry-run only shows", async () => {
    const run = await runFake([verb, "--resources", "r.json", "--dry-run"], { answers, files });
    expect(methods(run)).toEqual(["allocations/preview"]);
    expect(run.stdout).toContain("lanes: standard 8 → 4");
    expect(run.stdout).toContain("in 4 steps, each seen before the next");
    expect(run.stdout).toContain("Lanes are shared");
  });

  test("what is refused is not tried, and what is so already needs nothing", async () => {
    const refusal = { code: "allocation.belowNeed", args: { limitBytes: 1e7, needBytes: 2e7 } };
    const refused = { ...answers, "allocations/preview": () => ({ ...previewSample(), changes: [], refusal }) };
    const run = await runFake([verb, "--resources", "r.json"], { answers: refused, files });
    expect(methods(run)).toEqual(["allocations/preview"]);
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toContain("An agent needs");
    const same = {
      ...answers,
      "allocations/preview": () => ({ ...previewSample(), plan: [], changes: [], notes: [] }),
    };
    const nothing = await runFake([verb, "--resources", "r.json"], { answers: same, files });
    expect(nothing.exit).toBe(exitCode.ok);
    expect(nothing.stdout).toContain("Everything is so already");
  });

  test("what was taken back ends with exit code 1", async () => {
    const reason = { code: "plan.waiting", args: { beforeMs: 100, afterMs: 9_000 } };
    const back = {
      ...answers,
      "allocations/apply": () => ({ ...allocationSample(), state: { kind: "rolledBack", reason, left: 0 } }),
    };
    const run = await runFake([verb, "--resources", "r.json"], { answers: back, files });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stdout).toContain("rolled back:");
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["unknown keys", '{"swarms":{"docs":{"agent":1}}}', "swarms.docs"],
    ["nothing", "{}", "names nothing to change"],
  ])("a file with %s is wrong usage, and no engine is asked", async (_, text, message) => {
    const run = await runFake([verb, "--resources", "r.json"], { answers, files: { "r.json": text } });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
    expect(run.connects).toEqual([]);
  });
});

describe("optimize-performance", () => {
  const verb = "optimize-performance";

  test("shows the way from bottlenecks to a plan, and changes nothing unless told", async () => {
    const run = await runFake([verb, "--swarm-id", "docs"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "optimize/performance", params: { swarmId: "docs", strategy: "adaptive" } }]);
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/optimize-performance.txt");
    const json = await runFake([verb, "--swarm-id", "docs", "--strategy", "latency", "--json"], { answers });
    expect(optimizePerformanceOutput.parse(json.json())).toEqual(json.json());
  });

  test("--apply carries the plan out with what is expected of it", async () => {
    const run = await runFake([verb, "--demo", "--apply"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls[1]).toEqual({
      method: "allocations/apply",
      params: {
        plan: previewSample().plan,
        from: previewSample().changes.map(({ from }) => from),
        expected: allocationSample().expected,
      },
    });
    expect(run.stdout).toContain("expected (derived): latency 6.2 s → 4.1 s");
  });

  test("too little measured ends with exit code 3", async () => {
    const early = {
      "optimize/performance": () => {
        throw new CodedError("optimize.unmeasured", {
          datum: "arrivals",
          lane: "standard",
          observations: 3,
          least: 30,
        });
      },
    };
    expect((await runFake([verb, "--demo"], { answers: early })).exit).toBe(exitCode.notReady);
  });

  test.each([
    [["--demo", "--strategy", "magic"], "use one of adaptive"],
    [[], "name one swarm"],
    [["--demo", "--swarm-id", "docs"], "name one swarm"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake([verb, ...args], { answers });
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
  });
});

describe("allocations", () => {
  test("lists how each went, what was expected and measured, and what can be limited here", async () => {
    const run = await runFake(["allocations"], { answers });
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/allocations.txt");
    const json = await runFake(["allocations", "--json"], { answers });
    expect(allocationsOutput.parse(json.json())).toEqual(json.json());
  });

  test("are taken back by id or the newest that can be", async () => {
    const run = await runFake(["allocation-undo", "--last", "--json"], { answers });
    expect(run.calls.at(-1)).toEqual({
      method: "allocations/undo",
      params: { allocationId: allocationSample().id },
    });
    expect(allocationRecord.parse(run.json())).toEqual(run.json());
    const none = { "allocations/list": () => ({ allocations: [], more: false, support: [] }) };
    const nothing = await runFake(["allocation-undo", "--last"], { answers: none });
    expect(nothing.exit).toBe(exitCode.failure);
    expect(nothing.stderr).toContain("no allocation that can be taken back");
  });
});
