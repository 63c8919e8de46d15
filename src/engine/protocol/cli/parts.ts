import * as z from "zod";

/** What the contracts of several verbs share. */

/** Exit codes of `swarm-allocator`, and 130 after Ctrl-C. */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** Not enough measured yet to answer. */
  notReady: 3,
  /** Asked for, not seen by the deadline; the engine goes on trying. */
  unconfirmed: 4,
  noEngine: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

// Output ----------------------------------------------------------------------------------------------------

export const coded = z.object({
  code: z.string(),
  args: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** What stands on stdout instead of the output when a verb fails with `--json`. */
export const cliError = z.object({
  error: coded.extend({ message: z.string().describe("The same in words, for people") }),
});
export type CliError = z.infer<typeof cliError>;

export const sourceTag = z.enum(["measured", "derived", "claimed", "unknown"]);

export const topology = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("confirmed"), from: z.string(), to: z.string() }),
  z.object({ kind: z.literal("unconfirmed"), reason: coded }),
  z.object({ kind: z.literal("refused"), reason: coded }),
]);

export const claimedSize = z
  .object({
    records: z.int().nullable().describe("Read back from the orchestrator (claimed); null: could not be read"),
    notes: z.array(coded).readonly().describe("By which ways it came about, and which did nothing"),
    topology: topology.exactOptional().describe("What became of it once the size was confirmed"),
  })
  .exactOptional()
  .describe("Only of a swarm of an orchestrator; live are the processes seen of it");

export const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("confirmed"), live: z.int(), elapsedMs: z.number(), claimed: claimedSize }),
  z.object({
    kind: z.literal("unconfirmed"),
    live: z.int(),
    elapsedMs: z.number(),
    reason: coded,
    claimed: claimedSize,
  }),
]);
/** How an action ended. A refusal is an error, not an outcome. */
export type CliOutcome = z.infer<typeof outcome>;

export const usage = z.object({
  cpuCores: z.number().nullable(),
  rssBytes: z.number().nullable(),
  readBytes: z.number().nullable(),
  writeBytes: z.number().nullable(),
  processCount: z.int(),
});

// Flags ----------------------------------------------------------------------------------------------------

export const plainFlags = {
  json: z.boolean().default(false).describe("Print one JSON value instead of text"),
  help: z.boolean().default(false).describe("Show the help of this verb"),
  schema: z.boolean().default(false).describe("Print the JSON Schema of the flags and of the output"),
};

export const engineFlags = {
  ...plainFlags,
  "no-start": z.boolean().default(false).describe("Do not start an engine when none runs; exit 5 instead"),
};

const DEFAULT_TIMEOUT_MS = 60_000;
export const timeout = z
  .int("use a whole number of milliseconds")
  .min(100, "use at least 100 ms")
  .max(3_600_000, "use at most 3600000 ms (one hour)")
  .default(DEFAULT_TIMEOUT_MS)
  .describe("How long to wait for the confirmation, in ms");

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^\s*(0*[1-9]\d{0,8})(ms|s|m|h|d)\s*$/;

/** `500ms`, `10s`, `1m`, `6h`, `1d` as milliseconds. */
export const duration = z
  .string()
  .regex(DURATION, "use a duration such as 500ms, 10s, 1m or 1h")
  .transform((text) => {
    const [, count, unit = ""] = DURATION.exec(text) ?? [];
    return Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  });

export const anySwarmId = z.string().min(1, "name a swarm").max(200, "use at most 200 characters");

/** The swarm is named by exactly one of `--demo` and `--swarm-id`. */
export function oneSwarm(flags: { readonly demo: boolean; readonly "swarm-id"?: string | undefined }): boolean {
  return flags.demo !== (flags["swarm-id"] !== undefined);
}
export const oneSwarmProblem = { path: ["swarm-id"], message: "name one swarm: either --demo or --swarm-id ID" };
