import { diagnosticsFlags, diagnosticsOutput } from "../../engine/protocol/cli.ts";
import { calls, type Diagnostics } from "../../engine/protocol/rpc.ts";
import { bytesText } from "../../text/figures.ts";
import { printableJson } from "../../text/printable.ts";
import type { Line } from "../lines.ts";
import { defineDetailedVerb } from "../verb.ts";

interface Collected {
  readonly diagnostics: Diagnostics;
  /** The file it was written to; `null` when it goes to stdout. */
  readonly written: { readonly path: string; readonly bytes: number } | null;
}

export const diagnostics = defineDetailedVerb({
  name: "diagnostics",
  summary: "Collect what a bug report needs, as JSON, without secrets",
  notes: [
    "It has no commands, arguments, environment variables, host name or project folders. Read it before you share it.",
    "An existing file is replaced with --force only.",
  ],
  flags: diagnosticsFlags,
  output: diagnosticsOutput,
  run: async (flags, context): Promise<Collected> => {
    const connection = await context.connect(!flags["no-start"]);
    const collected = await connection.call(calls.diagnostics, {}, context.interrupt);
    if (flags.output === undefined) return { diagnostics: collected, written: null };
    const text = `${printableJson(collected, 2)}\n`;
    const path = await context.writeFile(flags.output, text, flags.force);
    return { diagnostics: collected, written: { path, bytes: Buffer.byteLength(text) } };
  },
  value: ({ diagnostics: collected }) => collected,
  render: ({ diagnostics: collected, written }): Line[] =>
    written === null
      ? printableJson(collected, 2)
          .split("\n")
          .map((line): Line => [line])
      : [[{ text: "written", tone: "good" }, `  ${bytesText(written.bytes)} to ${written.path}`]],
});
