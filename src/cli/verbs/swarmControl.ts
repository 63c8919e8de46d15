import { swarmHoldFlags, swarmHoldOutput, swarmModeFlags, swarmModeOutput } from "../../engine/protocol/cli.ts";
import type { SwarmMode } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineVerb } from "../verb.ts";

const MEANING: Readonly<Record<SwarmMode, string>> = {
  observe: "its load is watched, nothing is recommended or changed",
  recommend: "changes are recommended and wait for you: see 'decisions'",
  auto: "it is sized by itself within its bounds; each change is in 'decisions' and can be undone",
};

export const swarmMode = defineVerb({
  name: "swarm-mode",
  summary: "Say what the scaler may do with a swarm: observe, recommend or auto",
  flags: swarmModeFlags,
  output: swarmModeOutput,
  run: async (flags, context) => {
    const swarmId = swarmIdOf(flags);
    const { mode } = flags;
    const connection = await context.connect(!flags["no-start"]);
    await connection.call(calls.swarmMode, { swarmId, mode }, context.interrupt);
    return { swarmId, mode };
  },
  render: ({ swarmId, mode }) => [[{ text: swarmId, tone: "strong" }, `  ${mode}: ${MEANING[mode]}`]],
});

export const swarmHold = defineVerb({
  name: "swarm-hold",
  summary: "Put a swarm on hold, or lift the hold with --release",
  notes: [
    "On hold a swarm is supervised but does not grow and is not sized automatically, also after the engine was restarted,",
    "until the hold is lifted.",
  ],
  flags: swarmHoldFlags,
  output: swarmHoldOutput,
  run: async (flags, context) => {
    const swarmId = swarmIdOf(flags);
    const held = !flags.release;
    const connection = await context.connect(!flags["no-start"]);
    await connection.call(calls.swarmHold, { swarmId, held }, context.interrupt);
    return { swarmId, held };
  },
  render: ({ swarmId, held }) => [
    [
      { text: swarmId, tone: "strong" },
      held ? "  on hold: no growth and no automatic change until 'swarm-hold --release'" : "  the hold is lifted",
    ],
  ],
});
