import { CodedError } from "../../engine/common/errors.ts";
import { PROFILE_FORMATS, type ProfileFormatId, type WritableProfileFormatId } from "../../engine/protocol/profiles.ts";
import { headOf } from "./content.ts";
import { cpuprofile } from "./cpuprofile.ts";
import { folded } from "./folded.ts";
import type { ProfileFormat, ProfileHead, ProfileWriter, ReadProfiles } from "./format.ts";
import { heapprofile } from "./heapprofile.ts";
import { perfScript } from "./perfScript.ts";
import { pprof } from "./pprof.ts";
import { speedscope } from "./speedscope.ts";

/** Every format, in the order in which a file is held against them. A new one is one file and one line here. */
export const formats: readonly ProfileFormat[] = [cpuprofile, heapprofile, speedscope, pprof, perfScript, folded];

/** What a file is, by its content; by its name only where there is no content. `null`: none of them. */
export function detectFormat(content: Uint8Array, name: string): ProfileFormat | null {
  const by = (head: ProfileHead): ProfileFormat | undefined => formats.find((format) => format.canRead(head));
  const head = headOf(content);
  const found = by(head);
  if (found !== undefined) return found;
  if (head.text.trim() === "")
    return formats.find(({ id, endings }) => LINES.has(id) && endings.some((ending) => name.endsWith(ending))) ?? null;
  // An object may say late what it is.
  return head.keys.size > 0 && head.bytes.length < content.length ? (by(headOf(content, true)) ?? null) : null;
}

/** Of these nothing at all is a file without samples. */
const LINES: ReadonlySet<ProfileFormatId> = new Set(["perf-script", "folded"]);

/**
 * @param content not compressed
 * @throws CodedError `profile.*`
 */
export function readProfiles(content: Uint8Array, name: string): ReadProfiles & { readonly format: ProfileFormatId } {
  const format = detectFormat(content, name);
  if (format === null) throw new CodedError("profile.unknown", { file: name, known: PROFILE_FORMATS.join(", ") });
  return { format: format.id, ...format.read(content, name) };
}

/** @throws RangeError for a format that is only read */
export function writerOf(id: WritableProfileFormatId): ProfileWriter {
  const writer = formats.find((format) => format.id === id)?.writer;
  if (writer == null) throw new RangeError(`id must be a format that is written, got ${id}`);
  return writer;
}

/** The format that a file of this name is written in; `null` when its end says nothing. */
export function writerForName(name: string): ProfileWriter | null {
  const found = formats.find(
    ({ writer, endings }) => writer !== null && endings.some((ending) => name.toLowerCase().endsWith(ending)),
  );
  return found?.writer ?? null;
}
