import { anomaliesFlags, anomaliesOutput } from "../../engine/protocol/cli.ts";
import { printableJson } from "../../text/printable.ts";
import type { FileAnomalies } from "../fileAnomalies.ts";
import { defineDetailedVerb } from "../verb.ts";
import { anomalyLines } from "./anomalyLines.ts";

/** Rows of one piece of output: a system call each would be slow, all at once is too long for a string. */
const ROWS_A_PIECE = 5_000;

export const anomalies = defineDetailedVerb({
  name: "anomalies",
  summary: "Find what is unusual in a column of a CSV file",
  notes: [
    "Each row is judged by the rows before it alone, in order of time; the first 24 are never flagged. Scores go from 0 to 1;",
    "from 0.5 on (odds of one in thirty-three) a row is flagged, unless the series is like that too often. Needs no engine.",
  ],
  flags: anomaliesFlags,
  output: anomaliesOutput,
  run: async (flags, context): Promise<FileAnomalies> => {
    const pieces = context.readPieces(flags.input, context.interrupt);
    const { fileAnomalies } = await import("../fileAnomalies.ts");
    return fileAnomalies(pieces, flags);
  },
  value: (file) => Array.from(file.rows(), ({ row }) => row),
  pieces,
  render: anomalyLines,
});

/** The same JSON as `value`, a piece at a time. */
function* pieces(file: FileAnomalies): Generator<string> {
  let piece = "[";
  let count = 0;
  for (const { row } of file.rows()) {
    piece += (count === 0 ? "" : ",") + printableJson(row);
    if (++count % ROWS_A_PIECE !== 0) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}]`;
}
