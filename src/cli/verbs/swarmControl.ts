import { swarmHoldFlags, swarmHoldOutput, swarmModeFlags, swarmModeOutput } from "../../engine/protocol/cli.ts";
import type { SwarmMode } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { untilText } from "../../text/clock.ts";
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
  summary: "Pause the scaling of a swarm, or of all with --all; resume it with --release",
  notes: [
    "On hold a swarm is supervised but does not grow and is not sized automatically, also after the engine was restarted,",
    "until the hold is lifted or the time of --for is over. With --all a hold that lasts longer than --for stays as it is.",
  ],
  flags: swarmHoldFlags,
  output: swarmHoldOutput,
  run: async (flags, context) => {
    const held = !flags.release;
    const connection = await context.connect(!flags["no-start"]);
    // Who means all of them does not mean to shorten a hold that was made for one.
    const forSeconds =
      flags.for === undefined ? {} : { forSeconds: flags.for / 1_000, ...(flags.all ? { keepLonger: true } : {}) };
    const ids = flags.all
      ? (await connection.call(calls.overview, {}, context.interrupt)).swarms
          .filter(({ kind }) => kind === "managed")
          .map(({ id }) => id)
      : [swarmIdOf(flags)];
    const swarms: { swarmId: string; untilMs: number | null }[] = [];
    for (const swarmId of ids) {
      const { untilMs } = await connection.call(calls.swarmHold, { swarmId, held, ...forSeconds }, context.interrupt);
      swarms.push({ swarmId, untilMs });
    }
    return { swarmId: flags.all ? null : swarmIdOf(flags), held, swarms };
  },
  render: ({ held, swarms }) =>
    swarms.length === 0
      ? [["There is no managed swarm."]]
      : swarms.map(({ swarmId, untilMs }) => [
          { text: swarmId, tone: "strong" },
          held
            ? `  on hold${untilText(untilMs)}: no growth and no automatic change until 'swarm-hold --release'`
            : "  the hold is lifted",
        ]),
});
