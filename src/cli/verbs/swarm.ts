import { scaleOutput, swarmScaleFlags, swarmStartFlags, swarmStopFlags } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { act, outcomeExit } from "../act.ts";
import { scaleLines, settled } from "../scaled.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineVerb } from "../verb.ts";

const exitNote = "Exit code 4: not confirmed by the deadline; the engine goes on trying.";

export const swarmStart = defineVerb({
  name: "swarm-start",
  summary: "Start a configured swarm, or the demo swarm, and wait until its agents are seen",
  notes: [exitNote],
  flags: swarmStartFlags,
  output: scaleOutput,
  run: async (flags, context) => {
    const swarmId = swarmIdOf(flags);
    const connection = await context.connect(!flags["no-start"]);
    const mode = flags.mode === undefined ? {} : { mode: flags.mode };
    const params = { swarmId, deadlineMs: flags.timeout, ...mode };
    return settled(
      await act(context, connection, calls.swarmStart, params, { code: "waiting.start", args: { swarmId } }),
    );
  },
  render: (output) => scaleLines("started", output),
  exit: ({ outcome }) => outcomeExit(outcome),
});

export const swarmStop = defineVerb({
  name: "swarm-stop",
  summary: "Drain and end all agents of a swarm, and wait until they are seen gone",
  notes: [exitNote],
  flags: swarmStopFlags,
  output: scaleOutput,
  run: async (flags, context) => {
    const swarmId = swarmIdOf(flags);
    const connection = await context.connect(!flags["no-start"]);
    const params = { swarmId, deadlineMs: flags.timeout, ...(flags.now ? { now: true } : {}) };
    return settled(
      await act(context, connection, calls.swarmStop, params, { code: "waiting.stop", args: { swarmId } }),
    );
  },
  render: (output) => scaleLines("stopped", output),
  exit: ({ outcome }) => outcomeExit(outcome),
});

export const swarmScale = defineVerb({
  name: "swarm-scale",
  summary: "Bring a swarm to a number of agents, and wait until that many are seen",
  notes: [
    "A change of more than 2 agents and more than a quarter goes in steps: each is seen and looked at before the next, and",
    "taken back when the swarm gets worse. 'swarm-hold' pauses it, 'decision-undo' ends it.",
    exitNote,
  ],
  flags: swarmScaleFlags,
  output: scaleOutput,
  run: async (flags, context) => {
    const swarmId = flags["swarm-id"];
    const target = flags["target-size"];
    const connection = await context.connect(!flags["no-start"]);
    const params = { swarmId, target, deadlineMs: flags.timeout, ...(flags["at-once"] ? { atOnce: true } : {}) };
    return settled(
      await act(context, connection, calls.swarmScale, params, { code: "waiting.scale", args: { swarmId, target } }),
    );
  },
  render: (output) => scaleLines("scaled", output),
  exit: ({ outcome }) => outcomeExit(outcome),
});
