import { profileShowFlags, profileShowOutput, type ProfileShowOutput } from "../../engine/protocol/cli.ts";
import { type HotSpots, hotSpots, type Weights } from "../../profiler/hotSpots.ts";
import type { Frame, Profile } from "../../profiler/profile.ts";
import { countText, ratioText } from "../../text/figures.ts";
import { packageText } from "../../text/profileCpu.ts";
import type { Line, Span } from "../lines.ts";
import { openProfile, problemLines, weightText } from "../profileFile.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

const FIGURES: readonly Column[] = [
  { title: "SELF", align: "right" },
  { title: "", align: "right" },
  { title: "TOTAL", align: "right" },
  { title: "", align: "right" },
];
const FUNCTIONS: readonly Column[] = [
  ...FIGURES,
  { title: "FUNCTION", align: "left" },
  { title: "PLACE", align: "left", elastic: true },
];
const PACKAGES: readonly Column[] = [...FIGURES, { title: "PACKAGE", align: "left" }];

export const profileShow = defineVerb({
  name: "profile-show",
  summary: "Show the hot spots of a CPU, heap or other profile from a file",
  notes: [
    "SELF is what a function weighs by itself, TOTAL with all that it calls; a recursion counts once. Times of a sampler",
    "are time elapsed while the function was on top. Times in which nothing ran are left out. What a file is, its content",
    "says, not its name. --json has the hot spots by file as well.",
  ],
  flags: profileShowFlags,
  output: profileShowOutput,
  run: async (flags, context): Promise<ProfileShowOutput> => {
    const { profile, source, problems } = await openProfile(flags, context);
    return shown(profile, source, problems, hotSpots(profile), flags.top);
  },
  render: (output, width) => lines(output, width),
});

function shown(
  profile: Profile,
  source: ProfileShowOutput["source"],
  problems: ProfileShowOutput["problems"],
  { all, functions, files, packages }: HotSpots,
  top: number,
): ProfileShowOutput {
  const figures = ({ self, total }: Weights) => ({
    ...{ self, total },
    selfRatio: all > 0 ? self / all : null,
    totalRatio: all > 0 ? total / all : null,
  });
  let idle = 0;
  for (let n = 0; n < profile.sampleNode.length; n++)
    if ((profile.sampleNode[n] as number) < 0) idle += profile.sampleWeight[n] as number;
  return {
    ...{ source, all, idle },
    counts: { functions: functions.length, files: files.length, packages: packages.length },
    functions: functions
      .slice(0, top)
      .map(({ frame, ...weights }) => ({ ...(profile.frames[frame] as Frame), ...figures(weights) })),
    files: files.slice(0, top).map(({ file, ...weights }) => ({ file, ...figures(weights) })),
    packages: packages.slice(0, top).map(({ kind, name, ...weights }) => ({ kind, name, ...figures(weights) })),
    problems,
  };
}

function lines(
  { source, all, idle, counts, functions, packages, problems }: ProfileShowOutput,
  width: number | null,
): Line[] {
  const weight = (value: number): string => weightText(value, source.unit);
  const figures = ({
    self,
    total,
    selfRatio,
    totalRatio,
  }: ProfileShowOutput["functions"][number] | ProfileShowOutput["packages"][number]): Span[] => [
    weight(self),
    { text: ratioText(selfRatio), tone: "strong" },
    weight(total),
    ratioText(totalRatio),
  ];
  const of = source.profiles > 1 ? ` · ${source.profile} of ${countText(source.profiles, "profile")}` : "";
  return [
    [
      { text: source.name, tone: "strong" },
      `  ${source.format}${of} · ${weight(all)} in ${countText(source.samples, "sample")}`,
      ...(idle > 0 ? [` · ${weight(idle)} idle`] : []),
    ],
    ...problemLines(problems),
    ...(functions.length === 0 ? [["  Nothing ran in it."]] : []),
    ...section(functions.length, counts.functions),
    ...table(
      FUNCTIONS,
      functions.map((row) => [...figures(row), row.name, placeText(row)]),
      width,
    ),
    ...section(packages.length, counts.packages),
    ...table(
      PACKAGES,
      packages.map((row) => [...figures(row), packageText(row)]),
      width,
    ),
  ];
}

/** An empty line before a list, and how much of it is left out. */
function section(shown: number, all: number): Line[] {
  if (shown === 0) return [];
  return shown < all ? [[], [{ text: `The first ${shown} of ${all}:`, tone: "faint" }]] : [[]];
}

function placeText({ file, line, column }: Pick<Frame, "file" | "line" | "column">): string {
  if (file === null) return "";
  return [file, ...(line === null ? [] : [line, ...(column === null ? [] : [column])])].join(":");
}
