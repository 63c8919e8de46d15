import { CodedError } from "../common/errors.ts";
import type { AgentsApi, PilotPort, SwarmView } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls of agents need of the engine. */
export interface AgentCallsApi {
  readonly agents: AgentsApi;
  readonly pilot: PilotPort;
}

type AgentCall = "capacityRequest" | "capacityRenew" | "capacityRelease" | "throttles" | "estimate" | "scaleAsk";

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createAgentHandlers(
  { agents, pilot }: AgentCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, AgentCall> {
  const { leases } = agents;
  return {
    capacityRequest: ({ swarmId, bytesEach = null, key = null, ...wish }, { client }) =>
      leases.request(
        { ...wish, swarmId: swarmId === undefined ? null : managed(swarmId).id, bytesEach, key },
        client.name,
      ),
    capacityRenew: ({ leaseId, seconds, ...by }) => leases.renew(leaseId, by, seconds),
    capacityRelease: ({ leaseId, holder, door }, { client }) => {
      // To end anybody's lease is an operator's.
      if ((holder === undefined || door === undefined) && client.role === "agent")
        throw new CodedError("lease.foreign", { leaseId });
      return leases.release(leaseId, holder === undefined || door === undefined ? null : { holder, door });
    },
    throttles: ({ swarmId, ...query }) =>
      agents.throttles({ ...query, swarmId: swarmId === undefined ? undefined : managed(swarmId).id }),
    estimate: ({ swarmId, agents: more = null, tasks = null, lane = "standard" }, { signal }) =>
      agents.estimate(managed(swarmId), { agents: more, tasks, lane }, signal),
    scaleAsk: ({ swarmId, target, deadlineMs }, { signal, client }) =>
      pilot.ask(managed(swarmId).id, target, client.name, deadlineMs, signal),
  };
}
