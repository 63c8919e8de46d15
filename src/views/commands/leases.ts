import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { confirm, notify } from "../ask.ts";
import { leaseText } from "../guard/words.ts";
import { commandIds } from "../ids.ts";
import { inPick, line } from "../show.ts";
import { type Command, connected } from "./command.ts";

/** Ends nothing of whoever holds it; asked about, because that one counts on it. */
export const takeLeaseBack: Command = {
  id: commandIds.takeLeaseBack,
  couldNot: "Could not take the lease back",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const { lanes, wallMs } = await connection.call(calls.guard, {});
    const leases = lanes.flatMap(({ leases: of = [] }) => of);
    if (leases.length === 0) return notify("info", "No capacity is leased.");
    const picked =
      subject?.kind === "lease"
        ? leases.find(({ id }) => id === subject.leaseId)
        : (
            await vscode.window.showQuickPick(
              leases.map((row) => ({
                ...{ label: inPick(row.by), description: inPick(`${row.lane} · ${leaseText(row, wallMs)}`), row },
              })),
              { title: "Take Lease Back", placeHolder: "Which lease?" },
            )
          )?.row;
    if (picked === undefined) {
      if (subject?.kind === "lease") notify("info", "That lease is over.");
      return undefined;
    }
    const detail = [
      `${leaseText(picked, wallMs)}, in the lane ${picked.lane}.`,
      "Its process goes on, and may not notice: it is only no longer promised the places.",
    ];
    if (!(await confirm(`Take the lease of ${line(picked.by, 80)} back?`, detail, "Take Back"))) return undefined;
    await connection.call(calls.capacityRelease, { leaseId: picked.id });
    vscode.window.setStatusBarMessage(`$(check) Lease of ${inPick(picked.by, 60)} taken back`, 8_000);
    return undefined;
  },
};
