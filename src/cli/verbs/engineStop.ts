import { type EngineStopOutput, engineStopFlags, engineStopOutput, exitCode } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText, durationText } from "../../text/figures.ts";
import { act } from "../act.ts";
import { reasonOf } from "../failure.ts";
import type { EngineConnection } from "../../engine/client.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";
import type { GoneCheck, VerbContext } from "../world.ts";

/** How often to look whether the processes are gone. */
const LOOK_INTERVAL_MS = 50;
/** Looked for at least this long after the engine said that it ends, however much of the deadline is left. */
const MIN_LOOK_MS = 2_000;

export const engineStop = defineVerb({
  name: "engine-stop",
  summary: "End every managed agent, the engine and its keeper",
  notes: [
    "Agents that somebody else started are left alone. Without a running engine there is nothing to do: exit code 0.",
  ],
  flags: engineStopFlags,
  output: engineStopOutput,
  run: async (flags, context): Promise<EngineStopOutput> => {
    const connection = await joinRunning(context);
    if (connection === null) return { wasRunning: false, ended: 0, outcome: null };
    const startedMs = context.monotonicMs();
    const { pid, keeperPid } = connection.info;
    // Before the call, while the pids certainly mean these processes.
    const watched = [pid, keeperPid].map((each) => ({ pid: each, gone: context.watchProcess(each) }));
    const waiting = { code: "waiting.engine", args: {} };
    const { ended } = await act(context, connection, calls.engineStop, { deadlineMs: flags.timeout }, waiting);
    const deadlineMs = Math.max(startedMs + flags.timeout, context.monotonicMs() + MIN_LOOK_MS);
    const alivePids = await untilGone(watched, deadlineMs, context);
    const elapsedMs = Math.round(context.monotonicMs() - startedMs);
    return {
      wasRunning: true,
      ended,
      outcome:
        alivePids.length === 0 ? { kind: "confirmed", elapsedMs } : { kind: "unconfirmed", elapsedMs, alivePids },
    };
  },
  render: (output) => engineStopLines(output),
  exit: ({ outcome }) => (outcome?.kind === "unconfirmed" ? exitCode.unconfirmed : exitCode.ok),
});

async function joinRunning(context: VerbContext): Promise<EngineConnection | null> {
  try {
    return await context.connect(false);
  } catch (error) {
    if (reasonOf(error).code === "engine.notRunning") return null;
    throw error;
  }
}

/** @returns pids that are still alive at the deadline */
async function untilGone(
  watched: readonly { readonly pid: number; readonly gone: GoneCheck }[],
  deadlineMs: number,
  context: VerbContext,
): Promise<number[]> {
  for (;;) {
    const alive = watched.filter(({ gone }) => !gone()).map(({ pid }) => pid);
    if (alive.length === 0 || context.monotonicMs() >= deadlineMs) return alive;
    await context.delay(LOOK_INTERVAL_MS, context.interrupt);
  }
}

function engineStopLines({ wasRunning, ended, outcome }: EngineStopOutput): Line[] {
  if (!wasRunning || outcome === null) return [["No engine was running."]];
  const agents = `${countText(ended, "agent")} ended`;
  if (outcome.kind === "confirmed") {
    return [
      [{ text: "stopped", tone: "good" }, `  ${agents} · engine and keeper gone in ${durationText(outcome.elapsedMs)}`],
    ];
  }
  return [
    [
      { text: "unconfirmed", tone: "warn" },
      `  ${agents} · still alive after ${durationText(outcome.elapsedMs)}: pid ${outcome.alivePids.join(", ")}`,
    ],
  ];
}
