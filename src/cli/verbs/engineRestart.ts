import {
  type EngineRestartOutput,
  engineRestartFlags,
  engineRestartOutput,
  exitCode,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { act } from "../act.ts";
import { reasonOf } from "../failure.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";

/** How often to look whether another engine answers. */
const LOOK_INTERVAL_MS = 100;

export const engineRestart = defineVerb({
  name: "engine-restart",
  summary: "Restart the engine, and wait until the new one answers; agents go on working",
  notes: ["Without a running engine one is started. Exit code 4: no new engine was seen by the deadline."],
  flags: engineRestartFlags,
  output: engineRestartOutput,
  run: async (flags, context): Promise<EngineRestartOutput> => {
    const startedMs = context.monotonicMs();
    const connection = await context.connect(!flags["no-start"]);
    const { pid: before } = connection.info;
    const gone = context.watchProcess(before);
    await act(context, connection, calls.engineRestart, {}, { code: "waiting.restart", args: {} });
    const pid = await successor(before, gone, startedMs + flags.timeout, context);
    const elapsedMs = Math.round(context.monotonicMs() - startedMs);
    return {
      before,
      outcome: pid === null ? { kind: "unconfirmed", elapsedMs } : { kind: "confirmed", pid, elapsedMs },
    };
  },
  render: ({ before, outcome }) => [
    outcome.kind === "confirmed"
      ? [{ text: "restarted", tone: "good" }, `  pid ${before} → ${outcome.pid} in ${durationText(outcome.elapsedMs)}`]
      : [
          { text: "unconfirmed", tone: "warn" },
          `  no other engine than pid ${before} answered within ${durationText(outcome.elapsedMs)}`,
        ],
  ],
  exit: ({ outcome }) => (outcome.kind === "confirmed" ? exitCode.ok : exitCode.unconfirmed),
});

/** The pid of the engine that follows; `null` when none has answered by the deadline. The keeper starts it, not this. */
async function successor(
  before: number,
  gone: () => boolean,
  deadlineMs: number,
  context: VerbContext,
): Promise<number | null> {
  for (;;) {
    // The old one may still answer for a moment: it ends after its answer is out.
    const pid = gone() ? await answering(context) : null;
    if (pid !== null && pid !== before) return pid;
    if (context.monotonicMs() >= deadlineMs) return null;
    await context.delay(LOOK_INTERVAL_MS, context.interrupt);
  }
}

async function answering(context: VerbContext): Promise<number | null> {
  try {
    return (await context.connect(false)).info.pid;
  } catch (error) {
    if (context.interrupt.aborted) throw error;
    // Between the two engines nobody listens, whatever that looks like.
    if (reasonOf(error).code.startsWith("internal")) throw error;
    return null;
  }
}
