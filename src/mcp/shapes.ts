import * as z from "zod";
import type { Coded } from "../engine/protocol/model.ts";
import { reasonText } from "../text/reasons.ts";

/** What the answers of several tools share. Every list is bounded where it is made; `null` means unknown, never 0. */

export const source = z.enum(["measured", "derived", "claimed", "unknown"]);
export const figure = z.object({ value: z.number().nullable(), source });

export const reason = z.object({
  code: z.string().describe("Stable; for programs"),
  text: z.string().describe("The same in words, with what to do about it"),
});
export type Reason = z.infer<typeof reason>;

/** Words of a process or of its command line: they may hold what is nobody's business, and an agent needs none of them. */
const PRIVATE_ARGS: ReadonlySet<string> = new Set(["stderr", "command", "line", "detail", "argv", "env"]);

/** A reason with its words, without what a process printed or how it was called. */
export function reasonOf({ code, args }: Coded): Reason {
  const told = Object.fromEntries(Object.entries(args).filter(([key]) => !PRIVATE_ARGS.has(key)));
  return { code, text: reasonText({ code, args: told }) };
}

export const swarmId = z.string().min(1).max(200).describe("Id of a managed swarm, as swarm_status lists them");

/** Of a list that may be long: the first so many, and how many were left out. */
export function bounded<T>(rows: readonly T[], most: number): { readonly rows: readonly T[]; readonly more: number } {
  return { rows: rows.slice(0, most), more: Math.max(0, rows.length - most) };
}
