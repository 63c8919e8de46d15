import type { EngineConnection } from "../engine/client.ts";
import type { ClaimedOutput } from "../engine/protocol/cli.ts";
import type { Coded, OrchestratedSwarmRow } from "../engine/protocol/model.ts";
import { calls } from "../engine/protocol/rpc.ts";
import { AS_CLAIMED, claimedBlocks } from "../text/orchestrated.ts";
import { reasonOf } from "./failure.ts";
import { indent, type Line } from "./lines.ts";
import { type Column, table } from "./table.ts";

/** The row of a swarm of an orchestrator; `null` for any other swarm, known or not. */
export async function orchestratedRow(
  connection: EngineConnection,
  swarmId: string,
  signal: AbortSignal,
): Promise<OrchestratedSwarmRow | null> {
  const { swarms } = await connection.call(calls.overview, {}, signal);
  const row = swarms.find(({ id }) => id === swarmId);
  return row?.kind === "orchestrated" ? row : null;
}

/**
 * What the engine answers of a swarm, or, of one of an orchestrator, what that says instead.
 * @throws what `ask` throws, but for `swarm.recordsOnly`
 */
export async function ownOrClaimed<R>(
  ask: () => Promise<R>,
  connection: EngineConnection,
  swarmId: string | undefined,
  role: "performance_report" | "bottleneck_analyze",
  signal: AbortSignal,
): Promise<{ readonly own: R } | { readonly claimed: ClaimedOutput; readonly reason: Coded }> {
  try {
    return { own: await ask() };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason.code !== "swarm.recordsOnly" || swarmId === undefined) throw error;
    return { claimed: await connection.call(calls.claimed, { swarmId, roles: [role] }, signal), reason };
  }
}

const COLUMNS: readonly Column[] = [
  { title: "FIGURE", align: "left" },
  { title: "CLAIMED", align: "left", elastic: true },
  { title: "CHECKED", align: "left" },
];

/** What tools said, each with its grade. */
export function claimedLines(
  { swarmId, answers }: Pick<ClaimedOutput, "swarmId" | "answers">,
  width: number | null,
): Line[] {
  return [
    [{ text: swarmId, tone: "strong" }, `  ${AS_CLAIMED}`],
    ...claimedBlocks(answers).flatMap(({ role, grade, reason, figures, more }): Line[] => [
      [],
      [{ text: role, tone: "strong" }, `  ${grade}`],
      ...(reason === null ? [] : [[`  ${reason}`] satisfies Line]),
      ...indent(table(COLUMNS, figures, width === null ? null : width - 2)),
      ...(more === null ? [] : [[{ text: `  ${more}`, tone: "faint" }] satisfies Line]),
    ]),
  ];
}
