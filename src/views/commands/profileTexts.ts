import type { ProfileComponent, ProfilePreview } from "../../engine/protocol/profiling.ts";
import { reasonText } from "../../text/reasons.ts";
import { line } from "../show.ts";

const LISTED = 8;

/** What only an inspector tells, and what the kernel tells without it. */
const ONLY_BY_INSPECTOR: Readonly<Record<ProfileComponent, string | null>> = {
  cpu: "JavaScript functions by name",
  memory: "heap and the places that allocate",
  io: null,
  application: "event loop",
};
const BY_KERNEL: Readonly<Record<ProfileComponent, string | null>> = {
  cpu: "CPU by perf or by the states of its threads",
  memory: "RSS and PSS",
  io: "what it reads and writes",
  application: null,
};

export function opensInspector({ inspectorRefusal }: ProfilePreview): boolean {
  return inspectorRefusal === null;
}

/** Names pid, command and open work, says what is done to the process, and what is told without it. */
export function profileQuestion(
  preview: ProfilePreview,
  components: readonly ProfileComponent[],
  heapSnapshot: boolean,
): { question: string; detail: string[] } {
  const { pid, command, openWork, inspectorRefusal } = preview;
  const detail = [`Command: ${line(command, 300)}`, openWorkText(openWork.map(reasonText))];
  const told = listed(components, BY_KERNEL);
  const untold = [...listed(components, ONLY_BY_INSPECTOR), ...(heapSnapshot ? ["heap snapshot"] : [])];
  const without = [
    told.length === 0 ? "Without it nothing of this is told." : `Without it: ${told.join(", ")}.`,
    `Told only through it: ${untold.join(", ")}.`,
  ].join(" ");
  if (inspectorRefusal !== null)
    return {
      question: `Profile process ${pid} without its inspector?`,
      detail: [...detail, reasonText(inspectorRefusal), without],
    };
  detail.push(
    "It is opened on this machine only, samples every 10 ms, and is closed again. The process goes on, a little slower.",
  );
  if (heapSnapshot)
    detail.push("For the heap snapshot it stands still at the end, for seconds where its heap is large.");
  return { question: `Open the inspector of process ${pid} and profile it?`, detail: [...detail, without] };
}

function openWorkText(works: readonly string[]): string {
  if (works.length === 0) return "No open work was seen.";
  const more = works.length - LISTED;
  return `Open work: ${works.slice(0, LISTED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function listed(
  components: readonly ProfileComponent[],
  words: Readonly<Record<ProfileComponent, string | null>>,
): string[] {
  return components.flatMap((component) => words[component] ?? []);
}
