import type { AllocationPreview, AllocationRecord } from "../../engine/protocol/allocators.ts";
import type { ResourcesProblem } from "../../engine/protocol/resources.ts";
import { allocationStateText, changeText, stepText } from "../../text/allocation.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { line } from "../show.ts";
import type { OutcomeText } from "./outcomeTexts.ts";

/** Changes and notes listed before "and N more": what fits into a dialog. */
const LISTED = 12;
/** Problems of a file told at once: what fits into a notification. */
const TOLD = 3;

/** From → to of every change, in how many steps, what it touches besides, and how it is taken back. */
export function previewDetail({ changes, steps, notes }: AllocationPreview): string[] {
  return [
    ...listed(changes.map(({ from, to }) => changeText(from, to))),
    `In ${countText(steps, "step")}, each seen before the next. All of it is taken back when a swarm gets worse, and at Cancel.`,
    ...listed(notes.map((note) => reasonText(note))),
    'To undo: "Undo" on the message at its end, or later "Swarm: Undo Allocation".',
  ];
}

function listed(texts: readonly string[]): string[] {
  const more = texts.length - LISTED;
  return more > 0 ? [...texts.slice(0, LISTED), `and ${more} more`] : [...texts];
}

/** Every step that was taken, the other way round. */
export function undoDetail({ steps }: AllocationRecord): string[] {
  const back = steps.toReversed().flatMap(({ limits, previous }) => (previous === null ? [] : [{ limits, previous }]));
  return listed(back.map(({ limits, previous }) => changeText(limits, previous)));
}

/** `step 2 of 3, lanes: standard 8 → 4`, `1 of 3 steps confirmed, looking at the effect`, `taking back, 1 of 3 steps`. */
export function progressText({ steps }: Pick<AllocationRecord, "steps">): string {
  const all = countText(steps.length, "step");
  const takenBack = steps.filter(({ state }) => state.kind === "takenBack").length;
  if (takenBack > 0) return `taking back, ${takenBack} of ${all}`;
  const acting = steps.findIndex(({ state }) => state.kind === "acting");
  const step = steps[acting];
  if (step !== undefined) return `step ${acting + 1} of ${steps.length}, ${stepText(step)}`;
  const done = steps.filter(({ state }) => state.kind === "confirmed").length;
  return done === 0 ? `0 of ${all}` : `${done} of ${all} confirmed, looking at the effect`;
}

/** How an allocation ended. @param what it was for: `demo`, `r.json` */
export function allocationOutcomeText(what: string, record: AllocationRecord): OutcomeText {
  return { severity: severityOf(record), text: `${what}: ${allocationStateText(record)}` };
}

function severityOf({ state }: AllocationRecord): OutcomeText["severity"] {
  switch (state.kind) {
    case "applied":
      return "info";
    case "rolledBack":
      // Nothing has failed when the operator has taken it back.
      return state.left > 0 ? "error" : state.reason.code === "aborted" ? "info" : "warning";
    case "refused":
    case "partly":
      return "error";
    case "acting":
    case "interrupted":
      return "warning";
  }
}

/** Whether some of it may be in force, so that there is something to take back. */
export function leavesSomething({ state }: AllocationRecord): boolean {
  switch (state.kind) {
    case "applied":
    case "interrupted":
      return true;
    case "rolledBack":
      return state.left > 0;
    default:
      return false;
  }
}

/** `swarms.demo.memory.high: use bytes or a size such as 512MB or 2GiB`, the first few of them. */
export function problemsText(file: string, problems: readonly ResourcesProblem[]): string {
  const told = problems
    .slice(0, TOLD)
    .map(({ path, problem }) => line(path === "" ? problem : `${path}: ${problem}`, 160))
    .join("; ");
  const more = problems.length - TOLD;
  const rest = more > 0 ? `; and ${`${more} more`}` : "";
  return `${line(file, 80)} cannot be applied, nothing was done. ${told}${rest}`;
}
