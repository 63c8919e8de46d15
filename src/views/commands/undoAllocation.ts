import * as vscode from "vscode";
import type { AllocationRow } from "../../engine/protocol/allocators.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { notify } from "../ask.ts";
import { allocationTitle } from "../decisions/allocations.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import { takeBack } from "./allocationFlow.ts";
import { type Command, connected } from "./command.ts";

const LOOK_BACK = 50;

/** Goes back to what was before an allocation, last step first. */
export const undoAllocation: Command = {
  id: commandIds.undoAllocation,
  couldNot: "Could not undo the allocation",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const { allocations } = await connection.call(calls.allocations, { limit: LOOK_BACK });
    const row = await choose(allocations, subject?.kind === "allocation" ? subject.allocationId : null);
    if (row !== null) await takeBack(world, allocationTitle(row), row);
  },
};

async function choose(rows: readonly AllocationRow[], wanted: string | null): Promise<AllocationRow | null> {
  const undoable = rows.filter(({ undoRefusal, undoOf }) => undoRefusal === null && undoOf === null);
  const named = wanted === null ? undefined : rows.find(({ id }) => id === wanted);
  // One that cannot be undone is refused by the engine, with the reason.
  if (named !== undefined) return named;
  if (undoable.length === 0) {
    notify("info", "No allocation can be undone now.");
    return null;
  }
  const items = undoable.map((row) => ({
    label: inPick(allocationTitle(row)),
    description: new Date(row.wallMs).toLocaleString(),
    row,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: "Undo Allocation", placeHolder: "Newest first" });
  return picked?.row ?? null;
}
