import {
  FLOAT_COLUMNS,
  type FlameHostMessage,
  type FramePiece,
  INT_COLUMNS,
  type ProfileHead,
} from "../../engine/protocol/flamePage.ts";
import type { Profile } from "../../profiler/profile.ts";

/** Values of one message: 2 to 4 MB. Larger ones would hold up everything else that the editor sends. */
export const PIECE_VALUES = 524_288;
const PIECE_FRAMES = 4_096;
/** Nobody reads more of a name; a hostile one may have millions. */
const MAX_NAME_CHARS = 4_096;

/** One or two profiles as the messages that carry them. Each piece has memory of its own, as it may be handed over. */
export function* piecesOfProfiles(
  id: number,
  profiles: readonly Profile[],
  files: readonly string[] = [],
): Generator<FlameHostMessage> {
  yield { type: "begin", id, profiles: profiles.map(headOf), files };
  for (const [profile, one] of profiles.entries()) {
    for (let at = 0; at < one.frames.length; at += PIECE_FRAMES) {
      const frames = one.frames
        .slice(at, at + PIECE_FRAMES)
        .map(({ name, file, line, column }): FramePiece => [
          ...([name.slice(0, MAX_NAME_CHARS), file?.slice(0, MAX_NAME_CHARS) ?? null] as const),
          ...([line, column] as const),
        ]);
      yield { type: "frames", id, profile, frames };
    }
    for (const column of INT_COLUMNS)
      for (let offset = 0; offset < one[column].length; offset += PIECE_VALUES) {
        const values = one[column].slice(offset, offset + PIECE_VALUES);
        yield { type: "column", id, profile, column, offset, values };
      }
    for (const column of FLOAT_COLUMNS) {
      const all = one[column] ?? new Float64Array(0);
      for (let offset = 0; offset < all.length; offset += PIECE_VALUES) {
        const values = all.slice(offset, offset + PIECE_VALUES);
        yield { type: "column", id, profile, column, offset, values };
      }
    }
  }
  yield { type: "end", id };
}

function headOf({ name, unit, startedAtMs, frames, nodeFrame, sampleNode, sampleAtUs }: Profile): ProfileHead {
  return {
    ...{ name: name.slice(0, MAX_NAME_CHARS), unit, startedAtMs, isTimed: sampleAtUs !== null },
    ...{ frames: frames.length, nodes: nodeFrame.length, samples: sampleNode.length },
  };
}
