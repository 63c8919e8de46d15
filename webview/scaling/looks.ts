import { REPLAY_BOUND, REPLAY_POLICIES } from "../../src/engine/protocol/replay.ts";
import { policyName } from "../../src/text/replay.ts";
import type { LoadSource } from "../../src/engine/protocol/scalingPage.ts";
import { clean } from "../shared/elements.ts";
import type { LineLook } from "../shared/plot.ts";
import { loadSourceText } from "./model.ts";
import type { ScalingTheme } from "./theme.ts";

/** A line of the chart: the load that came, or the agents that a policy would have had ready. */
export interface PolicyLook extends LineLook {
  /** `null`: the load. */
  readonly policy: string | null;
  readonly colour: (theme: ScalingTheme) => string;
}

export function loadLook(source: LoadSource): PolicyLook {
  return {
    ...{ policy: null, name: `Load (${loadSourceText(source)})`, width: 0.8, dash: [], shape: "step" },
    colour: ({ load }) => load,
  };
}

/** Told apart without their colours. The bound is dotted. */
const DASHES: readonly (readonly number[])[] = [[12, 3, 3, 3], [3, 3], [8, 4], [], [16, 5], [6, 2, 2, 2]];
const DOTTED = [1, 3];
const REAL: readonly string[] = REPLAY_POLICIES.filter((name) => name !== REPLAY_BOUND);

/** By its place among all policies there are, so that it looks the same beside whichever others. */
export function lookOf(name: string): PolicyLook {
  const isBound = name === REPLAY_BOUND;
  const place = Math.max(0, REAL.indexOf(name));
  return {
    policy: name,
    name: clean(policyName({ name }), 60),
    width: isBound ? 1.2 : 1,
    dash: isBound ? DOTTED : (DASHES[place % DASHES.length] ?? []),
    shape: "step",
    colour: ({ text, policies }) => (isBound ? text : (policies[place % policies.length] ?? text)),
  };
}
