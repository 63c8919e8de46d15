import { CodedError } from "../common/errors.ts";
import type { ConfigFile, ConfigPatch } from "../protocol/config.ts";
import type { DemoFaults } from "../protocol/faultTolerance.ts";
import type { Lane } from "../protocol/lanes.ts";
import type { WorkApi } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about tasks, lanes and breakers need of the engine. */
export interface WorkCallsApi {
  readonly work: WorkApi;
  readonly config: {
    readonly file: () => ConfigFile;
    readonly patch: (source: string, baseRevision: number, patch: ConfigPatch) => ConfigFile;
  };
  readonly injectFaults: (faults: DemoFaults | null, by: string) => void;
}

type WorkCall =
  | "taskSubmit"
  | "tasks"
  | "task"
  | "taskCancel"
  | "taskRetry"
  | "guard"
  | "laneAction"
  | "laneResize"
  | "breakerAction"
  | "faultInject";

/** @throws CodedError `swarm.unknown`, `swarm.observed` by `managed` */
export function createWorkHandlers(
  { work, config, injectFaults }: WorkCallsApi,
  managed: (swarmId: string) => { readonly id: string; readonly demo: boolean },
): Pick<Handlers, WorkCall> {
  return {
    taskSubmit: ({ swarmId, tasks, ...rest }, { client }) => ({
      results: work.submit(
        {
          ...rest,
          swarmId: managed(swarmId).id,
          tasks: tasks.map((task) =>
            "prompt" in task
              ? { input: { kind: "prompt", prompt: task.prompt }, key: task.key }
              : { input: { kind: "input", input: task.input }, key: task.key },
          ),
        },
        client.name,
      ),
    }),
    tasks: (query) => work.list(query),
    task: ({ taskId }, { signal }) => work.task(taskId, signal),
    taskCancel: ({ taskIds }, { client }) => ({ results: work.cancel(taskIds, client.name) }),
    taskRetry: ({ taskId }, { client }) => work.retry(taskId, client.name),
    guard: () => work.guard(),
    laneAction: ({ lane, action }) => {
      work.laneAction(lane, action);
      return null;
    },
    laneResize: ({ lane, capacity, queueLimit }, { client }) => {
      resize(config, lane, { capacity, queueLimit }, client.name);
      return null;
    },
    breakerAction: ({ breakerId, action, expectedRevision }, { client }) =>
      work.breakerAction(breakerId, action, client.name, expectedRevision),
    faultInject: ({ swarmId, faults }, { client }) => {
      if (!managed(swarmId).demo) throw new CodedError("faults.demoOnly", { swarmId });
      const none = faults === null || Object.values(faults).every((value) => value === 0);
      injectFaults(none ? null : faults, client.name);
      return null;
    },
  };
}

/** A lane's size is part of the configuration, so that it is there after a restart and in the settings' view of things. */
function resize(
  config: WorkCallsApi["config"],
  lane: Lane,
  size: { readonly capacity: number | undefined; readonly queueLimit: number | undefined },
  by: string,
): void {
  const { values, revision } = config.file();
  const { faultTolerance } = values;
  const present = faultTolerance.lanes[lane];
  const changed = {
    ...present,
    capacity: size.capacity ?? present.capacity,
    queueLimit: size.queueLimit ?? present.queueLimit,
  };
  config.patch(by, revision, {
    faultTolerance: { ...faultTolerance, lanes: { ...faultTolerance.lanes, [lane]: changed } },
  });
}
