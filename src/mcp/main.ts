import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { EngineConnection } from "../engine/client.ts";
import { cleanText } from "../engine/common/text.ts";
import { readStartTime } from "../engine/common/processIdentity.ts";
import { moreReasons } from "../text/moreReasons.ts";
import { addReasons } from "../text/reasons.ts";
import { cleaned, onCancelled } from "./cleanTransport.ts";
import { EngineLink } from "./engineLink.ts";
import { Grants, type RequestId } from "./grants.ts";
import { createAgentServer } from "./server.ts";
import type { ProcessClaim, ToolContext } from "./tool.ts";
import { tools } from "./tools/all.ts";

/** A prompt may have half a megabyte; escaped into JSON it may be several times that. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const GIVE_BACK_MS = 2_000;
/** What outlives the request that it was begun for: the link ends it with itself. */
const never = new AbortController().signal;

export interface ServeParts {
  readonly version: string;
  readonly input: Readable;
  readonly output: Writable;
  /** Joins or starts an engine in the role of an agent, under this name. */
  readonly connect: (name: string, signal: AbortSignal) => Promise<EngineConnection>;
  readonly interrupt: AbortSignal;
}

/**
 * Serves the agents' door over a pair of streams until the input ends, the output breaks or `interrupt` is aborted.
 * Clients of both eras of the protocol are answered, by the opening they choose.
 */
export async function serveAgents({ version, input, output, connect, interrupt }: ServeParts): Promise<void> {
  addReasons(moreReasons);
  const holder = identityOf(process.ppid);
  const door = identityOf(process.pid);
  let name = callerName("", holder);
  const link = new EngineLink({ connect: (signal) => connect(name, signal), monotonicMs: () => performance.now() });
  const leases = new Grants({ call: (call, params) => link.call(call, params, never), holder, door });
  const contextOf = (signal: AbortSignal, clientName: string, requestId: RequestId | null): ToolContext => {
    // One connection to the engine for one client: the first that asks gives it its name.
    if (!link.isOpen) name = callerName(clientName, holder);
    return {
      call: (call, params) => link.call(call, params, signal),
      signal,
      ...{ holder, leases: requestId === null ? leases : leases.by(requestId) },
      wallMs: () => Date.now(),
      delay: (ms, until) => delay(ms, undefined, { signal: until }),
    };
  };
  const transport = cleaned(new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES }));
  onCancelled(transport, (requestId) => leases.givenUp(requestId));
  const ended = new Promise<void>((resolve) => {
    // It also closes by itself: after a message without end.
    const close = transport.close.bind(transport);
    transport.close = () => close().finally(resolve);
    for (const event of ["end", "close", "error"]) input.once(event, () => resolve());
    output.once("error", () => resolve());
    interrupt.addEventListener("abort", () => resolve(), { once: true });
    if (interrupt.aborted) resolve();
  });
  const handle = serveStdio(() => createAgentServer({ version, tools, context: contextOf }), { transport });
  await ended;
  // Whoever leaves in order keeps nothing: the conversation is over, though the process may go on.
  if (link.isOpen) await leases.end(AbortSignal.timeout(GIVE_BACK_MS));
  link.dispose();
  await handle.close();
}

function identityOf(pid: number): ProcessClaim {
  return { pid, startTime: readStartTime(pid) };
}

/** As it calls itself, and its process: what is written into decisions as who asked. */
function callerName(clientName: string, { pid }: ProcessClaim): string {
  const told = cleanText(clientName, 60);
  return `${told === "" ? "agent" : told} ${pid}`;
}
