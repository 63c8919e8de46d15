import type { FootprintsPort, PilotPort, SwarmView } from "../ports.ts";
import type { Coded, GrowthRoom } from "../protocol/model.ts";
import type { Overview, ScalePreview } from "../protocol/rpc.ts";

export interface ScalePreviewApi {
  readonly overview: () => Overview;
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly pilot: Pick<PilotPort, "planOf">;
}

/** What a size would do: who starts and ends, what that needs, and what of the machine it would exceed. */
export function scalePreview(api: ScalePreviewApi, swarm: SwarmView, to: number): ScalePreview {
  const overview = api.overview();
  const row = overview.swarms.find(({ id }) => id === swarm.id);
  const ending = swarm.wouldEnd(swarm.agents().length - to);
  const starting = Math.max(0, to - swarm.agents().length);
  const room = api.footprints.room(swarm.id);
  const refusal = swarm.refusal(to);
  const alive = (row?.agents ?? []).flatMap(({ usage }) => (usage.rssBytes === null ? [] : [usage.rssBytes]));
  const perAgent = room.footprint.rssBytes ?? median(alive);
  return {
    swarmId: swarm.id,
    label: swarm.label,
    from: swarm.target,
    live: swarm.live(),
    to,
    minAgents: swarm.minAgents,
    maxAgents: swarm.maxAgents,
    ending: ending.map((agent) => ({
      id: agent.id,
      pid: agent.pid,
      name: `${swarm.label} ${agent.pid}`,
      working: agent.task !== null,
    })),
    starting,
    expectedRssBytes: perAgent === null ? null : perAgent * starting,
    memoryAvailableBytes: overview.host?.memoryAvailableBytes ?? null,
    room,
    // A target that is refused has no plan.
    ...(refusal === null ? api.pilot.planOf(swarm.id, to) : { steps: [to], pauseMs: 0 }),
    expectedCpuCores: room.footprint.cpuCores === null ? null : room.footprint.cpuCores * starting,
    refusal,
    warnings: [
      ...ending.flatMap(({ task }) => (task === null ? [] : [{ code: "work.task", args: { id: task } }])),
      ...exceeded(starting, perAgent, room),
    ],
  };
}

/** An operator is not refused for want of room: it is their machine. What would be exceeded is named. */
function exceeded(starting: number, perAgent: number | null, room: GrowthRoom): readonly Coded[] {
  const { leftBytes, reserveBytes, promisedBytes, cpuAgents, footprint } = room;
  const neededBytes = perAgent === null ? null : perAgent * starting;
  const isShort = neededBytes !== null && leftBytes !== null && starting > 0 && neededBytes > leftBytes;
  const fits = perAgent === null || leftBytes === null || perAgent === 0 ? null : Math.floor(leftBytes / perAgent);
  const isBusy = cpuAgents !== null && starting > cpuAgents;
  return [
    ...(isShort
      ? [
          {
            code: "scale.memory",
            args: { neededBytes, leftBytes, reserveBytes, promisedBytes, agents: starting, fits },
          },
        ]
      : []),
    ...(isBusy
      ? [{ code: "scale.cpu", args: { agents: starting, fits: cpuAgents, eachCores: footprint.cpuCores } }]
      : []),
  ];
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
