import { backupFlags, backupOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bytesText, durationText } from "../../text/figures.ts";
import { act } from "../act.ts";
import { defineVerb } from "../verb.ts";

export const backup = defineVerb({
  name: "backup",
  summary: "Copy the engine's data to a new file while it runs",
  notes: ["The copy is consistent and holds everything acknowledged by then. An existing file is never replaced."],
  flags: backupFlags,
  output: backupOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const params = flags.output === undefined ? {} : { path: context.resolvePath(flags.output) };
    return act(context, connection, calls.backup, params, { code: "waiting.backup", args: {} });
  },
  render: ({ path, bytes, elapsedMs }) => [
    [{ text: "copied", tone: "good" }, `  ${bytesText(bytes)} in ${durationText(elapsedMs)} to ${path}`],
  ],
});
