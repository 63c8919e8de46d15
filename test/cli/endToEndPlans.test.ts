import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionsOutput, decisionUndoOutput, scaleOutput } from "../../src/engine/protocol/cli.ts";
import { bundle, cli, demo, demoWith, json, status, tidyUp, until } from "./realCli.ts";

/** What operators have asked for, the newest first. The scaler may recommend something else at any time. */
const asked = async () =>
  decisionsOutput.parse(await json("decisions", "--limit", "20")).decisions.filter(({ origin }) => origin !== "scaler");
const newest = async () => (await asked())[0] ?? expect.fail("no decision");
const scaleTo = (size: number, ...more: string[]) =>
  json("swarm-scale", "--swarm-id", "demo", "--target-size", String(size), ...more);

describe.runIf(process.platform === "linux")("a large change, with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    scaleOutput.parse(await json("swarm-start", "--demo", "--mode", "recommend"));
  }, 60_000);
  afterAll(tidyUp, 60_000);

  test("goes in steps, each seen before the next, and is confirmed at its end", { timeout: 90_000 }, async () => {
    const from = (await demo()).target ?? 0;
    const sizes = new Set<number>();
    let isOver = false;
    const scaling = scaleTo(10).finally(() => (isOver = true));
    await until("its end", async () => {
      sizes.add((await demo()).target ?? 0);
      return isOver;
    });
    expect(scaleOutput.parse(await scaling)).toMatchObject({ from, to: 10, outcome: { kind: "confirmed", live: 10 } });
    const decision = await newest();
    // Urgent growth, of a swarm that has more work than agents, is one step and has no plan.
    const steps = decision.plan?.steps ?? [10];
    expect(steps.at(-1)).toBe(10);
    expect(decision.state).toMatchObject({ kind: "confirmed", live: 10 });
    for (const size of sizes) expect([from, ...steps]).toContain(size);
    await demoWith(10);
  });

  test("is ended by an undo between its steps, which restores what was before", { timeout: 90_000 }, async () => {
    void cli("swarm-scale", "--swarm-id", "demo", "--target-size", "3");
    await until("its first step", async () => ((await demo()).target ?? 10) < 10);
    const decision = await newest();
    expect(decision).toMatchObject({ to: 3, from: 10, undoRefusal: null });
    const undone = decisionUndoOutput.parse(await json("decision-undo", decision.id));
    expect(undone).toMatchObject({ to: 10, outcome: { kind: "confirmed" } });
    expect(undone.notes.map(({ code }) => code)).toContain("undo.newAgents");
    await demoWith(10);
    const rows = await asked();
    expect(rows[1]).toMatchObject({ id: decision.id, undoneBy: rows[0]?.id });
    expect(rows[1]?.state.kind).not.toBe("acting");
  });

  test("is not gone on with by an engine that was killed in between", { timeout: 90_000 }, async () => {
    void cli("swarm-scale", "--swarm-id", "demo", "--target-size", "2");
    await until("its first step", async () => ((await demo()).target ?? 10) < 10);
    const { id } = await newest();
    process.kill((await status()).engine.pid, "SIGKILL");
    await until("it is told as interrupted", async () => {
      const row = await newest();
      return row.id === id && row.state.kind === "interrupted";
    });
    const { plan, state } = await newest();
    expect(state).toMatchObject({ kind: "interrupted", reason: { code: "plan.interrupted" } });
    expect((await demo()).target).toBe(plan?.at);
    expect(plan?.at).toBeGreaterThan(2);
  });

  test("in one step, when the operator says so", { timeout: 60_000 }, async () => {
    const { target } = await demo();
    const result = scaleOutput.parse(await scaleTo(2, "--at-once"));
    expect(result).toMatchObject({ from: target, to: 2, outcome: { kind: "confirmed", live: 2 } });
    expect((await newest()).plan).toBeUndefined();
  });

  test("what agents need is learned, and what auto would have done is told", { timeout: 60_000 }, async () => {
    await until("a figure of the shadow", async () => (await demo()).scaling?.inputs.shadow !== undefined);
    expect((await cli("status")).stdout).toContain("auto would have");
  });
});
