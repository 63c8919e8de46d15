import * as z from "zod/mini";
import { allocationPlan, type AllocationPlan, type ResourceLimits } from "./allocators.ts";
import { swarmId } from "./config.ts";
import { lane } from "./faultTolerance.ts";

// A resources file: what swarms are to be given, as people write it. The same schema is for requirements of other programs.

const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};
const SIZE = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)\s*$/i;

/** Bytes, or a size with its unit. */
const SIZES = "use bytes or a size such as 512MB or 2GiB";
const size = z.union([z.int(), z.string().check(z.regex(SIZE, SIZES))], { error: SIZES });
const most = z.optional(z.nullable(size));

/** Limits of one swarm. What is left out stays as it is; `null` lifts a limit. */
export const swarmResources = z.strictObject({
  agents: z.optional(z.int()),
  cpu: z.optional(
    z.strictObject({
      nice: z.optional(z.int()),
      weight: z.optional(z.int()),
      ioLevel: z.optional(z.nullable(z.union([z.int(), z.literal("idle")]))),
    }),
  ),
  /** Of each agent with all its processes; the other two of each process, enforced by the system. */
  memory: z.optional(z.strictObject({ high: z.nullable(size), data: most, addressSpace: most })),
  storage: z.optional(z.strictObject({ output: z.optional(size), workspace: most })),
});

export const resourcesFile = z.strictObject({
  swarms: z._default(z.record(swarmId, swarmResources), {}),
  /** Tasks of a lane that may run at once, over all swarms. */
  lanes: z.optional(z.partialRecord(lane, z.int())),
});
export type ResourcesFile = z.infer<typeof resourcesFile>;

/** What the plan's values are called in a file; empty where the value is the whole of its place. */
const FILE_KEYS: Readonly<Record<string, string>> = {
  ...{ agents: "", lanes: "", highBytes: "high", dataBytes: "data", addressSpaceBytes: "addressSpace" },
  ...{ outputBytes: "output", workspaceBytes: "workspace" },
};

/** Where a file is wrong, for people: `swarms.demo.cpu`, and what is wrong with it. */
export interface ResourcesProblem {
  readonly path: string;
  readonly problem: string;
}

/** Every problem of a file, or the plan that it asks for. @param value as it was parsed from JSON */
export function planOfResources(
  value: unknown,
):
  | { readonly kind: "plan"; readonly plan: AllocationPlan }
  | { readonly kind: "invalid"; readonly problems: readonly ResourcesProblem[] } {
  const file = resourcesFile.safeParse(value);
  if (!file.success) return { kind: "invalid", problems: problemsOf(file.error.issues, () => "") };
  const entries = entriesOf(file.data);
  if (entries.length === 0)
    return { kind: "invalid", problems: [{ path: "", problem: "names nothing to change: use swarms or lanes" }] };
  const plan = allocationPlan.safeParse(entries.map(({ limits }) => limits));
  if (plan.success) return { kind: "plan", plan: plan.data };
  // The plan is checked by the bounds of each value; people know their file, not the plan.
  return { kind: "invalid", problems: problemsOf(plan.error.issues, (at) => entries[at]?.path ?? "") };
}

function entriesOf({ swarms, lanes }: ResourcesFile): { readonly path: string; readonly limits: ResourceLimits }[] {
  return [
    ...Object.entries(swarms).flatMap(([id, own]) =>
      limitsOf(id, own).map((limits) => ({ path: `swarms.${id}.${limits.resource}`, limits })),
    ),
    ...(lanes === undefined ? [] : [{ path: "lanes", limits: { resource: "network", lanes } as const }]),
  ];
}

function limitsOf(id: string, { agents, cpu, memory, storage }: z.infer<typeof swarmResources>): ResourceLimits[] {
  return [
    ...(agents === undefined ? [] : [{ resource: "agents", swarmId: id, agents } as const]),
    ...(cpu === undefined ? [] : [{ resource: "cpu", swarmId: id, ...cpu } as const]),
    ...(memory === undefined
      ? []
      : [
          {
            ...({ resource: "memory", swarmId: id } as const),
            highBytes: bytesOf(memory.high),
            ...(memory.data === undefined ? {} : { dataBytes: bytesOf(memory.data) }),
            ...(memory.addressSpace === undefined ? {} : { addressSpaceBytes: bytesOf(memory.addressSpace) }),
          },
        ]),
    ...(storage === undefined
      ? []
      : [
          {
            ...({ resource: "storage", swarmId: id } as const),
            ...(storage.output === undefined ? {} : { outputBytes: bytesOf(storage.output) ?? Number.NaN }),
            ...(storage.workspace === undefined ? {} : { workspaceBytes: bytesOf(storage.workspace) }),
          },
        ]),
  ];
}

function bytesOf(value: number | string | null): number | null {
  if (value === null || typeof value === "number") return value;
  const [, figure, unit = ""] = SIZE.exec(value) ?? [];
  return Math.round(Number(figure) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
}

function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  placeOf: (index: number) => string,
): readonly ResourcesProblem[] {
  return issues.map((issue) => {
    const [first, key, ...rest] = issue.path;
    const place =
      typeof first === "number" ? [placeOf(first), FILE_KEYS[String(key)] ?? key ?? "", ...rest] : issue.path;
    const path = place.map(String).filter((part) => part !== "");
    return { path: path.join("."), problem: problemText(issue) };
  });
}

/** The small form of zod has no words of its own. */
function problemText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `unknown ${issue.keys.map((key) => `'${key}'`).join(", ")}`;
    case "invalid_type":
      return issue.expected === "int" ? "use a whole number" : `use a value of type ${issue.expected}`;
    case "too_small":
      return `use at least ${issue.minimum}`;
    case "too_big":
      return `use at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}
