import * as z from "zod";
import { cleanText } from "../../common/text.ts";
import type { AgentRecord, ClaimedFigure } from "../../protocol/orchestrators.ts";

/** More than these are counted and not kept. */
const MAX_RECORDS = 5_000;
const MAX_FIGURES = 60;
const MAX_DEPTH = 6;

const name = z.union([z.string().max(1_000), z.number()]).transform(String);
const word = z.string().transform((value) => cleanText(value, 60));
const record = z
  .object({
    agentId: name.optional(),
    id: name.optional(),
    agentType: word.optional(),
    type: word.optional(),
    status: word.optional(),
  })
  .transform(({ agentId, id, agentType, type, status }) => ({
    rawId: agentId ?? id ?? "",
    type: agentType ?? type ?? null,
    status: status ?? null,
  }));

const agentList = z.object({ agents: z.array(z.unknown()) });

/** `rawId`: as it is asked for by; never shown. */
export type Listed = Omit<AgentRecord, "pid"> & { readonly rawId: string };

/** Statuses of records that are no agents any more. */
const OVER = new Set(["terminated", "stopped", "destroyed", "failed", "completed", "offline"]);
const BUSY = new Set(["busy", "working", "running"]);
const IDLE = new Set(["idle", "ready", "waiting", "registered"]);

/**
 * The agents that a list tells of, without those that are over; one without a name of its own is none.
 * @returns `null` when the answer is no list of agents, or says that it failed: an empty list beside an error is not none
 */
export function recordsOf(value: unknown): readonly Listed[] | null {
  const list = agentList.safeParse(value);
  if (!list.success || failureOf(value) !== null || list.data.agents.length > MAX_RECORDS) return null;
  const byId = new Map<string, Listed>();
  for (const one of list.data.agents) {
    const parsed = record.safeParse(one);
    if (!parsed.success || parsed.data.rawId === "") continue;
    const { rawId, type, status } = parsed.data;
    const word = status?.toLowerCase() ?? "";
    if (OVER.has(word)) continue;
    const busy = BUSY.has(word) ? true : IDLE.has(word) ? false : null;
    byId.set(rawId, { rawId, id: cleanText(rawId, 120), type, status, busy });
  }
  return [...byId.values()];
}

/** Whether it says itself that it did not do it: `success: false`, or an `error`. */
export function failureOf(value: unknown): string | null {
  const parsed = z
    .object({ success: z.boolean().optional(), error: z.string().optional(), message: z.string().optional() })
    .safeParse(value);
  if (!parsed.success) return null;
  const { success, error, message } = parsed.data;
  if (success === false) return cleanText(error ?? message ?? "no reason given", 200);
  return error === undefined || error === "" ? null : cleanText(error, 200);
}

/** The plain values of an answer with the places where they stand; nothing of it is worked out here. */
export function figuresOf(value: unknown): { readonly figures: readonly ClaimedFigure[]; readonly left: number } {
  const figures: ClaimedFigure[] = [];
  let left = 0;
  const walk = (node: unknown, path: string, depth: number): void => {
    if (typeof node === "number" || typeof node === "boolean" || typeof node === "string") {
      if (typeof node === "number" && !Number.isFinite(node)) return;
      if (figures.length >= MAX_FIGURES) left++;
      else
        figures.push({
          path: path === "" ? "answer" : path,
          value: typeof node === "string" ? cleanText(node, 120) : node,
        });
      return;
    }
    if (typeof node !== "object" || node === null) return;
    if (depth >= MAX_DEPTH) {
      left++;
      return;
    }
    for (const [key, child] of Object.entries(node).slice(0, 500))
      walk(child, path === "" ? cleanText(key, 60) : `${path}.${cleanText(key, 60)}`, depth + 1);
  };
  walk(value, "", 0);
  return { figures, left };
}

/** A figure by the end of its place, as `memory.total`; the first that fits. */
export function numberAt(figures: readonly ClaimedFigure[], pattern: RegExp): { path: string; value: number } | null {
  for (const { path, value } of figures) if (typeof value === "number" && pattern.test(path)) return { path, value };
  return null;
}

/**
 * What an answer looks like apart from what every answer has of its own (the tool's name, times, what was asked): two tools
 * whose answers look alike in this do the same, which is nothing when one of them does not exist.
 */
export function shapeOf(value: unknown, toolName: string): string {
  const strip = (node: unknown, depth: number): unknown => {
    if (typeof node === "string")
      return node.replaceAll(toolName, "TOOL").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "TIME");
    if (typeof node !== "object" || node === null) return node;
    if (depth > MAX_DEPTH) return "deep";
    if (Array.isArray(node)) return node.slice(0, 100).map((one) => strip(one, depth + 1));
    return Object.fromEntries(
      Object.entries(node)
        .filter(([key]) => !/^(?:args|arguments|input|params)$/i.test(key))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, child]) => [key, /time|date/i.test(key) ? "TIME" : strip(child, depth + 1)]),
    );
  };
  return JSON.stringify(strip(value, 0)) ?? "";
}

/** A count that only goes up, by its name, and has gone down from one answer to the next: it was made up. */
export function fallenCounter(
  first: readonly ClaimedFigure[],
  second: readonly ClaimedFigure[],
): { readonly path: string; readonly first: number; readonly second: number } | null {
  for (const { path, value } of first) {
    if (typeof value !== "number" || !/(?:executed|completed|spawned|processed|events)$/i.test(path)) continue;
    const again = second.find((one) => one.path === path)?.value;
    if (typeof again === "number" && again < value) return { path, first: value, second: again };
  }
  return null;
}
