import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { EngineConnection } from "../engine/client.ts";
import { cleanText } from "../engine/common/text.ts";
import { readStartTime } from "../engine/common/processIdentity.ts";
import { moreReasons } from "../text/moreReasons.ts";
import { addReasons } from "../text/reasons.ts";
import { cleaned } from "./cleanTransport.ts";
import { EngineLink } from "./engineLink.ts";
import { createAgentServer } from "./server.ts";
import type { HolderClaim, ToolContext } from "./tool.ts";
import { tools } from "./tools/all.ts";

/** A prompt may have half a megabyte; escaped into JSON it may be several times that. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

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
  const holder = parentProcess();
  let name = callerName("", holder);
  const link = new EngineLink({ connect: (signal) => connect(name, signal), monotonicMs: () => performance.now() });
  const contextOf = (signal: AbortSignal, clientName: string): ToolContext => ({
    call: (call, params) => {
      // One connection to the engine for one client: the first that asks gives it its name.
      if (!link.isOpen) name = callerName(clientName, holder);
      return link.call(call, params, signal);
    },
    signal,
    holder: { ...holder, name: callerName(clientName, holder) },
    wallMs: () => Date.now(),
    delay: (ms, until) => delay(ms, undefined, { signal: until }),
  });
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) input.once(event, () => resolve());
    output.once("error", () => resolve());
    interrupt.addEventListener("abort", () => resolve(), { once: true });
    if (interrupt.aborted) resolve();
  });
  const handle = serveStdio(
    () => createAgentServer({ version, tools, context: contextOf }),
    { transport: cleaned(new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES })) },
  );
  await ended;
  link.dispose();
  await handle.close();
}

type Parent = Pick<HolderClaim, "pid" | "startTime">;

/** The process that has started us: the agent, or the editor, that speaks through this door. */
function parentProcess(): Parent {
  const pid = process.ppid;
  return { pid, startTime: readStartTime(pid) };
}

/** As it calls itself, and its process: what is written into decisions as who asked. */
function callerName(clientName: string, { pid }: Parent): string {
  const told = cleanText(clientName, 60);
  return `${told === "" ? "agent" : told} ${pid}`;
}
