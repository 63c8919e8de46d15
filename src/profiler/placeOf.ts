import type { ProfileFrame } from "../engine/protocol/profiling.ts";

/** `name file:line`. */
export function placeOf({ name, file, line }: Omit<ProfileFrame, "column">): string {
  if (file === null) return name;
  return line === null ? `${name} ${file}` : `${name} ${file}:${line}`;
}
