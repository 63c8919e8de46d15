import { type AgentStopOutput, agentStopFlags, agentStopOutput, exitCode } from "../../engine/protocol/cli.ts";
import { calls, type StopPreview } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { reasonText } from "../../text/reasons.ts";
import { accepted, act, outcomeExit, outcomeLines } from "../act.ts";
import { CliFailure } from "../failure.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";

export const agentStop = defineVerb({
  name: "agent-stop",
  summary: "Stop one agent, and wait until it is seen gone",
  notes: [
    "An agent that somebody else started is stopped only after a question that names its process, command and open work,",
    "or with --yes. Exit code 4: not seen gone by the deadline.",
  ],
  flags: agentStopFlags,
  output: agentStopOutput,
  run: async (flags, context): Promise<AgentStopOutput> => {
    const agentId = flags["agent-id"];
    const connection = await context.connect(!flags["no-start"]);
    const preview = await connection.call(calls.stopPreview, { agentId }, context.interrupt);
    if (!preview.managed && !flags.yes) await askFirst(preview, context);
    const { pid, startTime, swarmId, command, openWork } = preview;
    // The identity that was shown goes along: should the pid mean another process by now, the engine refuses.
    const params = { agentId, pid, startTime, deadlineMs: flags.timeout, ...(flags.now ? { now: true } : {}) };
    const waiting = { code: "waiting.agent", args: { agentId } };
    const { outcome } = await act(context, connection, calls.agentStop, params, waiting);
    return { agentId, swarmId, pid, command, openWork, outcome: accepted(outcome) };
  },
  render: (output) => agentStopLines(output),
  exit: ({ outcome }) => outcomeExit(outcome),
});

async function askFirst(preview: StopPreview, context: VerbContext): Promise<void> {
  const { pid, command } = preview;
  const openWork = preview.openWork.map(reasonText).join(", ");
  if (context.confirm === null) {
    throw new CliFailure(exitCode.usage, "confirm.needed", { pid, command, openWork });
  }
  const question = [
    `Stop process ${pid}, which somebody else started?`,
    `  command    ${printable(command)}`,
    `  processes  ${countText(preview.processCount, "process", "processes")}`,
    `  open work  ${openWork === "" ? "none seen" : openWork}`,
    "It cannot be undone. [y/N] ",
  ].join("\n");
  if (!(await context.confirm(question, context.interrupt))) {
    throw new CliFailure(exitCode.failure, "confirm.declined", { pid });
  }
}

function agentStopLines({ agentId, pid, command, openWork, outcome }: AgentStopOutput): Line[] {
  const done = outcome.kind === "confirmed" ? "stopped" : "told to end";
  return [
    [{ text: agentId, tone: "strong" }, `  ${done}: pid ${pid} · ${command}`],
    ...openWork.map((work): Line => ["  it had open: ", reasonText(work)]),
    ...outcomeLines(outcome, false),
  ];
}
