import type * as z from "zod";
import { CodedError, messageOf, type Coded } from "../common/errors.ts";
import { params as paramSchemas } from "../protocol/params.ts";
import { calls, type LogRecord, type Role } from "../protocol/rpc.ts";
import type { CallContext, DoorCall, Handlers } from "./handlers.ts";

/** Structured log: level, code, arguments. Never a token, never a peer's free text. */
export type ServeLog = (level: LogRecord["level"], code: string, args: Coded["args"]) => void;

/** What an agent may do: read, lease, submit, ask for a size. `viewer` calls are not open to it as a class. */
const agentCalls: ReadonlySet<string> = new Set(
  [
    ...[calls.overview, calls.metricsCollect, calls.subscribe, calls.unsubscribe],
    ...[calls.history, calls.forecast, calls.bottlenecks, calls.kpis, calls.performanceReport, calls.guard],
    ...[calls.capacityRequest, calls.capacityRenew, calls.capacityRelease],
    ...[calls.taskSubmit, calls.task],
    ...[calls.throttles, calls.estimate, calls.scaleAsk, calls.profileLatest],
  ].map((call) => call.method),
);

type CallName = keyof typeof calls;

/** By a map and not by an object, so that `constructor` and `__proto__` are unknown methods like any other. */
const callsByMethod: ReadonlyMap<string, CallName> = new Map(
  (Object.keys(calls) as CallName[]).map((name) => [calls[name].method, name]),
);

type DoorHandlers = {
  readonly [K in Exclude<DoorCall, "initialize">]: (params: never, context: CallContext) => unknown;
};

/**
 * Runs one request: known method, permitted role, valid params, handler.
 * @throws CodedError whatever goes wrong; `internal` names the method only, its cause is in the log
 */
export async function dispatch(
  handlers: Handlers & DoorHandlers,
  method: string,
  params: unknown,
  context: CallContext,
  log: ServeLog,
): Promise<unknown> {
  const name = callsByMethod.get(method);
  if (name === undefined) throw new CodedError("method.unknown", { method });
  if (name === "initialize") throw new CodedError("rpc.alreadyInitialized");
  const call = calls[name];
  const role = context.client.role;
  if (!mayCall(role, call.role, method)) throw new CodedError("role.denied", { method, role, needed: call.role });
  const schema: z.ZodType<unknown> = paramSchemas[name];
  const checked = parseParams(method, schema, params);
  try {
    // The table is typed by `calls`, and the params have just passed this call's own schema.
    return await handlers[name](checked as never, context);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if (context.signal.aborted) throw new CodedError("aborted", { method }, { cause: error });
    log("error", "rpc.handlerFailed", { method, message: messageOf(error) });
    throw new CodedError("internal", { method }, { cause: error });
  }
}

/** @throws CodedError `params.invalid` with the path of the first problem, the problem, and how to see the contract */
export function parseParams<P>(method: string, schema: z.ZodType<P>, params: unknown): P {
  const result = schema.safeParse(params ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CodedError("params.invalid", {
    method,
    path: clipped((issue?.path ?? []).map(String).join(".")),
    problem: clipped(issue?.message ?? ""),
    problems: result.error.issues.length,
  });
}

function mayCall(role: Role, needed: "viewer" | "operator", method: string): boolean {
  if (role === "agent") return agentCalls.has(method);
  return role === "operator" || needed === "viewer";
}

/** Paths and messages repeat keys that the client sent, which may be as long as a frame. */
function clipped(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 299)}…`;
}
