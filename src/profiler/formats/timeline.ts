import type { Profile } from "../profile.ts";

/** Samples that follow each other without a gap, as formats have them whose samples last until the next. */
export interface Timeline {
  /** −1: nothing ran. */
  readonly node: Int32Array;
  readonly weight: Float64Array;
  readonly atUs: Float64Array;
}

/** Below a nanosecond: what is left over when times are sums. */
const NO_GAP_US = 0.000_5;

/**
 * Every sample with its weight, in order; where the next one began later than this one ends, nothing ran in between. Where
 * samples overlap (of several processors), or have no times, each begins when the one before has ended: weights are
 * always kept, times where they can be.
 */
export function timelineOf({ sampleNode, sampleWeight, sampleAtUs }: Profile): Timeline {
  const most = sampleAtUs === null ? sampleNode.length : 2 * sampleNode.length;
  const node = new Int32Array(most);
  const weight = new Float64Array(most);
  const atUs = new Float64Array(most);
  let length = 0;
  let now = 0;
  for (let n = 0; n < sampleNode.length; n++) {
    const gap = (sampleAtUs?.[n] ?? now) - now;
    if (gap > NO_GAP_US) {
      node[length] = -1;
      weight[length] = gap;
      atUs[length] = now;
      length++;
      now += gap;
    }
    node[length] = sampleNode[n] as number;
    weight[length] = sampleWeight[n] as number;
    atUs[length] = now;
    length++;
    now += sampleWeight[n] as number;
  }
  return { node: node.subarray(0, length), weight: weight.subarray(0, length), atUs: atUs.subarray(0, length) };
}
