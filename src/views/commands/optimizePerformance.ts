import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { PerformancePlan, Strategy } from "../../engine/protocol/optimize.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { expectedOf } from "../../text/performancePlan.ts";
import { swarmLabel } from "../agents/faces.ts";
import { choose, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import { applyAllocation, hasSomethingToDo } from "./allocationFlow.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { performanceDetail, STRATEGY_CHOICES } from "./performanceTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const AS_GOOD = "no better allocation was found than the one in force. Nothing is changed.";
const APPLY = "Apply";
const TRADE_OFFS = "Show Trade-offs";

/** What holds a swarm back, the allocation of its agents that helps most, and, once agreed to, that one made so. */
export const optimizePerformance: Command = {
  id: commandIds.optimizePerformance,
  couldNot: "Could not optimize the performance",
  acts: true,
  async run(world, subject, argument) {
    const connection = await connected(world);
    const swarm = await chooseSwarm(
      await overviewNow(world, connection),
      subject,
      "Optimize Performance",
      ({ target }) => target > 0,
      'No swarm is running. Start one first, for example with "Swarm: Start Demo Swarm".',
      "optimize",
    );
    if (swarm === null) return;
    const strategy = strategyOf(argument) ?? (await chooseStrategy());
    if (strategy === null) return;
    const what = line(swarmLabel(swarm), 80);
    const plan = await planned(connection, swarm.id, strategy, what);
    if (plan === null || !hasSomethingToDo(what, plan.preview, AS_GOOD)) return;
    const question = `Optimize ${what} for ${plan.strategy}?`;
    const way = await choose(question, performanceDetail(plan), [APPLY, TRADE_OFFS] as const);
    if (way === TRADE_OFFS) await world.pages.optimizeAllocation(swarm.id);
    if (way === APPLY)
      await applyAllocation(world, connection, { what, preview: plan.preview, expected: expectedOf(plan) });
  },
};

/** @returns `null` when it was cancelled: it has been said */
async function planned(
  connection: EngineConnection,
  swarmId: string,
  strategy: Strategy,
  what: string,
): Promise<PerformancePlan | null> {
  try {
    return await withProgress(`Looking for the best allocation of ${what}`, (signal) =>
      connection.call(calls.optimizePerformance, { swarmId, strategy }, signal),
    );
  } catch (error) {
    if (!isAborted(codedOf(error))) throw error;
    notify("info", `The search for ${what} was cancelled. Nothing was changed.`);
    return null;
  }
}

async function chooseStrategy(): Promise<Strategy | null> {
  const picked = await vscode.window.showQuickPick(
    STRATEGY_CHOICES.map((choice) => ({ ...choice })),
    { title: "Optimize Performance", placeHolder: "What matters?" },
  );
  return picked?.strategy ?? null;
}

/** Anything but a strategy counts as left out. */
function strategyOf(argument: unknown): Strategy | null {
  if (typeof argument !== "object" || argument === null || !("strategy" in argument)) return null;
  return STRATEGY_CHOICES.find(({ strategy }) => strategy === argument.strategy)?.strategy ?? null;
}
