import * as vscode from "vscode";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { notify, withProgress } from "../ask.ts";
import { resourcesOf } from "../forecast/pageResources.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { inMessage } from "../show.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { horizonPrompt, parseConfidence, parseHorizon } from "./forecastTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const NO_SWARM = 'There is no swarm to forecast. Define one with "Swarm: Define a Swarm", or start the demo swarm.';

/** Demand, CPU, memory, network and agents of a swarm to come, shown on the page "Swarm Forecast". It only looks. */
export const forecastResources: Command = {
  id: commandIds.forecastResources,
  couldNot: "Could not forecast the resources",
  acts: false,
  async run(world, subject, argument) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(overview, subject, "Forecast Resources", () => true, NO_SWARM, "forecast");
    if (swarm === null) return;
    const wish = wishOf(argument);
    const timeHorizon = wish.horizonSeconds ?? (await askHorizon(swarm));
    if (timeHorizon === null) return;
    const confidence = wish.confidence ?? (await askConfidence(swarm));
    if (confidence === null) return;
    try {
      const prediction = await withProgress(
        `Forecasting the resources of ${swarmLabel(swarm)}: all models are tested, which takes some tens of seconds`,
        (signal) => connection.call(calls.predictScaling, { swarmId: swarm.id, timeHorizon, confidence }, signal),
      );
      (await world.pages.forecast()).showResources(resourcesOf(prediction, swarm.timeScale));
    } catch (error) {
      if (!isAborted(codedOf(error))) throw error;
      notify("info", `The forecast of ${swarmLabel(swarm)}'s resources was cancelled.`);
    }
  },
};

async function askHorizon({ label, timeScale }: ManagedSwarmRow): Promise<number | null> {
  const text = await vscode.window.showInputBox({
    title: inMessage(`Forecast Resources of ${label}`),
    prompt: horizonPrompt(timeScale),
    value: "1 h",
    validateInput: (typed) => problemOf(parseHorizon(typed)),
  });
  return figureOf(text, parseHorizon);
}

async function askConfidence({ label }: ManagedSwarmRow): Promise<number | null> {
  const text = await vscode.window.showInputBox({
    title: inMessage(`Forecast Resources of ${label}`),
    prompt: "With what confidence should the intervals hold the values?",
    value: "0.95",
    validateInput: (typed) => problemOf(parseConfidence(typed)),
  });
  return figureOf(text, parseConfidence);
}

function problemOf(parsed: number | string): string | null {
  return typeof parsed === "string" ? parsed : null;
}

function figureOf(text: string | undefined, parse: (text: string) => number | string): number | null {
  if (text === undefined) return null;
  const parsed = parse(text);
  return typeof parsed === "string" ? null : parsed;
}

/** What a key binding or another extension may name; anything but what is expected counts as left out. */
function wishOf(argument: unknown): { readonly horizonSeconds: number | null; readonly confidence: number | null } {
  const given = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"horizonSeconds" | "confidence", unknown>
  >;
  const within = (value: unknown, text: (value: number) => string, parse: (text: string) => number | string) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return null;
    const parsed = parse(text(value));
    return typeof parsed === "string" ? null : parsed;
  };
  return {
    horizonSeconds: within(given.horizonSeconds, (value) => `${value} s`, parseHorizon),
    confidence: within(given.confidence, String, parseConfidence),
  };
}
