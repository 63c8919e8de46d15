import * as vscode from "vscode";
import type { ManagedSwarmRow, OrchestratedSwarmRow, SwarmRow } from "../../engine/protocol/model.ts";
import type { RecordsNeed } from "../../engine/protocol/orchestrators.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { commandIds } from "../ids.ts";
import type { Subject } from "../tree/node.ts";
import { notify, type NoticeAction } from "../ask.ts";
import { inPick } from "../show.ts";

type Chosen = ManagedSwarmRow | OrchestratedSwarmRow;

/** What is chosen for, and what to say when there is nothing to choose. */
export interface SwarmWish {
  readonly title: string;
  /** Which managed swarms the command can be used on. */
  readonly fits: (swarm: ManagedSwarmRow) => boolean;
  readonly none: string;
}

/**
 * The managed swarm that is meant: the row's, the only one there is, or the one picked.
 * @param fits which swarms the command can be used on
 * @param none what to say when there is none
 * @param need what the command needs that records have not: swarms of orchestrators are offered as well, and why not is said
 * @returns `null` when there is none or the operator gave up; it has been said
 */
export async function chooseSwarm(
  overview: Overview,
  subject: Subject | null,
  title: string,
  fits: (swarm: ManagedSwarmRow) => boolean,
  none: string,
  need?: RecordsNeed,
): Promise<ManagedSwarmRow | null> {
  const wish = { title, fits, none };
  if (need === undefined) return (await choose(overview, subject, wish, false))?.[0] ?? null;
  const chosen = await chooseAnySwarm(overview, subject, wish, need);
  if (chosen?.kind !== "orchestrated") return chosen;
  const isOnlyOne = !overview.swarms.some((swarm) => swarm.kind === "managed" && fits(swarm));
  tellRecordsOnly(chosen, need, isOnlyOne && subject === null ? `${none} ` : "");
  return null;
}

/** As `chooseSwarm`, or all of those that fit. */
export async function chooseSwarms(
  overview: Overview,
  subject: Subject | null,
  title: string,
  fits: (swarm: ManagedSwarmRow) => boolean,
  none: string,
): Promise<readonly ManagedSwarmRow[] | null> {
  return choose(overview, subject, { title, fits, none }, true);
}

/** As `chooseSwarm`, swarms of orchestrators included. @param need as there: it is said in the list already */
export async function chooseAnySwarm(
  overview: Overview,
  subject: Subject | null,
  { title, fits, none }: SwarmWish,
  need: RecordsNeed | null = null,
): Promise<Chosen | null> {
  const meant = namedBy(subject, overview);
  if (meant !== undefined) return meant;
  const known = overview.swarms.filter((swarm) => swarm.kind === "orchestrated");
  const swarms: readonly Chosen[] = [
    ...overview.swarms.filter((swarm) => swarm.kind === "managed").filter(fits),
    ...known,
  ];
  const [only] = swarms;
  if (only === undefined) {
    notify("info", none);
    return null;
  }
  if (swarms.length === 1) return only;
  const picks = swarms.map((swarm) => ({ ...pickOf(swarm, need), swarm }));
  const picked = await vscode.window.showQuickPick(picks, { title, placeHolder: "Which swarm?" });
  return picked?.swarm ?? null;
}

/** As a swarm stands in a list. */
export function pickOf(
  swarm: Chosen,
  need: RecordsNeed | null = null,
): { readonly label: string; readonly description: string; readonly detail?: string } {
  const label = inPick(swarmLabel(swarm));
  if (swarm.kind === "managed") return { label, description: `${swarm.live} of ${swarm.target} agents, ${swarm.mode}` };
  const description = recordsText(swarm.recordCount, swarm.target, swarm.agents.length);
  return { label, description, ...(need === null ? {} : { detail: inPick(recordsOnly(swarm, need), 400) }) };
}

/** The swarm of an orchestrator that a command was called on. */
export function orchestratedOf(
  swarms: readonly SwarmRow[] | undefined,
  subject: Subject | null,
): OrchestratedSwarmRow | null {
  if (subject?.kind !== "swarm") return null;
  const row = swarms?.find(({ id }) => id === subject.swarmId);
  return row?.kind === "orchestrated" ? row : null;
}

/** Why a command does not do of records, what does instead, and the way there. @param before what else is to be said */
export function tellRecordsOnly(swarm: OrchestratedSwarmRow, need: RecordsNeed, before = ""): void {
  const predict: NoticeAction = {
    title: "Predict Size…",
    run: () => vscode.commands.executeCommand(commandIds.predictSize, { swarmId: swarm.id }),
  };
  const allocate: NoticeAction = {
    title: "Allocate Resources…",
    run: () => vscode.commands.executeCommand(commandIds.allocateResources, { swarmId: swarm.id }),
  };
  const ways = { agents: [], forecast: [predict], optimize: [predict], allocate: [allocate] }[need];
  notify("warning", `${before}${recordsOnly(swarm, need)}`, ways);
}

function recordsOnly({ id }: OrchestratedSwarmRow, need: RecordsNeed): string {
  return reasonText({ code: "swarm.recordsOnly", args: { swarmId: id, need } });
}

/** `undefined`: none is named, or one that is not there. An observed one is not ours to choose: it has been said. */
function namedBy(subject: Subject | null, { swarms }: Overview): Chosen | null | undefined {
  if (subject?.kind !== "swarm") return undefined;
  const row = swarms.find(({ id }) => id === subject.swarmId);
  if (row?.kind !== "observed") return row;
  notify("warning", reasonText({ code: "swarm.observed", args: { swarmId: row.id } }));
  return null;
}

async function choose(
  overview: Overview,
  subject: Subject | null,
  { title, fits, none }: SwarmWish,
  mayBeAll: boolean,
): Promise<readonly ManagedSwarmRow[] | null> {
  const meant = namedBy(subject, overview);
  // No other swarm is taken for the one that was named.
  if (meant?.kind === "orchestrated") tellRecordsOnly(meant, "agents");
  if (meant !== undefined) return meant?.kind === "managed" ? [meant] : null;
  const managed = overview.swarms.filter((swarm) => swarm.kind === "managed");
  const fitting = managed.filter(fits);
  if (fitting.length === 0) {
    notify("info", none);
    return null;
  }
  if (fitting.length === 1) return fitting;
  const each = fitting.map((swarm) => ({ ...pickOf(swarm), swarms: [swarm] }));
  const all = mayBeAll ? [{ label: `All ${fitting.length} swarms`, description: "", swarms: fitting }] : [];
  const picked = await vscode.window.showQuickPick([...all, ...each], { title, placeHolder: "Which swarm?" });
  return picked?.swarms ?? null;
}
