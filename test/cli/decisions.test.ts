import { describe, expect, test } from "vitest";
import {
  cliError,
  decisionApplyOutput,
  decisionsOutput,
  decisionUndoOutput,
  exitCode,
} from "../../src/engine/protocol/cli.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { runFake, untilAborted } from "./fakeWorld.ts";
import { DECISION_ID, decisionSample, inputsSample, NOW_MS, overviewSample } from "./samples.ts";

const confirmed = { kind: "confirmed", live: 5, elapsedMs: 1234 } as const;
const result = { swarmId: "demo", from: 3, to: 5, outcome: confirmed };
const unconfirmed = {
  kind: "unconfirmed",
  live: 4,
  elapsedMs: 60_000,
  reason: { code: "scale.deadline", args: { live: 4, target: 5, starting: 1 } },
};
const rows = (...decisions: ReturnType<typeof decisionSample>[]) => ({
  "decisions/list": () => ({ wallMs: NOW_MS, decisions, more: false, holds: [] }),
});

describe("decisions", () => {
  test("made while the load was unusual say so, in words and as JSON", async () => {
    const anomaly = {
      metric: "rssBytesPerAgent",
      sinceMs: NOW_MS,
      value: 2e9,
      usualLow: 4e8,
      usualHigh: 6e8,
      score: 0.9,
    } as const;
    const answers = rows(decisionSample(1, { inputs: { ...inputsSample, anomaly } }));
    const run = await runFake(["decisions"], { answers });
    expect(run.stdout).toContain("The load is unusual: memory of an agent 2.0 GB, usually 400 MB to 600 MB.");
    const json = await runFake(["decisions", "--json"], { answers });
    expect(decisionsOutput.parse(json.json())).toEqual(json.json());
  });

  test("are asked for with what was typed and printed whole as JSON", async () => {
    const answers = rows(decisionSample(1), decisionSample(2, { state: { kind: "recommended" }, inputs: null }));
    const run = await runFake(["decisions", "--swarm-id", "demo", "--limit", "5", "--before", DECISION_ID, "--json"], {
      answers,
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([
      { method: "decisions/list", params: { swarmId: "demo", limit: 5, before: DECISION_ID } },
    ]);
    // Nothing is stripped: the contract knows every field of a decision.
    expect(decisionsOutput.parse(run.json())).toEqual(run.json());
    const plain = await runFake(["decisions"], { answers });
    expect(plain.calls[0]?.params).toEqual({ limit: 20 });
  });

  test.each([
    [["--limit", "0"], "limit"],
    [["--limit", "1001"], "limit"],
    [["--before", "yesterday"], "before"],
  ])("refuse %j before an engine is asked", async (args, flag) => {
    const run = await runFake(["decisions", ...args, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    expect(cliError.parse(run.json()).error).toMatchObject({ code: "flag.invalid", args: { flag } });
  });

  test("say what will appear when there are none", async () => {
    expect((await runFake(["decisions"], { answers: rows() })).stdout).toContain("No decisions yet");
  });

  test("never cut an id, and mark what can be undone", async () => {
    const run = await runFake(["decisions"], { answers: rows(decisionSample(1, { undoRefusal: null })), width: 40 });
    expect(run.stdout).toContain(`${DECISION_ID} *`);
  });
});

describe("a decision's id", () => {
  const apply = { "decisions/apply": () => result };

  test("may be given bare or with its flag, and not twice", async () => {
    const bare = await runFake(["decision-apply", DECISION_ID, "--json"], { answers: apply });
    const flag = await runFake(["decision-apply", "--json", "--decision-id", DECISION_ID], { answers: apply });
    expect(bare.calls).toEqual([
      { method: "decisions/apply", params: { decisionId: DECISION_ID, deadlineMs: 60_000 } },
    ]);
    expect(flag.calls).toEqual(bare.calls);
    const both = await runFake(["decision-apply", DECISION_ID, "--decision-id", DECISION_ID, "--json"]);
    expect(cliError.parse(both.json()).error.code).toBe("flag.repeated");
  });

  test("is missing or no id: named with what to type, exit code 2", async () => {
    const missing = await runFake(["decision-apply", "--json"]);
    expect(missing.exit).toBe(exitCode.usage);
    expect(cliError.parse(missing.json()).error).toMatchObject({ code: "flag.missing", args: { flag: "decision-id" } });
    const wrong = await runFake(["decision-dismiss", "5", "--json"]);
    expect(wrong.exit).toBe(exitCode.usage);
    expect(cliError.parse(wrong.json()).error.message).toContain("copy an id from `decisions`");
  });

  test("is the only bare value, and other verbs take none", async () => {
    const second = await runFake(["decision-apply", DECISION_ID, "demo", "--json"]);
    expect(second.exit).toBe(exitCode.usage);
    const none = await runFake(["swarm-hold", "demo", "--json"]);
    expect(cliError.parse(none.json()).error.code).toBe("argument.unexpected");
  });
});

describe("decision-apply", () => {
  test("prints how it went", async () => {
    const run = await runFake(["decision-apply", DECISION_ID, "--json"], {
      answers: { "decisions/apply": () => result },
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(decisionApplyOutput.parse(run.json())).toEqual({ decisionId: DECISION_ID, ...result });
  });

  test("ends with 4 when it was not confirmed, and with 1 when it no longer holds", async () => {
    const slow = await runFake(["decision-apply", DECISION_ID], {
      answers: { "decisions/apply": () => ({ ...result, outcome: unconfirmed }) },
    });
    expect(slow.exit).toBe(exitCode.unconfirmed);
    expect(slow.stdout).toContain("4 of 5 agents were seen");
    const over = await runFake(["decision-apply", DECISION_ID, "--json"], {
      answers: { "decisions/apply": () => Promise.reject(new CodedError("decision.over", {})) },
    });
    expect(over.exit).toBe(exitCode.failure);
    expect(cliError.parse(over.json()).error.code).toBe("decision.over");
  });

  test("that Ctrl-C stops waiting for says what goes on", async () => {
    const interrupt = new AbortController();
    const answers = {
      "decisions/apply": (_: never, signal: AbortSignal | undefined) => {
        queueMicrotask(() => interrupt.abort());
        return untilAborted(signal);
      },
    };
    const run = await runFake(["decision-apply", DECISION_ID], { answers, interrupt });
    expect(run.exit).toBe(exitCode.interrupted);
    expect(run.stderr).toContain("The engine goes on with decision");
  });
});

test("decision-dismiss names the decision and prints it", async () => {
  const run = await runFake(["decision-dismiss", DECISION_ID, "--json"], {
    answers: { "decisions/dismiss": () => null },
  });
  expect(run.exit).toBe(exitCode.ok);
  expect(run.json()).toEqual({ decisionId: DECISION_ID });
  expect(run.calls).toEqual([{ method: "decisions/dismiss", params: { decisionId: DECISION_ID } }]);
});

describe("decision-undo", () => {
  const undo = {
    "decisions/undo": ({ decisionId }: { decisionId: string }) => ({
      undoOf: decisionId,
      result: { ...result, from: 5, to: 3, outcome: { ...confirmed, live: 3 } },
      notes: [{ code: "undo.requeued", args: { count: 2 } }],
    }),
  };

  test("of an id asks for that one only", async () => {
    const run = await runFake(["decision-undo", DECISION_ID, "--json"], { answers: undo });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls.map(({ method }) => method)).toEqual(["decisions/undo"]);
    expect(decisionUndoOutput.parse(run.json())).toMatchObject({ undoOf: DECISION_ID, from: 5, to: 3 });
  });

  test("--last undoes the newest that can be, of one swarm when it is named", async () => {
    const answers = {
      ...undo,
      ...rows(
        decisionSample(1, { state: { kind: "recommended" } }),
        decisionSample(2, { undoRefusal: null }),
        decisionSample(3, { undoRefusal: null }),
      ),
    };
    const run = await runFake(["decision-undo", "--last", "--swarm-id", "demo", "--json"], { answers });
    expect(run.calls).toEqual([
      { method: "decisions/list", params: { swarmId: "demo", limit: 200 } },
      { method: "decisions/undo", params: { decisionId: decisionSample(2).id, deadlineMs: 60_000 } },
    ]);
  });

  test("--last with nothing to undo is refused, and nothing is asked of the engine", async () => {
    const run = await runFake(["decision-undo", "--last"], { answers: { ...undo, ...rows(decisionSample(1)) } });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.calls.map(({ method }) => method)).toEqual(["decisions/list"]);
    expect(run.stderr).toContain("no decision that can be undone");
  });

  test.each([[[]], [[DECISION_ID, "--last"]], [[DECISION_ID, "--swarm-id", "demo"]]])(
    "with %j is a usage error",
    async (args) => {
      const run = await runFake(["decision-undo", ...args, "--json"]);
      expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
      expect(cliError.parse(run.json()).error.code).toBe("flags.conflict");
    },
  );
});

describe("swarm-mode and swarm-hold", () => {
  const answers = { "swarm/mode": () => null, "swarm/hold": () => ({ untilMs: null }) };

  test("send what was typed", async () => {
    const mode = await runFake(["swarm-mode", "--swarm-id", "tests", "--mode", "auto", "--json"], { answers });
    expect(mode.calls).toEqual([{ method: "swarm/mode", params: { swarmId: "tests", mode: "auto" } }]);
    expect(mode.json()).toEqual({ swarmId: "tests", mode: "auto" });
    const hold = await runFake(["swarm-hold", "--demo", "--json"], { answers });
    expect(hold.calls).toEqual([{ method: "swarm/hold", params: { swarmId: "demo", held: true } }]);
    expect(hold.json()).toEqual({ swarmId: "demo", held: true, swarms: [{ swarmId: "demo", untilMs: null }] });
    const release = await runFake(["swarm-hold", "--swarm-id", "tests", "--release"], { answers });
    expect(release.calls).toEqual([{ method: "swarm/hold", params: { swarmId: "tests", held: false } }]);
    expect(release.stdout).toBe("tests  the hold is lifted\n");
  });

  test("a hold may have an end, and be of every managed swarm", async () => {
    const untilMs = NOW_MS + 900_000;
    const timed = { ...answers, "swarm/hold": () => ({ untilMs }) };
    const one = await runFake(["swarm-hold", "--demo", "--for", "15m"], { answers: timed });
    expect(one.calls).toEqual([{ method: "swarm/hold", params: { swarmId: "demo", held: true, forSeconds: 900 } }]);
    expect(one.stdout).toMatch(
      /^demo {2}on hold until .+: no growth and no automatic change until 'swarm-hold --release'\n$/,
    );
    const all = await runFake(["swarm-hold", "--all", "--for", "1h", "--json"], {
      answers: { ...timed, overview: () => overviewSample() },
    });
    const ids = overviewSample()
      .swarms.filter(({ kind }) => kind === "managed")
      .map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(all.calls.slice(1).map(({ params }) => params)).toEqual(
      ids.map((swarmId) => ({ swarmId, held: true, forSeconds: 3_600, keepLonger: true })),
    );
    expect(all.json()).toEqual({
      swarmId: null,
      held: true,
      swarms: ids.map((swarmId) => ({ swarmId, untilMs })),
    });
  });

  test("what is on hold is said above the decisions, since nothing is decided about it", async () => {
    const holds = [{ swarmId: "demo", label: "demo", untilMs: null }];
    const run = await runFake(["decisions"], {
      answers: { "decisions/list": () => ({ wallMs: NOW_MS, decisions: [], more: false, holds }) },
    });
    expect(run.stdout).toMatch(/^demo is on hold: nothing is decided about it\n/);
  });

  test("say what the mode means", async () => {
    const run = await runFake(["swarm-mode", "--demo", "--mode", "recommend"], { answers });
    expect(run.stdout).toContain("wait for you");
  });

  test.each([
    [["swarm-mode", "--demo"], "flag.missing"],
    [["swarm-mode", "--demo", "--mode", "fast"], "flag.invalid"],
    [["swarm-mode", "--mode", "auto"], "flags.conflict"],
    [["swarm-hold"], "flags.conflict"],
    [["swarm-hold", "--demo", "--swarm-id", "a"], "flags.conflict"],
    [["swarm-hold", "--all", "--demo"], "flags.conflict"],
    [["swarm-hold", "--demo", "--release", "--for", "5m"], "flags.conflict"],
    [["swarm-hold", "--demo", "--for", "soon"], "flag.invalid"],
    [["swarm-hold", "--demo", "--for", "8d"], "flag.invalid"],
  ])("%j is a usage error", async (args, code) => {
    const run = await runFake([...args, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    expect(cliError.parse(run.json()).error.code).toBe(code);
  });

  test("an unknown mode is answered with those there are", async () => {
    const run = await runFake(["swarm-mode", "--demo", "--mode", "fast"]);
    expect(run.stderr).toContain("observe, recommend, auto");
  });
});
