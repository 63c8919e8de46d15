import {
  exitCode,
  resourceAllocFlags,
  type ResourceAllocOutput,
  resourceAllocOutput,
} from "../../engine/protocol/cli.ts";
import { planOfResources } from "../../engine/protocol/resources.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { AllocationPlan } from "../../engine/protocol/allocators.ts";
import { usageFailure } from "../failure.ts";
import { parseJsonFile } from "../jsonFile.ts";
import { defineVerb } from "../verb.ts";
import { carryOut, previewLines, recordExit, recordLines } from "./allocationLines.ts";

export const resourceAlloc = defineVerb({
  name: "daa-resource-alloc",
  summary: "Give swarms agents, CPU, memory, storage and places in lanes by a file, and wait until all of it was seen",
  notes: [
    "What is taken is taken first; each step is looked at before the next, and all of it is taken back when a swarm gets worse,",
    "or at Ctrl-C. What a file does not name stays as it is. 'allocation-undo' goes back. --dry-run only shows.",
    "Exit code 1: refused, or taken back.",
  ],
  flags: resourceAllocFlags,
  output: resourceAllocOutput,
  run: async (flags, context): Promise<ResourceAllocOutput> => {
    const plan = readPlan(flags.resources, await context.readFile(flags.resources, context.interrupt));
    const connection = await context.connect(!flags["no-start"]);
    const preview = await connection.call(calls.allocationPreview, { plan }, context.interrupt);
    const allocation = flags["dry-run"] ? null : await carryOut(preview, undefined, connection, context);
    return { preview, allocation };
  },
  render: ({ preview, allocation }) => (allocation === null ? previewLines(preview) : recordLines(allocation)),
  exit: ({ allocation, preview }) => (preview.refusal !== null ? exitCode.failure : recordExit(allocation)),
});

/** @throws CliFailure `file.notJson`, `resources.invalid` with the first place that is wrong */
function readPlan(file: string, text: string): AllocationPlan {
  const read = planOfResources(parseJsonFile(file, text));
  if (read.kind === "plan") return read.plan;
  const [first] = read.problems;
  throw usageFailure("resources.invalid", {
    ...{ file, path: first?.path ?? "", problem: first?.problem ?? "", problems: read.problems.length },
  });
}
