import { readProfiles } from "../../profiler/formats/all.ts";
import type { Profile } from "../../profiler/profile.ts";
import { Failure } from "../sessionPort.ts";

/**
 * The first profile of a file of any format, not compressed.
 * @param name of the file, for what is told
 * @throws CodedError `profile.*` with the place, Failure `profile.malformed` for a file without a profile
 */
export function readHere(bytes: Uint8Array, name: string): Profile {
  const [first] = readProfiles(bytes, name).profiles;
  if (first === undefined)
    throw new Failure({ code: "profile.malformed", args: { file: name, reason: "it holds none" } });
  return first;
}
