import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { profileConvertFlags, profileConvertOutput, type ProfileConvertOutput } from "../../engine/protocol/cli.ts";
import { formats, writerForName, writerOf } from "../../profiler/formats/all.ts";
import type { ProfileWriter } from "../../profiler/formats/format.ts";
import { lostBy } from "../../profiler/formats/lost.ts";
import { bytesText } from "../../text/figures.ts";
import { LOST_TEXTS } from "../../text/profileFormats.ts";
import type { Line } from "../lines.ts";
import { openProfile, problemLines } from "../profileFile.ts";
import { defineVerb } from "../verb.ts";

const GZIP = /\.gz$/i;

export const profileConvert = defineVerb({
  name: "profile-convert",
  summary: "Convert a profile from a file to cpuprofile, speedscope, pprof or folded stacks",
  notes: [
    "What the format cannot hold is told: folded stacks have no unit, pprof has no order. A .cpuprofile holds times and",
    "counts, no bytes. The new file is readable by its owner only; an existing one is replaced with --force only.",
  ],
  flags: profileConvertFlags,
  output: profileConvertOutput,
  run: async (flags, context): Promise<ProfileConvertOutput> => {
    const { profile, source, problems } = await openProfile(flags, context);
    const named = flags.out === undefined ? null : writerForName(flags.out.replace(GZIP, ""));
    const writer = flags.to === undefined ? (named ?? writerOf("speedscope")) : writerOf(flags.to);
    const out = flags.out ?? newName(flags.input, writer);
    const content = writer.write(profile);
    const written = GZIP.test(out) ? gzipSync(content) : content;
    const path = await context.writeFile(out, written, flags.force);
    return {
      ...{ source, format: writer.id, path },
      bytes: typeof written === "string" ? Buffer.byteLength(written) : written.length,
      lost: [...lostBy(writer, profile)],
      problems,
    };
  },
  render: ({ path, bytes, format, lost, problems }): Line[] => [
    [{ text: "written", tone: "good" }, `  ${bytesText(bytes)} of ${format} to ${path}`],
    ...lost.map((what): Line => [{ text: `  Not kept: ${LOST_TEXTS[what]}.`, tone: "warn" }]),
    ...problemLines(problems),
  ],
});

/** Beside whoever asks, with the format's own end in the place of the old one. */
function newName(input: string, { id }: ProfileWriter): string {
  const name = input === "-" ? "profile" : basename(input).replace(GZIP, "");
  const old = formats.flatMap(({ endings }) => endings).find((ending) => name.toLowerCase().endsWith(ending));
  const base = old === undefined || old.length === name.length ? name : name.slice(0, -old.length);
  return `${base}${formats.find((format) => format.id === id)?.endings[0] ?? ""}`;
}
