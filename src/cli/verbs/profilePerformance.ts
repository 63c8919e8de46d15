import {
  exitCode,
  profilePerformanceFlags,
  type ProfilePerformanceOutput,
  profilePerformanceOutput,
} from "../../engine/protocol/cli.ts";
import type { ProfilePreview } from "../../engine/protocol/profiling.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { CallProgress } from "../../engine/protocol/progress.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { act } from "../act.ts";
import { askForInspector } from "../inspectorConsent.ts";
import { defineVerb } from "../verb.ts";
import { profileLines } from "./profileLines.ts";

export const profilePerformance = defineVerb({
  name: "profile-performance",
  summary: "Profile a running process: where its time and memory go, what it reads and writes, what to do",
  notes: [
    "Of a Node process through its inspector, after a question that names it, or with --yes. It samples every 10 ms and closes",
    "the inspector again. Of any other by 'perf' where that is installed, else by the states of its threads (derived).",
    "The engine itself is profiled from within, with --engine. Of an agent of a swarm its tasks are told as well, with the",
    "critical path of a batch, and the memory of the whole swarm. How often a function was called is not told by sampling.",
    "--swarm-id means its agent that uses the most; of an orchestrator's swarm the processes that were seen are named instead.",
    "What cannot be had is said, and takes nothing else with it. Exit code 3: nothing of what was asked for could be had.",
  ],
  flags: profilePerformanceFlags,
  output: profilePerformanceOutput,
  run: async (flags, context): Promise<ProfilePerformanceOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    if (flags.engine) {
      const params = { durationMs: flags.duration, components: flags.components };
      context.tell({ code: "waiting.profilingEngine", args: { ms: flags.duration } });
      return act(context, connection, calls.profileEngine, params, { code: "waiting.profileEngine", args: {} });
    }
    const { pid, "agent-id": agentId, "swarm-id": swarmId = "" } = flags;
    const of = pid !== undefined ? { pid } : agentId !== undefined ? { agentId } : { swarmId };
    const preview = await connection.call(calls.profilePreview, of, context.interrupt);
    const opens = opensInspector(preview, flags.components);
    if (opens && !flags.yes) await askForInspector(preview, context);
    const params = {
      process: { pid: preview.pid, startTime: preview.startTime },
      durationMs: flags.duration,
      components: flags.components,
      // Nobody was asked where none could be opened: should it be possible by now, it stays closed.
      consent: flags.yes || opens,
      ...(flags["heap-snapshot"] ? { heapSnapshot: true } : {}),
    };
    context.tell({ code: "waiting.profiling", args: { pid: preview.pid, ms: flags.duration } });
    const waiting = { code: "waiting.profile", args: { pid: preview.pid } };
    return act(context, connection, calls.profile, params, waiting, tenths(context.tell));
  },
  render: (output, width) => profileLines(output, width),
  exit: ({ cpu, memory, io, application }) =>
    [cpu, memory, io, application].every((part) => part === null) ? exitCode.notReady : exitCode.ok,
});

/** Reading and writing is told by the kernel alone, but for how long calls take: nobody is asked for that only, and --yes has it. */
function opensInspector({ inspectorRefusal }: ProfilePreview, components: readonly string[]): boolean {
  return inspectorRefusal === null && components.some((component) => component !== "io");
}

/** A line a step, and of a step whose length is known one for each tenth of it: lines stay where they were printed. */
function tenths(tell: (step: Coded) => void): (progress: CallProgress) => void {
  let last = "";
  return ({ step, doneRatio }) => {
    const now = `${step.code} ${doneRatio === null ? "" : Math.floor(10 * doneRatio)}`;
    // That it has begun is said already.
    if (now !== last && doneRatio !== 0) tell(step);
    last = now;
  };
}
