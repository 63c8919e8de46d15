import type { ScalePreview } from "../../engine/protocol/rpc.ts";
import { bytesText, countText, durationText, numberText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { demoName, line } from "../show.ts";

/** Names listed before "and N more": what fits into a dialog. */
const LISTED = 8;

/**
 * A target as typed.
 * @returns the number, or what is wrong with it and what would be right
 */
export function parseTarget(typed: string, bounds: { minAgents: number; maxAgents: number }): number | string {
  const { minAgents, maxAgents } = bounds;
  const wanted = `a whole number from ${minAgents} to ${maxAgents}`;
  const text = typed.trim();
  if (text === "") return `Enter ${wanted}.`;
  if (!/^\d{1,9}$/.test(text)) return `'${line(text, 40)}' is not ${wanted}.`;
  const target = Number(text);
  if (target < minAgents) return `${target} is below the minimum of ${minAgents}; enter ${wanted}.`;
  if (target > maxAgents) return `${target} is above the maximum of ${maxAgents}; enter ${wanted}.`;
  return target;
}

/** One line under the input while it is typed: what this number would do. */
export function previewLine(preview: ScalePreview): string {
  if (preview.refusal !== null) return reasonText(preview.refusal);
  if (preview.to === preview.from && preview.starting === 0 && preview.ending.length === 0)
    return `${preview.from} agents, as now: nothing changes`;
  const way = [preview.from, ...preview.steps].join(" → ");
  return `${way}: ${effects(preview).join("; ")}`;
}

/** The confirmation: what will happen, to whom, what it costs, and how it is taken back. */
export function scaleQuestion(preview: ScalePreview): { question: string; detail: string[]; agree: string } {
  const detail: string[] = [];
  if (preview.live !== preview.from) detail.push(`${preview.live} of ${preview.from} agents are alive now.`);
  if (preview.starting > 0) detail.push(`Starts ${countText(preview.starting, "agent")}. ${memoryText(preview)}`);
  if (preview.steps.length > 1) detail.push(planText(preview));
  if (preview.to > preview.from) detail.push(costText(preview));
  if (preview.ending.length > 0) {
    const working = preview.ending.filter((one) => one.working).length;
    const listed = preview.ending.slice(0, LISTED).map((one) => endingName(one));
    const more = preview.ending.length - listed.length;
    detail.push(
      `Ends ${countText(preview.ending.length, "agent")}: ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`,
      working === 0
        ? "None of them has a task in hand."
        : `${countText(working, "agent")} ${working === 1 ? "has" : "have"} a task in hand: it is finished first, up to the drain timeout.`,
    );
  }
  const inHand = preview.warnings.filter(({ code }) => code.startsWith("work."));
  if (inHand.length > 0) {
    const more = inHand.length > LISTED ? ` and ${inHand.length - LISTED} more` : "";
    detail.push(
      `In hand: ${inHand
        .slice(0, LISTED)
        .map((work) => reasonText(work))
        .join(", ")}${more}.`,
    );
  }
  for (const warning of preview.warnings) if (!inHand.includes(warning)) detail.push(reasonText(warning));
  detail.push(`To undo: "Swarm: Undo Last Scale" (back to ${preview.from}).`);
  const name = line(preview.label, 80);
  return {
    question: `Scale ${demoName(name, preview.swarmId === "demo")} from ${preview.from} to ${preview.to} agents?`,
    detail,
    agree: `Scale to ${preview.to}`,
  };
}

/** `Goes 4 → 6 → 10 → 16: …`. */
function planText({ from, to, steps, pauseMs }: ScalePreview): string {
  const worse = to > from ? "errors, waiting or pressure get worse" : "errors get worse";
  return `Goes ${[from, ...steps].join(" → ")}: each step is seen and looked at for up to ${durationText(pauseMs)} before the next. If ${worse} it goes back to the step before. Hold pauses it, Undo ends it.`;
}

function costText({ from, to, expectedCpuCores }: ScalePreview): string {
  const cores = expectedCpuCores === null ? "" : `, up to ${numberText(expectedCpuCores, 1)} cores (derived)`;
  return `Costs ${countText(to - from, "agent-hour")} more an hour${cores}.`;
}

function effects(preview: ScalePreview): string[] {
  const parts: string[] = [];
  if (preview.starting > 0) parts.push(`starts ${countText(preview.starting, "agent")}, ${memoryText(preview)}`);
  if (preview.ending.length > 0) {
    const working = preview.ending.filter((one) => one.working).length;
    parts.push(
      `ends ${countText(preview.ending.length, "agent")}${working > 0 ? `, ${working} with a task in hand` : ""}`,
    );
  }
  return parts.length === 0 ? ["no agent starts or ends now"] : parts;
}

function memoryText({ expectedRssBytes, memoryAvailableBytes, room }: ScalePreview): string {
  const needs =
    expectedRssBytes === null
      ? "memory not known (no agent alive to judge by)"
      : `about ${bytesText(expectedRssBytes)} of memory (derived from ${room.footprint.rssBytes === null ? "the agents alive" : `${room.footprint.agents} agents measured`})`;
  const available = memoryAvailableBytes === null ? "" : `, ${bytesText(memoryAvailableBytes)} available`;
  return `${needs}${available}${room.basis === "footprint" ? `, room for ${room.agents}` : ""}`;
}

function endingName(one: ScalePreview["ending"][number]): string {
  const name = line(one.name, 40);
  return `${name.endsWith(String(one.pid)) ? name : `${name} ${one.pid}`}${one.working ? " (working)" : ""}`;
}
