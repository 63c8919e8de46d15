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
  return (await choose(overview, subject, title, fits, none, false))?.[0] ?? null;
}

/** As `chooseSwarm`, or all of those that fit. */
export async function chooseSwarms(
  overview: Overview,
  subject: Subject | null,
  title: string,
  fits: (swarm: ManagedSwarmRow) => boolean,
  none: string,
): Promise<readonly ManagedSwarmRow[] | null> {
  return choose(overview, subject, title, fits, none, true);
}

async function choose(
  overview: Overview,
  subject: Subject | null,
  title: string,
  fits: (swarm: ManagedSwarmRow) => boolean,
  none: string,
  mayBeAll: boolean,
): Promise<readonly ManagedSwarmRow[] | null> {
  const managed = overview.swarms.filter((swarm) => swarm.kind === "managed");
  if (subject?.kind === "swarm") {
    const meant = managed.filter((swarm) => swarm.id === subject.swarmId);
    if (meant.length > 0) return meant;
  }
  const fitting = managed.filter(fits);
  if (fitting.length === 0) {
    notify("info", none);
    return null;
  }
  if (fitting.length === 1) return fitting;
  const each = fitting.map((swarm) => ({
    label: inPick(swarmLabel(swarm)),
    description: `${swarm.live} of ${swarm.target} agents, ${swarm.mode}`,
    swarms: [swarm],
  }));
  const all = mayBeAll ? [{ label: `All ${fitting.length} swarms`, description: "", swarms: fitting }] : [];
  const picked = await vscode.window.showQuickPick([...all, ...each], { title, placeHolder: "Which swarm?" });
  return picked?.swarms ?? null;
}
