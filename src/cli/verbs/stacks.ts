import { exitCode, stacksFlags, type StacksOutput, stacksOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { framePlace } from "../../text/profileMemory.ts";
import { printable } from "../../text/printable.ts";
import { reasonText } from "../../text/reasons.ts";
import { CliFailure } from "../failure.ts";
import { askForInspector } from "../inspectorConsent.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";

export const stacks = defineVerb({
  name: "stacks",
  summary: "Show where the JavaScript of a running Node process is now, also of one that hangs",
  notes: ["Its inspector is opened after a question that names the process, or with --yes, and closed again."],
  flags: stacksFlags,
  output: stacksOutput,
  run: async (flags, context): Promise<StacksOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    const preview = await connection.call(calls.profilePreview, { pid: flags.pid }, context.interrupt);
    const { inspectorRefusal: refusal } = preview;
    if (refusal !== null) throw new CliFailure(exitCode.failure, refusal.code, refusal.args);
    if (!flags.yes) await askForInspector(preview, context);
    const process = { pid: preview.pid, startTime: preview.startTime };
    return connection.call(calls.profileStacks, { process, consent: true }, context.interrupt);
  },
  render: (output) => stackLines(output),
});

function stackLines({ process, frames, idleMs, leftOpen }: StacksOutput): Line[] {
  return [
    [{ text: `pid ${process.pid}`, tone: "strong" }, `  ${printable(process.command)}`],
    ...(idleMs === null ? [] : [[`No JavaScript ran, and none began within ${durationText(idleMs)}.`]]),
    ...frames.map((frame): Line => [`  at ${printable(frame.name)}`, { text: framePlace(frame), tone: "faint" }]),
    ...(leftOpen === null ? [] : [[{ text: reasonText(leftOpen), tone: "warn" as const }]]),
  ];
}
