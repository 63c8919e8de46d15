import type { EngineConnection } from "../../engine/client.ts";
import { calls, type Overview } from "../../engine/protocol/rpc.ts";
import type { Subject } from "../tree/node.ts";
import type { AgentsView } from "../agents/view.ts";
import { withProgress } from "../ask.ts";
import type { DecisionBook } from "../decisions/book.ts";
import type { Explanations } from "../decisions/explanations.ts";
import type { CommandId } from "../ids.ts";
import type { EngineLog } from "../log/engineLog.ts";
import type { Pages } from "../pages/pages.ts";
import type { Secrets } from "../secrets.ts";
import { Failure, rejectOn, type SessionPort } from "../sessionPort.ts";
import type { ReadDocument } from "../readDocuments.ts";
import type { TopicFeed } from "../topicFeed.ts";

/** What commands work with. */
export interface CommandWorld {
  readonly session: SessionPort;
  readonly overview: TopicFeed<"overview">;
  readonly agents: AgentsView;
  readonly log: EngineLog;
  readonly pages: Pages;
  readonly decisions: DecisionBook;
  readonly explanations: Explanations;
  readonly kpis: { choose(swarmId: string): void };
  readonly taskOutputs: { open(task: { readonly id: string; readonly label: string }): Promise<void> };
  readonly secrets: Secrets;
  readonly readDocuments: { open(title: string, document: ReadDocument): Promise<void> };
  /** Of this extension. */
  readonly version: string;
}

export interface Command {
  readonly id: CommandId;
  /** How a failure is introduced: "Could not …". */
  readonly couldNot: string;
  /** Changes something: refused in an untrusted window, with an explanation. */
  readonly acts: boolean;
  /**
   * @param subject the row it was called on; `null` from the palette
   * @param argument as it came, for a command that can be told more than its subject
   */
  run(world: CommandWorld, subject: Subject | null, argument: unknown): Promise<void>;
}

/** How long a command waits for a connection that is being made. */
const CONNECT_DEADLINE_MS = 15_000;
const QUICK_MS = 400;

/**
 * The connection, or the reason why there is none. Shows progress only when it takes noticeably long.
 * @throws Failure with the session's reason, `rpc.timeout` or `aborted`
 */
export async function connected({ session }: CommandWorld): Promise<EngineConnection> {
  const { state } = session;
  if (state.kind === "failed") throw new Failure(state.reason);
  // Asking for something is asking for the engine, also where it does not start by itself.
  if (state.kind === "idle") session.restart();
  const given = new AbortController();
  const deadline = AbortSignal.any([given.signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)]);
  const timedOut = { code: "rpc.timeout", args: { method: "initialize", afterMs: CONNECT_DEADLINE_MS } };
  const soon = Promise.race([session.connection(deadline), rejectOn(deadline, timedOut)]);
  const quick = await Promise.race([soon, new Promise<null>((resolve) => setTimeout(resolve, QUICK_MS, null))]);
  if (quick !== null) return quick;
  return withProgress("Connecting to the swarm engine", (cancel) => {
    cancel.addEventListener("abort", () => given.abort(), { once: true });
    return soon;
  });
}

/** The latest state of everything; asks for it before the first has arrived. */
export async function overviewNow(world: CommandWorld, connection: EngineConnection): Promise<Overview> {
  return world.overview.latest ?? connection.call(calls.overview, {});
}
