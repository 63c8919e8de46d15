import type { ProfileFrame } from "../engine/protocol/profiling.ts";
import { printable } from "./printable.ts";

/** `/src/agent.js:12`; nothing where it is not known. */
export function placeText({ file, line }: Pick<ProfileFrame, "file" | "line">): string {
  if (file === null) return "";
  return line === null ? printable(file) : `${printable(file)}:${line}`;
}
