import { describe, expect, test } from "vitest";
import type { CapacityPlan } from "../../../src/engine/protocol/capacity.ts";
import {
  type CapacityHostMessage,
  type CapacityPageState,
  type CapacityWish,
  PLAIN_WISH,
} from "../../../src/engine/protocol/capacityPage.ts";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import { moreReasons } from "../../../src/text/moreReasons.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { CapacityChannel } from "../../../src/views/capacity/channel.ts";
import { planWords } from "../../../src/views/capacity/planWords.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { capacitySample } from "../../cli/capacitySample.ts";
import { swarmInputs, unknownGrowth } from "../../engine/decide/capacityInputs.ts";
import { managed, overview } from "../overviews.ts";

addReasons(moreReasons);

interface Asked {
  readonly swarmId: string | null;
  readonly wish: CapacityWish;
  readonly signal: AbortSignal;
  readonly answer: (plan: CapacityPlan) => Promise<void>;
  readonly refuse: (code: string) => Promise<void>;
}

/** What the page has after every message, and what was asked. */
function world(swarms: Overview["swarms"] = [managed({ id: "docs", label: "Docs", demo: false })]) {
  const posted: CapacityHostMessage[] = [];
  const asked: Asked[] = [];
  const there = { overview: overview({ swarms }) as Overview | null };
  let page: CapacityPageState | null = null;
  const channel = new CapacityChannel({
    post: (message) => {
      posted.push(message);
      if (message.type === "full") page = message.state;
      else if (page !== null) page = { ...page, ...message.changes };
    },
    plan: (swarmId, wish, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<CapacityPlan>();
      const settled = async (): Promise<void> => {
        await promise.catch(() => undefined);
        await Promise.resolve();
      };
      asked.push({
        ...{ swarmId, wish, signal },
        answer: (plan) => (resolve(plan), settled()),
        refuse: (code) => (reject(new Failure({ code, args: {} })), settled()),
      });
      return promise;
    },
    overview: () => there.overview,
  });
  const shown = (): CapacityPageState => {
    if (page === null) throw new Error("the page has nothing yet");
    return page;
  };
  return { channel, posted, asked, there, shown };
}

describe("what the page has", () => {
  test("is asked for when the page comes up, of all swarms, and not before", async () => {
    const { channel, asked, posted, shown } = world();
    channel.setLink({ kind: "connected" });
    expect([posted, asked]).toEqual([[], []]);
    channel.receive({ type: "ready" });
    expect(asked).toMatchObject([{ swarmId: null, wish: PLAIN_WISH }]);
    expect(shown()).toMatchObject({ swarmId: null, run: { kind: "asking" }, plan: null });
    await asked[0]?.answer(capacitySample());
    expect(shown()).toMatchObject({ run: { kind: "idle" }, plan: planWords(capacitySample()) });
    // Shown again it is as it was.
    channel.setVisible(false);
    channel.setVisible(true);
    channel.receive({ type: "ready" });
    expect(asked).toHaveLength(1);
  });

  test("is asked once where the page says what it showed before a reload", () => {
    const { channel, asked } = world();
    const wish = { ...PLAIN_WISH, agents: 8 };
    channel.receive({ type: "wish", wish });
    channel.receive({ type: "choose", swarmId: "docs" });
    channel.receive({ type: "ready" });
    expect(asked).toMatchObject([{ swarmId: "docs", wish }]);
  });

  test("is of what was wished last: what was asked before is given up, and its answer not shown", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    await asked[0]?.answer(capacitySample());
    const wish = { ...PLAIN_WISH, agents: 8 };
    channel.receive({ type: "wish", wish });
    channel.receive({ type: "wish", wish });
    expect(asked).toHaveLength(2);
    // What was planned before stays until there is another one.
    expect(shown()).toMatchObject({ run: { kind: "asking" }, plan: { horizonDays: 30 } });
    channel.receive({ type: "wish", wish: { ...wish, horizonDays: 90 } });
    expect(asked[1]?.signal.aborted).toBe(true);
    await asked[2]?.answer({ ...capacitySample(), horizonDays: 90 });
    await asked[1]?.answer({ ...capacitySample(), horizonDays: 7 });
    expect(shown()).toMatchObject({ run: { kind: "idle" }, plan: { horizonDays: 90 } });
  });

  test("is another swarm's only once that one was asked", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    await asked[0]?.answer(capacitySample());
    channel.show("docs");
    expect(shown()).toMatchObject({ swarmId: "docs", plan: null, run: { kind: "asking" } });
    channel.show("docs");
    expect(asked).toHaveLength(2);
  });

  test("says why there is no plan, and tries again", async () => {
    const { channel, asked, shown } = world();
    channel.receive({ type: "ready" });
    await asked[0]?.refuse("rpc.closed");
    expect(shown().run).toMatchObject({ kind: "failed", text: expect.stringContaining("connection") });
    channel.receive({ type: "ask" });
    expect(asked).toHaveLength(2);
  });

  test("is not asked of an engine that is not there, and is once it is", () => {
    const { channel, asked, shown } = world();
    channel.setLink({ kind: "disconnected", text: "The engine is not started." });
    channel.receive({ type: "ready" });
    expect(asked).toEqual([]);
    expect(shown().run).toEqual({
      kind: "failed",
      text: "Capacity is planned by the engine. The engine is not started.",
    });
    channel.setLink({ kind: "connected" });
    expect(asked).toHaveLength(1);
  });

  test("says by its name that the swarm is gone, asks nothing of it, and asks when it is back", async () => {
    const { channel, asked, there, shown } = world();
    channel.show("docs");
    channel.receive({ type: "ready" });
    await asked[0]?.answer(capacitySample());
    const before = there.overview;
    there.overview = overview({ swarms: [] });
    await channel.refresh();
    expect(shown()).toMatchObject({ gone: "Docs", swarms: [] });
    channel.receive({ type: "ask" });
    expect(asked).toHaveLength(1);
    there.overview = before;
    await channel.refresh();
    expect(shown().gone).toBeNull();
    channel.show("other");
    expect(shown()).toMatchObject({ gone: "other", plan: null });
    expect(asked).toHaveLength(1);
    there.overview = overview({ swarms: [managed({ id: "other", label: "Other", demo: false })] });
    await channel.refresh();
    expect(asked.at(-1)?.swarmId).toBe("other");
    await channel.refresh();
    expect(asked).toHaveLength(2);
  });

  test("takes no message that is none of ours, and ends with the page", () => {
    const { channel, asked } = world();
    for (const message of [null, 1, {}, { type: "wish" }, { type: "wish", wish: { ...PLAIN_WISH, agents: 0 } }])
      expect(channel.receive(message)).toBe(false);
    channel.receive({ type: "ready" });
    channel.dispose();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(channel.wantsUpdates).toBe(false);
  });
});

