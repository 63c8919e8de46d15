import { type Coded, CodedError } from "../../engine/common/errors.ts";
import type { ProfileFormatId, WritableProfileFormatId } from "../../engine/protocol/profiles.ts";
import type { Profile, WeightUnit } from "../profile.ts";

/** Profiles of one file, and what in it was not as it should be and has been put right. */
export interface ReadProfiles {
  readonly profiles: readonly Profile[];
  readonly problems: readonly Coded[];
}

/** The begin of a file, as a format looks at it to tell whether it is its own. */
export interface ProfileHead {
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Keys of the outermost JSON object, as far as the begin reaches; none where it is something else. */
  readonly keys: ReadonlySet<string>;
}

export interface ProfileWriter {
  readonly id: WritableProfileFormatId;
  /** What weights may be. */
  readonly units: readonly WeightUnit[];
  /** Whether reading it again gives the same unit; else it is a count. */
  readonly keepsUnit: boolean;
  /** Whether samples of time come back in their order and with their times. */
  readonly keepsOrder: boolean;
  /** Whether every file, line and column comes back. */
  readonly keepsPlaces: boolean;
  /** @throws CodedError `profile.unit`, `profile.tooLong` */
  write(profile: Profile): string | Uint8Array;
}

/** One way in which profiles lie in files. A new one is one file and one line in `all.ts`. */
export interface ProfileFormat {
  readonly id: ProfileFormatId;
  /** Usual ends of file names, the first one for new files. What a file is, its content says. */
  readonly endings: readonly string[];
  canRead(head: ProfileHead): boolean;
  /**
   * @param content not compressed
   * @param name of the file, for the profile and for what is told
   * @throws CodedError `profile.*` with the file, the place and the value
   */
  read(content: Uint8Array, name: string): ReadProfiles;
  /** `null`: it is only read. */
  readonly writer: ProfileWriter | null;
}

/** A string of V8 has at most 2^29 − 24 characters; so much is left for what goes around it. */
const MOST_CHARACTERS = 500_000_000;

/** @throws CodedError `profile.tooLong` once a text cannot become one string any more */
export function checkLength(format: ProfileFormatId, characters: number): void {
  if (characters > MOST_CHARACTERS) throw new CodedError("profile.tooLong", { format, most: MOST_CHARACTERS });
}

/** What one frame of a written stack takes in memory. */
const ENTRY_BYTES = 8;

/**
 * How deep each node lies (1: a root), where all stacks that are to be written fit into memory.
 * @throws CodedError `profile.tooLong`
 */
export function checkStacks(
  format: ProfileFormatId,
  { nodeParent }: Profile,
  timesWritten: (node: number) => number | boolean,
): Int32Array {
  const depth = new Int32Array(nodeParent.length);
  let entries = 0;
  for (let node = 0; node < depth.length; node++) {
    const parent = nodeParent[node] as number;
    depth[node] = parent < 0 ? 1 : (depth[parent] as number) + 1;
    entries += (depth[node] as number) * Number(timesWritten(node));
  }
  checkLength(format, entries * ENTRY_BYTES);
  return depth;
}

/** @throws CodedError `profile.unit` when the format cannot hold such weights */
export function checkUnit({ id, units }: ProfileWriter, { unit }: Profile): void {
  if (!units.includes(unit)) throw new CodedError("profile.unit", { format: id, unit });
}
