import { CodedError } from "../../common/errors.ts";
import type { PolicyChooser } from "../../ports.ts";
import { ACTIONS } from "./actions.ts";
import { greedy } from "./greedy.ts";
import { Network, Pass } from "./network.ts";
import { INPUTS } from "./observation.ts";

const VERSION = 1;
const MODEL = "dqn";

/** A trained network as it is kept. */
export interface TrainedPolicyJson {
  readonly model: string;
  readonly version: number;
  readonly sizes: readonly number[];
  /** Single precision, in the order of `Network.parameters`. */
  readonly parameters: readonly number[];
  readonly decisionSeconds: number;
  readonly taskSeconds: number;
  /** The swarm's clock when it was trained: another one makes other steps. */
  readonly timeScale: number;
}

/** A trained network that chooses greedily. It never explores, and refuses what is no number (`greedy`). */
export class TrainedPolicy {
  readonly decisionSeconds: number;
  readonly taskSeconds: number;
  readonly timeScale: number;
  readonly #network: Network;
  readonly #pass: Pass;

  /** @throws RangeError for a network of another shape than ten inputs and five actions, or times that are not above 0 */
  constructor(
    network: Network,
    {
      decisionSeconds,
      taskSeconds,
      timeScale,
    }: Pick<TrainedPolicyJson, "decisionSeconds" | "taskSeconds" | "timeScale">,
  ) {
    if (network.inputs !== INPUTS) throw new RangeError(`inputs must be ${INPUTS}, got ${network.inputs}`);
    if (network.outputs !== ACTIONS.length)
      throw new RangeError(`outputs must be ${ACTIONS.length}, got ${network.outputs}`);
    for (const [name, value] of Object.entries({ decisionSeconds, taskSeconds, timeScale }))
      if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be > 0, got ${value}`);
    this.decisionSeconds = decisionSeconds;
    this.taskSeconds = taskSeconds;
    this.timeScale = timeScale;
    // As it is kept: what was judged is what is used, to the last bit.
    this.#network = new Network(network.sizes, network.parameters.map(Math.fround));
    this.#pass = new Pass(network.sizes, 1);
  }

  /** The allowed action of the highest value. @throws RangeError for an observation that is no number */
  choose(observation: Float64Array, allowed: number): number {
    return greedy(this.#network, this.#pass, observation, allowed);
  }

  chooser(beats: boolean): PolicyChooser {
    return {
      choose: (observation, allowed) => this.choose(observation, allowed),
      decisionMs: this.decisionSeconds * 1_000,
      taskSeconds: this.taskSeconds,
      beats,
    };
  }

  toJSON(): TrainedPolicyJson {
    const { decisionSeconds, taskSeconds, timeScale } = this;
    return {
      ...{ model: MODEL, version: VERSION, sizes: this.#network.sizes },
      // Nine digits are enough to read a single-precision number back as it was.
      parameters: Array.from(this.#network.parameters, (value) => Number(value.toPrecision(9))),
      ...{ decisionSeconds, taskSeconds, timeScale },
    };
  }
}

/** A kept network as the scaler takes it. @throws as `revivedPolicy`; SyntaxError for what is no JSON */
export function revived(
  policy: string,
  beats: boolean,
): { readonly chooser: PolicyChooser; readonly timeScale: number } {
  const trained = revivedPolicy(JSON.parse(policy) as TrainedPolicyJson);
  return { chooser: trained.chooser(beats), timeScale: trained.timeScale };
}

/** @throws CodedError `model.version` for one that another version of this program has written; RangeError for one that is broken */
export function revivedPolicy(json: TrainedPolicyJson): TrainedPolicy {
  if (json.model !== MODEL || json.version !== VERSION)
    throw new CodedError("model.version", { model: String(json.model), version: Number(json.version), known: VERSION });
  if (!Array.isArray(json.sizes) || !Array.isArray(json.parameters))
    throw new RangeError(`sizes and parameters must be lists, got ${typeof json.sizes} and ${typeof json.parameters}`);
  return new TrainedPolicy(new Network(json.sizes, Float64Array.from(json.parameters as readonly number[])), json);
}
