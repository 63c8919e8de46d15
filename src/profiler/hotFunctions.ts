import type { CpuReport } from "../engine/protocol/profiling.ts";
import { hotSpots, type Weights } from "./hotSpots.ts";
import { nodeWeights, type Profile } from "./profile.ts";

/**
 * What a report tells of where time goes: by function, file and package, each by its own share, the most first.
 * @param most of each, at the most
 * @param leftOut frames that are none of the program's, such as `(program)`
 * @throws RangeError for a count that is none
 */
export function hotTables(
  profile: Profile,
  most: number,
  leftOut: (name: string, file: string | null) => boolean = () => false,
): Pick<CpuReport, "hotspots" | "scripts" | "packages" | "counts"> {
  if (!(Number.isInteger(most) && most > 0)) throw new RangeError(`most must be an integer > 0, got ${most}`);
  const { all, functions, files, packages } = hotSpots(profile);
  const shares = ({ self, total }: Weights) => ({ selfRatio: self / all, totalRatio: total / all });
  const samples = new Int32Array(profile.frames.length);
  for (const node of profile.sampleNode) {
    if (node < 0) continue;
    const frame = profile.nodeFrame[node] as number;
    samples[frame] = (samples[frame] as number) + 1;
  }
  const own = functions
    .map((spot) => ({
      ...(profile.frames[spot.frame] as Profile["frames"][number]),
      ...shares(spot),
      samples: samples[spot.frame] as number,
    }))
    .filter(({ name, file }) => !leftOut(name, file));
  return {
    hotspots: own.slice(0, most),
    scripts: files
      .filter(({ file }) => !leftOut("", file))
      .slice(0, most)
      .map((spot) => ({ file: spot.file, ...shares(spot) })),
    packages: packages.slice(0, most).map((spot) => ({ kind: spot.kind, name: spot.name, ...shares(spot) })),
    counts: { functions: own.length, scripts: files.length, packages: packages.length },
  };
}

/** Share of a frame's own weight in that of all samples in which something ran; 0 where it is not there. */
export function selfRatioOf(profile: Profile, name: string): number {
  const { self, all } = nodeWeights(profile);
  let own = 0;
  for (let node = 0; node < profile.nodeFrame.length; node++)
    if (profile.frames[profile.nodeFrame[node] as number]?.name === name) own += self[node] as number;
  return all === 0 ? 0 : own / all;
}
