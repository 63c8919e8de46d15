import { packageOf } from "../packageOf.ts";
import type { Frame } from "../profile.ts";

/** What has no name of its own, in words. */
const NAMELESS: Readonly<Record<string, string>> = {
  /** Mostly what is being worked on. */
  own: "own code",
  /** Lies in no file: the runtime's own, a process. */
  native: "native",
  kernel: "kernel",
};

/** The packages of all frames, each once, and which one each frame's is. */
export function packagesOf(frames: readonly Frame[]): { readonly names: readonly string[]; readonly of: Int32Array } {
  const names: string[] = [];
  const known = new Map<string, number>();
  const of = Int32Array.from(frames, (frame) => {
    const { kind, name: called } = packageOf(frame);
    const name = called ?? NAMELESS[kind] ?? kind;
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, names.length);
    return names.push(name) - 1;
  });
  return { names, of };
}
