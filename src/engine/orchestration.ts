import { OrchestratorSet } from "./act/orchestrators.ts";
import type { Clock } from "./common/clock.ts";
import { CodedError } from "./common/errors.ts";
import type { Log } from "./ports.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { Snapshot } from "./protocol/model.ts";
import { DEMO_ID } from "./providers/demo/provider.ts";
import { orchestratorProviders } from "./providers/index.ts";
import type { OrchestratorParts } from "./providers/provider.ts";

export interface OrchestrationParts extends Omit<OrchestratorParts, "host"> {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: () => ConfigValues;
  readonly snapshot: () => Snapshot | null;
}

/** The swarms of orchestrators, joined to the configuration. */
export function createOrchestration({ config, snapshot, ...parts }: OrchestrationParts): {
  readonly orchestrators: OrchestratorSet;
  readonly define: (values: ConfigValues) => void;
} {
  const host = () => snapshot()?.host ?? null;
  const orchestrators = new OrchestratorSet({
    ...parts,
    create: (definition) => {
      const provider = orchestratorProviders.find(({ kind }) => kind === definition.provider);
      if (provider === undefined) throw new RangeError(`provider must be a known kind, got ${definition.provider}`);
      return provider.create(definition, config, { ...parts, host });
    },
  });
  const define = (values: ConfigValues): void =>
    orchestrators.define(
      orchestratorProviders.flatMap(({ kind, definitions }) =>
        definitions(values).map((definition) => ({ ...definition, provider: kind })),
      ),
    );
  return { orchestrators, define };
}

/** What no schema of one key can say. @throws CodedError `config.invalid` for an id that two swarms have */
export function checkSwarmIds({ swarms, orchestrators }: ConfigValues): void {
  const taken = new Set([DEMO_ID, ...swarms.map(({ id }) => id)]);
  for (const [index, { id }] of orchestrators.entries())
    if (taken.has(id))
      throw new CodedError("config.invalid", {
        file: "",
        path: `orchestrators.${index}.id`,
        problem: `'${id}' is another swarm's id; choose another one`,
      });
}
