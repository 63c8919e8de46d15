import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { type DemoFaults, NO_FAULTS } from "../../engine/protocol/faultTolerance.ts";
import { notify } from "../ask.ts";
import { faultsText } from "../../text/faults.ts";
import { commandIds } from "../ids.ts";
import { type Command, connected } from "./command.ts";

const DEMO = "demo";

/** What is worth watching; the command line takes any numbers. */
const CHOICES: readonly { readonly label: string; readonly detail: string; readonly faults: DemoFaults }[] = [
  { label: "All tasks fail", detail: "breakers open, and work waits", faults: { ...NO_FAULTS, errorRatio: 1 } },
  {
    label: "A third of the tasks fail",
    detail: "retries under their budget",
    faults: { ...NO_FAULTS, errorRatio: 0.33 },
  },
  {
    label: "Tasks take five seconds longer",
    detail: "lanes fill up and shed",
    faults: { ...NO_FAULTS, latencyMs: 5_000 },
  },
  {
    label: "A tenth of the tasks hang",
    detail: "ended when their time is up",
    faults: { ...NO_FAULTS, hangRatio: 0.1 },
  },
  {
    label: "A tenth of the tasks take their agent down",
    detail: "agents are replaced",
    faults: { ...NO_FAULTS, crashRatio: 0.1 },
  },
  {
    label: "Tasks use CPU, leak memory and wait for the disk",
    detail: "something to find for Swarm: Profile Performance",
    faults: { ...NO_FAULTS, cpuMs: 800, leakBytes: 1024 * 1024, diskMs: 800 },
  },
];

export const injectFaults: Command = {
  id: commandIds.injectFaults,
  couldNot: "Could not inject faults",
  acts: true,
  async run(world) {
    const connection = await connected(world);
    const picked = await vscode.window.showQuickPick([...CHOICES], {
      title: "Inject Faults into the Demo Swarm",
      placeHolder: "What should go wrong? Only the demo swarm is touched.",
    });
    if (picked === undefined) return;
    await connection.call(calls.faultInject, { swarmId: DEMO, faults: picked.faults });
    notify("info", `Injected into the demo swarm: ${faultsText(picked.faults)}. It ends with the engine.`, [
      { title: "End Faults", run: () => vscode.commands.executeCommand(commandIds.endFaults) },
    ]);
  },
};

export const endFaults: Command = {
  id: commandIds.endFaults,
  couldNot: "Could not end the faults",
  acts: true,
  async run(world) {
    const connection = await connected(world);
    await connection.call(calls.faultInject, { swarmId: DEMO, faults: null });
    vscode.window.setStatusBarMessage("$(check) No faults are injected any more", 8_000);
  },
};
