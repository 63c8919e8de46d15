import {
  type AllocatedOutput,
  exitCode,
  resourceAllocFlags,
  type ResourceAllocWithSwarm,
  resourceAllocWithSwarm,
} from "../../engine/protocol/cli.ts";
import { planOfResources, swarmResources } from "../../engine/protocol/resources.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { AllocationPlan } from "../../engine/protocol/allocators.ts";
import { countText } from "../../text/figures.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { usageFailure } from "../failure.ts";
import { parseJsonFile } from "../jsonFile.ts";
import { accepted, act, outcomeExit, outcomeLines } from "../act.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { carryOut, previewLines, recordExit, recordLines } from "./allocationLines.ts";

/** A large change goes in steps, each looked at before the next. */
const ALLOCATE_MS = 3_600_000;

export const resourceAlloc = defineVerb({
  name: "daa-resource-alloc",
  summary: "Give swarms agents, CPU, memory, storage and places in lanes by a file, and wait until all of it was seen",
  notes: [
    "What is taken is taken first; each step is looked at before the next, and all of it is taken back when a swarm gets worse,",
    "or at Ctrl-C. What a file does not name stays as it is. 'allocation-undo' goes back. --dry-run only shows.",
    "Exit code 1: refused, or taken back.",
  ],
  flags: resourceAllocFlags,
  output: resourceAllocWithSwarm,
  run: async (flags, context): Promise<ResourceAllocWithSwarm> => {
    const swarmId = flags["swarm-id"];
    if (swarmId !== undefined) {
      const allocated = await allocateTo(swarmId, flags, context);
      const preview = { plan: [], changes: [], steps: 0, refusal: null, notes: allocated.reasons };
      return { preview, allocation: null, allocated };
    }
    const plan = readPlan(flags.resources, await context.readFile(flags.resources, context.interrupt));
    const connection = await context.connect(!flags["no-start"]);
    const preview = await connection.call(calls.allocationPreview, { plan }, context.interrupt);
    const allocation = flags["dry-run"] ? null : await carryOut(preview, undefined, connection, context);
    return { preview, allocation };
  },
  render: (output) => {
    if (output.allocated !== undefined) return allocatedLines(output.allocated);
    return output.allocation === null ? previewLines(output.preview) : recordLines(output.allocation);
  },
  exit: (output) => {
    if (output.allocated !== undefined) return outcomeExit(output.allocated.outcome);
    return output.preview.refusal !== null ? exitCode.failure : recordExit(output.allocation);
  },
});

/** What one swarm is given: gathered, computed, applied and looked at by the engine. */
async function allocateTo(
  swarmId: string,
  flags: { readonly resources: string; readonly "dry-run": boolean; readonly "no-start": boolean },
  context: VerbContext,
): Promise<AllocatedOutput> {
  const { resources: file } = flags;
  const parsed = swarmResources.safeParse(parseJsonFile(file, await context.readFile(file, context.interrupt)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map(String).join(".");
    throw usageFailure("resources.invalid", { file, path, problem: issue?.message ?? "", problems: 1 });
  }
  if (flags["dry-run"])
    throw usageFailure("resources.invalid", {
      file,
      path: "--dry-run",
      problem: "goes without --swarm-id only",
      problems: 1,
    });
  const connection = await context.connect(!flags["no-start"]);
  const params = { swarmId, requirements: parsed.data, deadlineMs: ALLOCATE_MS };
  const waiting = { code: "waiting.scale", args: { swarmId, target: parsed.data.agents ?? null } };
  const { outcome, ...rest } = await act(context, connection, calls.allocateResources, params, waiting);
  return { ...rest, outcome: accepted(outcome) };
}

function allocatedLines({ swarmId, agents, reasons, outcome, kept }: AllocatedOutput): Line[] {
  const { claimed } = outcome;
  return [
    [{ text: swarmId, tone: "strong" }, `  given ${agents === null ? "nothing" : countText(agents, "agent")}`],
    ...outcomeLines(outcome, claimed === undefined),
    ...(claimed === undefined ? [] : [[`  ${recordsText(claimed.records, agents, outcome.live)}`]]),
    ...reasons.map((one): Line => [`  ${reasonText(one)}`]),
    ...(kept === null
      ? []
      : [
          [
            `  ${kept.kept ? `noted by '${kept.tool}' (claimed)` : `note not confirmed: ${kept.reason === null ? "" : reasonText(kept.reason)}`}`,
          ],
        ]),
  ];
}

/** @throws CliFailure `file.notJson`, `resources.invalid` with the first place that is wrong */
function readPlan(file: string, text: string): AllocationPlan {
  const read = planOfResources(parseJsonFile(file, text));
  if (read.kind === "plan") return read.plan;
  const [first] = read.problems;
  throw usageFailure("resources.invalid", {
    ...{ file, path: first?.path ?? "", problem: first?.problem ?? "", problems: read.problems.length },
  });
}
