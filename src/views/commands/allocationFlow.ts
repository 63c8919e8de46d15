import type { EngineConnection } from "../../engine/client.ts";
import type { AllocationExpected, AllocationPreview, AllocationRecord } from "../../engine/protocol/allocators.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { confirm, notify, type NoticeAction, withProgress } from "../ask.ts";
import { reportFailure } from "../failures.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { reasonText } from "../../text/reasons.ts";
import { allocationOutcomeText, leavesSomething, progressText, undoDetail } from "./allocationTexts.ts";
import { type CommandWorld, connected } from "./command.ts";

/** How allocations are carried out and taken back, whoever has asked for them: progress, cancel, outcome, undo. */

const LOOK_MS = 1_000;
/** The answer is lost, not the allocation: what became of it is asked for. */
const LOST: ReadonlySet<string> = new Set(["aborted", "rpc.closed", "rpc.timeout"]);

export interface AllocationWork {
  /** What it is for, as it is told: `demo`, `r.json`. */
  readonly what: string;
  /** As it was shown: refused by the engine where something else is in force by now. */
  readonly preview: Pick<AllocationPreview, "plan" | "changes">;
  /** Kept beside what will be measured. */
  readonly expected?: AllocationExpected;
}

/** Whether there is something to agree to; why not has been said. @param nothing what is said when nothing would change */
export function hasSomethingToDo(
  what: string,
  { refusal, changes }: AllocationPreview,
  nothing = "everything is so already, there is nothing to change.",
): boolean {
  if (refusal !== null) {
    notify("warning", `${what}: nothing is done. ${reasonText(refusal)}`);
    return false;
  }
  if (changes.length === 0) notify("info", `${what}: ${nothing}`);
  return changes.length > 0;
}

/** How following one ended. `unknown`: it was begun, or may have been, and the engine cannot be asked what became of it. */
type Followed =
  | { readonly kind: "over"; readonly record: AllocationRecord }
  | { readonly kind: "notBegun" }
  | { readonly kind: "unknown"; readonly reason: Coded };

/**
 * Carries a plan out with progress, and tells how it ended, with an undo. Cancel takes back what was done.
 * @throws Failure with the engine's reason when it refused to begin
 */
export async function applyAllocation(
  world: CommandWorld,
  connection: EngineConnection,
  { what, preview: { plan, changes }, expected }: AllocationWork,
): Promise<void> {
  const from = changes.map((change) => change.from);
  const params = { plan, from, ...(expected === undefined ? {} : { expected }) };
  const title = `Allocating resources: ${what}`;
  const call = (signal: AbortSignal) => connection.call(calls.allocationApply, params, signal);
  tell(world, what, await followed(world, connection, title, call));
}

/**
 * Takes an allocation back once the operator agrees, with progress, and tells how it ended.
 * @throws Failure with the engine's reason when it refused to begin
 */
export async function takeBack(world: CommandWorld, what: string, record: AllocationRecord): Promise<void> {
  if (!(await confirm(`Take back what was allocated for ${what}?`, undoDetail(record), "Take Back"))) return;
  const connection = await connected(world);
  const call = (signal: AbortSignal) => connection.call(calls.allocationUndo, { allocationId: record.id }, signal);
  tell(world, what, await followed(world, connection, `Taking back: ${what}`, call));
}

/** Ends like a command: its failure is told, not thrown, for a button has nobody to throw to. */
async function takeBackByButton(world: CommandWorld, what: string, record: AllocationRecord): Promise<void> {
  try {
    await takeBack(world, what, record);
  } catch (error) {
    reportFailure("Could not take the allocation back", codedOf(error));
  }
}

function tell(world: CommandWorld, what: string, ended: Followed): void {
  switch (ended.kind) {
    case "notBegun":
      return notify("info", `${what}: cancelled before anything was done.`);
    case "unknown":
      return notify(
        "warning",
        `${what}: what became of it is not known. ${reasonText(ended.reason)} "swarm-allocator allocations" tells once the engine is there.`,
      );
    case "over": {
      const { record } = ended;
      const { severity, text } = allocationOutcomeText(what, record);
      const undo: NoticeAction = { title: "Undo", run: () => takeBackByButton(world, what, record) };
      return notify(severity, text, record.undoOf === null && leavesSomething(record) ? [undo] : []);
    }
  }
}

/**
 * Waits for the end of a call that allocates, and shows the steps as they are seen. When its answer does not come (Cancel, an
 * engine that was lost), the engine is asked what became of it.
 * @throws Failure when the engine refused to begin
 */
async function followed(
  world: CommandWorld,
  connection: EngineConnection,
  title: string,
  act: (signal: AbortSignal) => Promise<AllocationRecord>,
): Promise<Followed> {
  const before = await newest(connection);
  const isOurs = (record: AllocationRecord | null): record is AllocationRecord =>
    record !== null && record.id !== before?.id;
  try {
    const record = await withProgress(title, async (signal, say) => {
      const stop = every(LOOK_MS, async () => {
        const latest = await newest(connection, signal);
        if (isOurs(latest)) say(progressText(latest));
      });
      try {
        return await act(signal);
      } finally {
        stop();
      }
    });
    return { kind: "over", record };
  } catch (error) {
    const reason = codedOf(error);
    if (!LOST.has(reason.code)) throw error;
    try {
      const again = reason.code === "rpc.closed" ? await connected(world) : connection;
      const record = await newest(again);
      if (!isOurs(record)) return isAborted(reason) ? { kind: "notBegun" } : { kind: "unknown", reason };
      return { kind: "over", record: await settled(again, record, title) };
    } catch (unasked) {
      return { kind: "unknown", reason: codedOf(unasked) };
    }
  }
}

/** Waits until an allocation is over; Cancel stops the waiting only. */
function settled(
  connection: EngineConnection,
  record: AllocationRecord,
  title: string,
): AllocationRecord | Thenable<AllocationRecord> {
  if (record.state.kind !== "acting") return record;
  return withProgress(title, async (signal, say) => {
    let latest = record;
    say(progressText(latest));
    while (latest.state.kind === "acting" && !signal.aborted) {
      await pause(LOOK_MS, signal);
      const now = await newest(connection);
      if (now?.id !== record.id) break;
      latest = now;
      say(progressText(latest));
    }
    return latest;
  });
}

async function newest(connection: EngineConnection, signal?: AbortSignal): Promise<AllocationRecord | null> {
  const { allocations } = await connection.call(calls.allocations, { limit: 1 }, signal);
  return allocations[0] ?? null;
}

/** Again and again, one at a time. */
function every(ms: number, look: () => Promise<void>): () => void {
  let isLooking = false;
  const one = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await look();
    } catch {
      // The work itself says what is wrong; how far it is is only not shown.
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void one(), ms);
  return () => clearInterval(timer);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
