import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { exitCode, policyOutput } from "../../src/engine/protocol/cli.ts";
import type { JudgedPolicy, PolicyReport } from "../../src/engine/protocol/dqn.ts";
import { adviceText, policyVerdict } from "../../src/text/policy.ts";
import { runFake } from "./fakeWorld.ts";

const row = (name: string, over: Partial<JudgedPolicy> = {}): JudgedPolicy => ({
  ...{ name, unmet: 4_000, unmetRatio: 0.004, waitP95Sec: 0, agentHours: 650, actions: 170, reversals: 60 },
  ...{ utilisation: 0.49, backlog: 0, costAgentHours: 671, ...over },
});
const trained: PolicyReport = {
  ...{ swarmId: "docs", timeScale: 1, reason: null, trainingRatio: null, acts: false },
  retraining: { dueAtMs: Date.UTC(2026, 0, 6, 12), reason: null, last: null },
  trained: {
    ...{ trainedAtMs: Date.UTC(2026, 0, 5, 12), tookMs: 61_000, episodes: 1_000, takenAfter: 880, seed: 1 },
    by: "operator",
    weights: { unmet: 10, waiting: 1, agents: 1, changes: 30 },
    basis: {
      ...{ steps: 10_080, missing: 3, stepSeconds: 60, tickSeconds: 15, minAgents: 2, maxAgents: 30 },
      ...{ startUpSeconds: 5, fixedAgents: 13, forecasts: { made: 283, ready: 76 } },
    },
    curve: [0, 1, 2, 3, 4, 5].map((n) => ({
      ...{ episode: n * 199, epsilon: Math.max(0.05, 0.995 ** (n * 199)), reward: -0.38 + n / 40 },
      loss: n === 0 ? null : 0.01,
    })),
    evaluation: {
      policies: [
        row("adaptive"),
        row("clairvoyant", { unmet: 0, unmetRatio: 0, agentHours: 355, costAgentHours: 383 }),
        row("dqn", { unmet: 3_520, unmetRatio: 0.0035, agentHours: 669.5, costAgentHours: 660 }),
      ],
      beats: true,
      fromMs: Date.UTC(2026, 0, 3, 12),
      toMs: Date.UTC(2026, 0, 5, 12),
    },
  },
};
const none: PolicyReport = { ...trained, trained: null, reason: { code: "training.none", args: {} } };
const answers = { "policy/train": () => trained, "policy/report": () => trained };

