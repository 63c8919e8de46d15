import type { ProfileFrame } from "../engine/protocol/profiling.ts";
import { printable } from "./printable.ts";

/** A file of this machine by its path, as one looks for it. */
export function plainFile(text: string): string {
  return text.replace(/\bfile:\/\/(?=\/)/, "");
}

/** Whether there is a file to look into: what Node brings along is in its binary. */
export function hasSourceFile({ file }: Pick<ProfileFrame, "file">): boolean {
  return file !== null && !file.startsWith("node:");
}

/** `/src/agent.js:12`; nothing where it is not known. */
export function placeText({ file, line }: Pick<ProfileFrame, "file" | "line">): string {
  if (file === null) return "";
  const path = printable(plainFile(file));
  return line === null ? path : `${path}:${line}`;
}
