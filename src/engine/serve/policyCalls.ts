import type { PolicyTrainingPort, TrainableSwarm } from "../ports.ts";
import { DEFAULT_EPISODES } from "../protocol/dqn.ts";
import type { Coded } from "../protocol/model.ts";
import { DEFAULT_REPLAY_DAYS } from "../protocol/replay.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about trained policies need of the engine. */
export interface PolicyCallsApi {
  readonly policies: PolicyTrainingPort;
  /** Kept for the operator's look back. */
  readonly record: (event: Coded, swarmId: string | null) => void;
}

/** Fixed, so that the same history gives the same network. */
const SEED = 1;

/** @throws CodedError `swarm.unknown`, `swarm.observed` by `managed` */
export function createPolicyHandlers(
  { policies, record }: PolicyCallsApi,
  managed: (swarmId: string) => TrainableSwarm,
): Pick<Handlers, "trainPolicy" | "policyReport"> {
  return {
    trainPolicy: async (asked, { signal, client }) => {
      const swarm = managed(asked.swarmId);
      const { episodes = DEFAULT_EPISODES, days = DEFAULT_REPLAY_DAYS, seed = SEED } = asked;
      const report = await policies.train(swarm, { episodes, days, seed }, signal);
      const beats = report.trained?.evaluation.beats === true;
      record({ code: "event.policyTrained", args: { episodes, beats, by: client.name } }, swarm.id);
      return report;
    },
    policyReport: ({ swarmId }) => policies.report(managed(swarmId)),
  };
}
