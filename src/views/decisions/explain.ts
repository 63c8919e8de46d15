import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import { factsOf, factText } from "./facts.ts";
import { spokenChange, titleText } from "./words.ts";

/** Everything about one decision, one fact a line: a tooltip. Plain text, so nothing in it is a link or markup. */
export function decisionTooltip(row: DecisionRow): string {
  return [
    titleText(row),
    `Decided ${dateText(row.wallMs)}`,
    ...factsOf(row).map((fact) => `${fact.name}: ${factText(fact)}`),
  ].join("\n");
}

/** Fits beside the side bar in a window of ordinary width. */
const COLUMNS = 80;

/** The same as a document to read, to search and to copy from. Wrapped: a plain document is not, unless the user says so. */
export function explanation(row: DecisionRow): string {
  const facts = factsOf(row);
  const width = Math.max(...facts.map(({ name }) => name.length));
  const change = spokenChange(row);
  return [
    titleText(row),
    "",
    `${change.charAt(0).toUpperCase()}${change.slice(1)}.`,
    `Decided ${dateText(row.wallMs)}.`,
    "",
    ...facts.flatMap((fact) => hanging(`${fact.name}:`.padEnd(width + 2), factText(fact))),
    "",
    ...(row.inputs === null ? [] : glossary(row)),
    `Decision ${row.id}`,
    "",
  ].join("\n");
}

function glossary({ inputs }: DecisionRow): string[] {
  const demand =
    inputs?.demandSource === "measured"
      ? "Demand is busy agents + waiting tasks ÷ tasks an agent holds at once, as a mean over the scaler's window."
      : "Demand is the CPU share of the agents (this swarm has no tasks to count), as a mean over the scaler's window.";
  const load =
    "Load is demand ÷ live agents. The combined load weighs the expected one and the one of the moment; without a forecast that takes part it is the load of the moment.";
  return [...hanging("", demand), ...hanging("", load), ""];
}

/** `head` and the text beside it, its further lines below its first. A word that is longer than a line is left whole. */
function hanging(head: string, text: string): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && head.length + current.length + 1 + word.length > COLUMNS) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current].map((one, at) => (at === 0 ? head : " ".repeat(head.length)) + one);
}

function dateText(wallMs: number): string {
  return new Date(wallMs).toLocaleString();
}

/** Shown instead, when the editor brings a document back and its decision is not among those that are loaded. */
export const NOT_AT_HAND = "This decision is not loaded in this window. Open it from the view Decisions.\n";
