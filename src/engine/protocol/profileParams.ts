import * as z from "zod";
import { BLAME_MEASURES, MAX_BLAME_RANGE_MS } from "./blame.ts";
import { PROFILE_COMPONENTS, PROFILE_MS } from "./profiling.ts";

/** Parameters of the calls about profiles, a part of `params`. */

const anySwarm = z.string().max(200);
const anyAgent = z.string().max(200);
const seenProcess = z.strictObject({ pid: z.int().min(2), startTime: z.number() });

export const profileParams = {
  profilePreview: z.union([
    z.strictObject({ agentId: anyAgent }),
    z.strictObject({ pid: z.int().min(2) }),
    /** The agent of it that uses the most CPU. */
    z.strictObject({ swarmId: anySwarm }),
  ]),
  profile: z.strictObject({
    /** As the preview has told it, and somebody has agreed to it. */
    process: seenProcess,
    durationMs: z.int().min(PROFILE_MS.least).max(PROFILE_MS.most),
    components: z.array(z.enum(PROFILE_COMPONENTS)).min(1).max(PROFILE_COMPONENTS.length),
    /** To open an inspector in it; without, only what the kernel tells is told. */
    consent: z.boolean(),
    heapSnapshot: z.boolean().optional(),
  }),
  profileStacks: z.strictObject({
    process: seenProcess,
    /** To open an inspector in it; without, only its threads are told. */
    consent: z.boolean(),
  }),
  /** The engine itself, from within: no port, no signal, no heap snapshot (it would stand still for it). */
  profileEngine: z.strictObject({
    durationMs: z.int().min(PROFILE_MS.least).max(PROFILE_MS.most),
    components: z.array(z.enum(PROFILE_COMPONENTS)).min(1).max(PROFILE_COMPONENTS.length),
  }),
  blame: z
    .strictObject({
      /** Of all swarms, and of the allocator itself, when left out. */
      swarmId: anySwarm.optional(),
      fromMs: z.int().min(0),
      toMs: z.int().min(0),
      by: z.enum(BLAME_MEASURES),
    })
    .refine(({ fromMs, toMs }) => fromMs < toMs && toMs - fromMs <= MAX_BLAME_RANGE_MS),
} as const;
