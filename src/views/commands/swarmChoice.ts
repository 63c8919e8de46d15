import * as vscode from "vscode";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import type { Subject } from "../tree/node.ts";
import { notify } from "../ask.ts";
import { inPick } from "../show.ts";

/**
 * The managed swarm that is meant: the row's, the only one there is, or the one picked.
 * @param fits which swarms the command can be used on
 * @param none what to say when there is none
 * @returns `null` when there is none or the operator gave up; it has been said
 */
export async function chooseSwarm(
  overview: Overview,
  subject: Subject | null,
  title: string,
  fits: (swarm: ManagedSwarmRow) => boolean,
  none: string,
): Promise<ManagedSwarmRow | null> {
  const managed = overview.swarms.filter((swarm) => swarm.kind === "managed");
  if (subject?.kind === "swarm") {
    const meant = managed.find((swarm) => swarm.id === subject.swarmId);
    if (meant !== undefined) return meant;
  }
  const fitting = managed.filter(fits);
  if (fitting.length === 0) {
    notify("info", none);
    return null;
  }
  if (fitting.length === 1) return fitting[0] ?? null;
  const picked = await vscode.window.showQuickPick(
    fitting.map((swarm) => ({
      label: inPick(swarmLabel(swarm)),
      description: `${swarm.live} of ${swarm.target} agents, ${swarm.mode}`,
      swarm,
    })),
    { title, placeHolder: "Which swarm?" },
  );
  return picked?.swarm ?? null;
}
