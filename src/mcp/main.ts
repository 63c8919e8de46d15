import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { EngineConnection } from "../engine/client.ts";
import { calls } from "../engine/protocol/rpc.ts";
import { cleanText } from "../engine/common/text.ts";
import { readStartTime } from "../engine/common/processIdentity.ts";
import { moreReasons } from "../text/moreReasons.ts";
import { addReasons } from "../text/reasons.ts";
import { cleaned } from "./cleanTransport.ts";
import { EngineLink } from "./engineLink.ts";
import { createAgentServer } from "./server.ts";
import type { ProcessClaim, ToolContext } from "./tool.ts";
import { tools } from "./tools/all.ts";

/** A prompt may have half a megabyte; escaped into JSON it may be several times that. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const GIVE_BACK_MS = 2_000;

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
  const leases = new Set<string>();
  let name = callerName("", holder);
  const link = new EngineLink({ connect: (signal) => connect(name, signal), monotonicMs: () => performance.now() });
  const contextOf = (signal: AbortSignal, clientName: string): ToolContext => ({
    call: (call, params) => {
      // One connection to the engine for one client: the first that asks gives it its name.
      if (!link.isOpen) name = callerName(clientName, holder);
      return link.call(call, params, signal);
    },
    signal,
    ...{ holder, door, leases },
    wallMs: () => Date.now(),
    delay: (ms, until) => delay(ms, undefined, { signal: until }),
  });
  const transport = cleaned(new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES }));
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
  await giveBack(leases, { holder, door }, link);
  link.dispose();
  await handle.close();
}

/** Whoever leaves in order keeps nothing: the conversation is over, though the process may go on. */
async function giveBack(
  leases: ReadonlySet<string>,
  asker: { holder: ProcessClaim; door: ProcessClaim },
  link: EngineLink,
): Promise<void> {
  if (leases.size === 0 || !link.isOpen) return;
  const signal = AbortSignal.timeout(GIVE_BACK_MS);
  // One that cannot be given back ends with its time, or with its holder.
  await Promise.allSettled(
    [...leases].map((leaseId) => link.call(calls.capacityRelease, { leaseId, ...asker }, signal)),
  );
}

function identityOf(pid: number): ProcessClaim {
  return { pid, startTime: readStartTime(pid) };
}

/** As it calls itself, and its process: what is written into decisions as who asked. */
function callerName(clientName: string, { pid }: ProcessClaim): string {
  const told = cleanText(clientName, 60);
  return `${told === "" ? "agent" : told} ${pid}`;
}
