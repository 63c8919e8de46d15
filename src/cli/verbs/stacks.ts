import { stacksFlags, type StacksOutput, stacksOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { mayOpenInspector } from "../inspectorConsent.ts";
import { defineVerb } from "../verb.ts";
import { stackLines } from "./stackLines.ts";

export const stacks = defineVerb({
  name: "stacks",
  summary: "Show what a running process does now, also one that hangs: its JavaScript and its threads",
  notes: [
    "The inspector of a Node process is opened after a question that names it, or with --yes, and closed again; after a no, with",
    "--no-inspector, or where none can be opened, its threads are told all the same. No other process is signalled or stopped.",
  ],
  flags: stacksFlags,
  output: stacksOutput,
  run: async (flags, context): Promise<StacksOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    const preview = await connection.call(calls.profilePreview, { pid: flags.pid }, context.interrupt);
    const asks = preview.inspectorRefusal === null && !flags.yes && !flags["no-inspector"];
    const consent = asks ? await mayOpenInspector(preview, context, "--no-inspector") : flags.yes;
    const process = { pid: preview.pid, startTime: preview.startTime };
    const report = await connection.call(calls.profileStacks, { process, consent }, context.interrupt);
    if (!flags["no-threads"]) return report;
    return { ...report, threads: [], moreThreads: report.threads.length + report.moreThreads };
  },
  render: (output, width) => stackLines(output, width),
});
