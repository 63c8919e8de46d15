import type { EngineConnection } from "../../engine/client.ts";
import {
  allocationsFlags,
  type AllocationsOutput,
  allocationsOutput,
  allocationUndoFlags,
  allocationUndoOutput,
  exitCode,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { act } from "../act.ts";
import { CliFailure } from "../failure.ts";
import type { Line } from "../lines.ts";
import { localTime } from "../times.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { recordExit, recordLines } from "./allocationLines.ts";

/** How far back `--last` looks. */
const UNDO_REACH = 200;

export const allocations = defineVerb({
  name: "allocations",
  summary: "List what swarms were given of the machine, how it went and what it brought, and what can be limited here",
  flags: allocationsFlags,
  output: allocationsOutput,
  run: async (flags, context): Promise<AllocationsOutput> => {
    const { limit, before } = flags;
    const connection = await context.connect(!flags["no-start"]);
    const query = { limit, ...(before === undefined ? {} : { before }) };
    return connection.call(calls.allocations, query, context.interrupt);
  },
  render: ({ allocations: rows, more, support }) => [
    ...(rows.length === 0 ? [["Nothing was allocated yet. See 'optimize-performance' and 'daa-resource-alloc'."]] : []),
    ...rows.flatMap((row): Line[] => [
      [{ text: localTime(row.wallMs), tone: "faint" }, `  ${row.id}  by ${row.by}`],
      ...recordLines(row).map((line): Line => ["  ", ...line]),
    ]),
    ...(more ? [[{ text: "Older ones with --before ID.", tone: "faint" as const }]] : []),
    [],
    ...support.map(({ resource, support: own }): Line =>
      own.kind === "supported"
        ? [`${resource}: by ${own.means.join(", ")}${own.notes.map((note) => `. ${reasonText(note)}`).join("")}`]
        : [`${resource}: ${reasonText(own.reason)}`],
    ),
  ],
});

export const allocationUndo = defineVerb({
  name: "allocation-undo",
  summary: "Go back to what was before an allocation, last step first",
  notes: ["Refused when a later one has set the same things. Exit code 1: some of it could not be taken back."],
  positional: "allocation-id",
  flags: allocationUndoFlags,
  output: allocationUndoOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const allocationId = flags["allocation-id"] ?? (await newestUndoable(connection, context));
    const waiting = { code: "waiting.allocationUndo", args: {} };
    return act(context, connection, calls.allocationUndo, { allocationId }, waiting);
  },
  render: (record) => recordLines(record),
  exit: (record) => recordExit(record),
});

/** @throws CliFailure `allocation.noneToUndo` */
async function newestUndoable(connection: EngineConnection, context: VerbContext): Promise<string> {
  const { allocations: rows } = await connection.call(calls.allocations, { limit: UNDO_REACH }, context.interrupt);
  const newest = rows.find(({ undoRefusal, undoOf }) => undoRefusal === null && undoOf === null);
  if (newest === undefined) throw new CliFailure(exitCode.failure, "allocation.noneToUndo", {});
  return newest.id;
}