describe("a plan in words", () => {
  test("says what fits, what runs out first, and each figure's source", () => {
    const { sentence, basis, kinds, resources, whatIf, notes } = planWords(capacitySample());
    expect(sentence).toBe("3 more agents fit, by CPU; memory runs out first, in 20 d (13 d to 40 d).");
    expect(basis).toBe("On this machine: 32 GB, 8 cores. Growth as learned, with its interval of 95%.");
    expect(kinds).toEqual([
      [
        ...["docs", "4", "1.0 GB (p95 2.0 GB)", "0.5 (p95 1)", "10 (p95 5)", "6 (p95 3)", "unknown"],
        ...["3 by CPU", "derived from 12 agents"],
      ],
    ]);
    const [memory] = resources;
    expect(memory?.cells.slice(0, 1)).toEqual(["Memory"]);
    expect(memory?.text).toBe("in 20 d (13 d to 40 d)");
    expect(memory?.cells.at(-1)).toMatch(/, growth derived$/);
    expect(whatIf).toMatchObject([{ subject: "8 agents of docs", fits: false, verdict: "does not fit: cpu is short" }]);
    expect(notes).toEqual([expect.stringMatching(/^Disk: Growth takes 14 d of history, and 3 d are there/)]);
  });

  test("of too little history rests on footprints only, and says so", () => {
    const learned = { memory: unknownGrowth, cpu: unknownGrowth, disk: unknownGrowth };
    const { sentence, basis, notes } = planWords(capacitySample({ learned, swarms: [swarmInputs()] }));
    expect(sentence).toBe("3 more agents fit, by CPU; when anything runs out is not known.");
    expect(basis).toContain("No growth is known.");
    expect(notes[0]).toMatch(/^Only what fits now is known\. Growth takes 14 d/);
  });

  test("gives one reason once for all that it holds for", () => {
    const learned = { memory: unknownGrowth, cpu: unknownGrowth, disk: unknownGrowth };
    const { notes } = planWords(capacitySample({ learned }));
    expect(notes).toEqual([expect.stringMatching(/^Memory, CPU, Disk: Growth takes 14 d of history/)]);
  });

  test("of a growth that was given, and of another machine, says that they are", () => {
    const wanted = { agents: null, memoryBytes: 64e9, cpus: 16 };
    const { basis, resources } = planWords(capacitySample({ growth: { kind: "percent", percent: 20 }, wanted }));
    expect(basis).toBe("On a machine with 64 GB, 16 cores. Growth as you gave it: 20% in 30 days.");
    expect(resources[0]?.cells.at(-1)).toMatch(/, growth given$/);
  });

  test("of several kinds names each, of none only when what runs out", () => {
    const second = swarmInputs({ id: "demo", live: 1, rssBytes: 1e9, cpuCores: 0.5 });
    expect(planWords(capacitySample({ swarms: [swarmInputs(), second] })).sentence).toMatch(
      /^3 more agents of docs fit, by CPU, or 3 of demo, by CPU; /,
    );
    expect(planWords(capacitySample({ swarms: [] })).sentence).toMatch(/^Memory runs out first/);
    const sizes = { rssBytes: null, cpuCores: null, agents: 0 };
    expect(planWords(capacitySample({ swarms: [swarmInputs({ sizes })] })).sentence).toMatch(
      /^How many more agents fit is not known yet; /,
    );
  });
});
