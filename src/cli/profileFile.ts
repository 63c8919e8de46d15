import type { ProfileShowOutput } from "../engine/protocol/cli.ts";
import type { Coded } from "../engine/protocol/model.ts";
import type { Profile } from "../profiler/profile.ts";
import { bytesText, durationText, numberText } from "../text/figures.ts";
import { reasonText } from "../text/reasons.ts";
import { usageFailure } from "./failure.ts";
import type { Line } from "./lines.ts";
import type { VerbContext } from "./world.ts";

/** One profile of a file, for the verbs that work on one. */
export interface OpenedProfile {
  readonly profile: Profile;
  readonly source: ProfileShowOutput["source"];
  readonly problems: ProfileShowOutput["problems"];
}

/** @throws CodedError `profile.*`, `aborted`; CliFailure `profile.noSuch` */
export async function openProfile(
  flags: { readonly input: string; readonly profile: number },
  { readProfile, interrupt }: VerbContext,
): Promise<OpenedProfile> {
  const { format, profiles, problems } = await readProfile(flags.input, interrupt);
  const profile = profiles[flags.profile - 1];
  if (profile === undefined)
    throw usageFailure("profile.noSuch", { file: flags.input, number: flags.profile, count: profiles.length });
  return {
    profile,
    source: {
      ...{ file: flags.input, format, profiles: profiles.length, profile: flags.profile },
      ...{ name: profile.name, unit: profile.unit },
      ...{ nodes: profile.nodeFrame.length, samples: profile.sampleNode.length },
    },
    problems: problems.map(({ code, args }: Coded) => ({
      code,
      args: { ...args },
      message: reasonText({ code, args }),
    })),
  };
}

/** A weight in its own unit. */
export function weightText(weight: number, unit: Profile["unit"]): string {
  switch (unit) {
    case "microseconds":
      return weight > 0 && weight < 1_000
        ? `${numberText(weight, weight < 10 ? 2 : 0)} µs`
        : durationText(weight / 1_000);
    case "bytes":
      return bytesText(weight);
    case "count":
      return numberText(weight);
  }
}

export function problemLines(problems: OpenedProfile["problems"]): readonly Line[] {
  return problems.map(({ message }): Line => [{ text: `  ${message}`, tone: "warn" }]);
}