describe("policy-train", () => {
  test("asks for a thousand episodes of a week, and prints the whole report of its contract", async () => {
    const run = await runFake(["policy-train", "--swarm-id", "docs", "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls[0]).toEqual({
      method: "policy/train",
      params: { swarmId: "docs", episodes: 1_000, days: 7, seed: 1, deadlineMs: 1_200_000 },
    });
    expect(policyOutput.parse(run.json())).toEqual(run.json());
    expect(run.json()).toEqual(JSON.parse(JSON.stringify(trained)));
  });

  test("tells what it is worth", async () => {
    const run = await runFake(["policy-train", "--demo", "--episodes", "10"], { answers });
    expect(run.calls[0]?.params).toMatchObject({ swarmId: "demo", episodes: 10 });
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/policy.txt");
  });

  test("tells how far it is while somebody waits at a terminal", async () => {
    let done = 0;
    let settle: (report: PolicyReport) => void = () => undefined;
    const run = await runFake(["policy-train", "--demo"], {
      terminal: true,
      answers: {
        "policy/train": () => new Promise<PolicyReport>((resolve) => (settle = resolve)),
        "policy/report": () => {
          done += 0.5;
          if (done >= 1) settle(trained);
          return { ...none, trainingRatio: done };
        },
      },
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.stderr).toContain("Training: 50%");
  });

  test("is refused in words, and interrupted by Ctrl-C", async () => {
    const refused = await runFake(["policy-train", "--demo"], {
      answers: {
        ...answers,
        "policy/train": () => {
          throw new CodedError("training.short", { steps: 60, least: 100 });
        },
      },
    });
    expect(refused.exit).toBe(exitCode.failure);
    expect(refused.stderr).toContain("60 steps were measured in the part to learn on; 100 are needed.");
    const interrupt = new AbortController();
    const stopped = await runFake(["policy-train", "--demo"], {
      interrupt,
      answers: {
        ...answers,
        "policy/train": (_params, signal) => {
          interrupt.abort();
          return Promise.reject(new CodedError("aborted", { asked: signal?.aborted ?? null }));
        },
      },
    });
    expect(stopped.exit).toBe(exitCode.interrupted);
    const both = await runFake(["policy-train", "--demo", "--swarm-id", "a"], {});
    expect(both.exit).toBe(exitCode.usage);
    expect((await runFake(["policy-train", "--demo", "--episodes", "0"], {})).stderr).toContain("at least 1 episode");
  });

  test("has help as recorded", async () => {
    const run = await runFake(["policy-train", "--help"], {});
    await expect(run.stdout).toMatchFileSnapshot("../golden/cli/help-policy-train.txt");
  });
});

describe("policy-report", () => {
  test("of none says how to get one, with its exit code", async () => {
    const run = await runFake(["policy-report", "--demo"], { answers: { "policy/report": () => none } });
    expect(run.exit).toBe(exitCode.notReady);
    expect(run.stdout).toContain("policy-train");
    expect((await runFake(["policy-report", "--demo"], { answers })).exit).toBe(exitCode.ok);
  });
});

describe("training without anybody asking", () => {
  const said = async (retraining: PolicyReport["retraining"], by: "operator" | "schedule" = "operator") => {
    const report = { ...trained, retraining, trained: { ...trained.trained, by } };
    const run = await runFake(["policy-report", "--demo"], { answers: { "policy/report": () => report } });
    const json = await runFake(["policy-report", "--demo", "--json"], { answers: { "policy/report": () => report } });
    expect(policyOutput.parse(json.json())).toEqual(JSON.parse(JSON.stringify(report)));
    return run.stdout;
  };
  const last = { atMs: Date.UTC(2026, 0, 6, 12), tookMs: 60_000, steps: 9_000 };

  test("is told: when the next one is due, who trained last and what became of it", async () => {
    const waits = { dueAtMs: Date.UTC(2026, 0, 7, 12), reason: null };
    expect(await said({ ...waits, last: null })).toMatch(
      /next training +.*2026.*, sooner when the history has grown by half/,
    );
    expect(await said({ ...waits, last: null }, "schedule")).toContain("trained by the schedule");
    const stays = { kind: "stays", newCost: 12.5, keptCost: 11.25 } as const;
    expect(await said({ ...waits, last: { ...last, outcome: stays } })).toContain(
      "the kept network stays: 11.25 against 12.5 agent-hours",
    );
    expect(await said({ ...waits, last: { ...last, outcome: { ...stays, kind: "replaced" } } })).toContain(
      "took its place",
    );
    const failed = { kind: "failed", reason: { code: "heavy.deadline", args: { afterMs: 1_200_000 } } } as const;
    expect(await said({ ...waits, last: { ...last, outcome: failed } })).toMatch(/failed: .*\d/);
  });

  test("is told why there is none", async () => {
    const none = { dueAtMs: null, last: null };
    expect(await said({ ...none, reason: { code: "training.unasked", args: {} } })).toContain(
      "'scaling.policy' is not 'dqn'",
    );
    const early = { code: "training.tooEarly", args: { steps: 90, least: 1_440 } };
    expect(await said({ ...none, reason: early })).toContain("90 steps were measured so far");
    expect(await said({ ...none, reason: { code: "training.stopped", args: {} } })).toContain("does not run");
    expect(await said({ ...none, dueAtMs: 5, reason: { code: "training.waits", args: {} } })).toContain(
      "one at a time",
    );
  });
});

describe("what a network is worth, in words", () => {
  test("names the difference to the rule and what follows from it", () => {
    expect(policyVerdict(trained)).toBe(
      "It beats the adaptive policy on this swarm's last 2 d: 12% less unmet demand, 3% more agent-hours; it advises; set 'scaling.policy' to 'dqn' to let it act.",
    );
    expect(policyVerdict({ ...trained, acts: true })).toContain("it sizes the swarm, within the rule's bounds");
    const worse = structuredClone(trained) as { trained: { evaluation: { beats: boolean } } };
    worse.trained.evaluation.beats = false;
    expect(policyVerdict(worse as PolicyReport)).toContain("It does not beat the adaptive policy");
    expect(policyVerdict(worse as PolicyReport)).toContain("does not act whatever is configured");
    expect(policyVerdict(none)).toBeNull();
  });

  test("says what it would do, how often as the rule, and whether it does", () => {
    const advice = { to: 6, atMs: 0, decisions: 40, agreed: 30, more: 4, acts: false, reason: null };
    expect(adviceText(advice)).toBe("trained network: 6; 75% of 40 decisions as the rule, it only advises");
    expect(adviceText({ ...advice, acts: true })).toContain("and it acts");
    expect(adviceText({ ...advice, to: null, reason: { code: "dqn.unfit", args: { detail: "x" } } })).toContain(
      "The rule decides alone",
    );
  });
});
