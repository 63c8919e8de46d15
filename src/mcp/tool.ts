import type * as z from "zod";
import type { LeaseAnswer, ReleaseAnswer } from "../engine/protocol/leases.ts";
import type { Params } from "../engine/protocol/params.ts";
import type { Call } from "../engine/protocol/rpc.ts";

/** What a tool may reach. */
export interface ToolContext {
  /** A call to the engine, given up with the request. Rejects with a coded error, and always settles. */
  call<P, R>(call: Call<P, R>, params: P): Promise<R>;
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal;
  /** Who holds what is given: the process that asked; `null`: nobody who could. */
  readonly holder: ProcessClaim | null;
  /** Its capacity: given back with the end of the connection. `null` where there is no holder. */
  readonly leases: CallerLeases | null;
  readonly wallMs: () => number;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What is asked for, apart from who asks. */
export type CapacityAsked = Omit<Params["capacityRequest"], "holder" | "door">;

/** Capacity of the process that asks. A caller who gives up is let go at once, and keeps nothing that it was not told of. */
export interface CallerLeases {
  request(asked: CapacityAsked, signal: AbortSignal): Promise<LeaseAnswer>;
  renew(leaseId: string, seconds: number, signal: AbortSignal): Promise<LeaseAnswer>;
  release(leaseId: string, signal: AbortSignal): Promise<ReleaseAnswer>;
}

/** A process, as it names itself; the engine looks whether there is such a one. */
export interface ProcessClaim {
  readonly pid: number;
  /** As the process table counts it; `null` where that is not told. */
  readonly startTime: number | null;
}

/** One tool of the agents' door, apart from any way of serving it. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** `reads` changes nothing · `acts` does. */
  readonly kind: "reads" | "acts";
  /** Of what acts: whether it may end or undo something, and whether the same again changes nothing more. */
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** @param args as `input` has parsed them @throws coded errors, of the engine or of its own */
  run(args: unknown, context: ToolContext): Promise<Record<string, unknown>>;
}

interface ToolDefinition<I extends z.ZodObject, O extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: AgentTool["kind"];
  readonly destructive?: boolean;
  readonly idempotent?: boolean;
  readonly input: I;
  readonly output: O;
  run(args: z.output<I>, context: ToolContext): Promise<z.input<O>>;
}

/** Closes the types of one tool, so that tools with different contracts stand in one array. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(definition: ToolDefinition<I, O>): AgentTool {
  const { destructive = false, idempotent = definition.kind === "reads" } = definition;
  return {
    ...definition,
    destructive,
    idempotent,
    // The server, or the editor, has parsed them by this very schema.
    run: (args, context) => definition.run(args as z.output<I>, context),
  };
}
