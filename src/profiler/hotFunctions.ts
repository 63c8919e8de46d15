import type { HotSpot } from "../engine/protocol/profiling.ts";
import { hotSpots } from "./hotSpots.ts";
import { nodeWeights, type Profile } from "./profile.ts";

/**
 * The functions of a profile by their own share, the most first.
 * @param most how many, at the most
 * @param leftOut frames that are none of the program's, such as `(program)`
 * @throws RangeError for a count that is none
 */
export function hotFunctions(
  profile: Profile,
  most: number,
  leftOut: (name: string, file: string | null) => boolean = () => false,
): HotSpot[] {
  if (!(Number.isInteger(most) && most > 0)) throw new RangeError(`most must be an integer > 0, got ${most}`);
  const { all, functions } = hotSpots(profile);
  return functions
    .map(({ frame, self, total }) => ({
      ...(profile.frames[frame] as Profile["frames"][number]),
      selfRatio: self / all,
      totalRatio: total / all,
    }))
    .filter(({ name, file }) => !leftOut(name, file))
    .slice(0, most);
}

/** Share of a frame's own weight in that of all samples in which something ran; 0 where it is not there. */
export function selfRatioOf(profile: Profile, name: string): number {
  const { self, all } = nodeWeights(profile);
  let own = 0;
  for (let node = 0; node < profile.nodeFrame.length; node++)
    if (profile.frames[profile.nodeFrame[node] as number]?.name === name) own += self[node] as number;
  return all === 0 ? 0 : own / all;
}
