import { OrchestratorSet } from "./act/orchestrators.ts";
import { CodedError } from "./common/errors.ts";
import { createRng } from "./common/rng.ts";
import type { DecisionBook } from "./act/decisionBook.ts";
import type { SpawnerPort } from "./ports.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { Snapshot } from "./protocol/model.ts";
import { DEMO_ID } from "./providers/demo/provider.ts";
import { orchestratorProviders } from "./providers/index.ts";
import type { OrchestratorParts } from "./providers/provider.ts";

export interface OrchestrationParts extends Omit<OrchestratorParts, "host" | "rng" | "newSpawnId"> {
  /** The one book of decisions. Not asked for before something is done. */
  readonly book: () => Pick<DecisionBook, "add" | "update">;
  readonly spawner: Pick<SpawnerPort, "newSpawnId">;
  readonly seed: number;
  readonly config: () => ConfigValues;
  readonly snapshot: () => Snapshot | null;
  /** Something is to be seen that was not there before. */
  readonly onChange: () => void;
}

/** The swarms of orchestrators, joined to the configuration. */
export function createOrchestration(parts: OrchestrationParts): {
  readonly orchestrators: OrchestratorSet;
  readonly defineOrchestrators: (values: ConfigValues) => void;
} {
  const { clock, log, version, context, book, spawner, seed, config, snapshot, onChange } = parts;
  const shared: OrchestratorParts = {
    ...{ clock, log, version, context },
    rng: createRng(seed),
    newSpawnId: () => spawner.newSpawnId(),
    host: () => snapshot()?.host ?? null,
  };
  const orchestrators = new OrchestratorSet({
    ...{ clock, log, book },
    create: (definition) => {
      const provider = orchestratorProviders.find(({ kind }) => kind === definition.provider);
      if (provider === undefined) throw new RangeError(`provider must be a known kind, got ${definition.provider}`);
      return provider.create(definition, config, shared);
    },
  });
  const defineOrchestrators = (values: ConfigValues): void =>
    orchestrators.define(
      orchestratorProviders.flatMap(({ kind, definitions }) =>
        definitions(values).map((definition) => ({ ...definition, provider: kind })),
      ),
    );
  defineOrchestrators(config());
  // Only what comes after: while the engine is put together there is nobody to tell.
  orchestrators.onChange(onChange);
  return { orchestrators, defineOrchestrators };
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
