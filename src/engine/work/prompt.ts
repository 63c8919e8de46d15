import type { Coded } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import type { TaskInput } from "../ports.ts";
import { MAX_PROMPT_BYTES } from "../protocol/tasks.ts";

const LABEL_LENGTH = 120;

/**
 * Why this could be given to no agent; `null` when it could. Nothing is changed about a prompt: what an agent would get
 * otherwise than it was written is refused instead.
 */
export function inputRefusal(input: TaskInput): Coded | null {
  const text = input.kind === "prompt" ? input.prompt : JSON.stringify(input.input);
  if (input.kind === "prompt" && text.trim() === "") return { code: "task.promptEmpty", args: {} };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PROMPT_BYTES) return { code: "task.promptTooLong", args: { bytes, limit: MAX_PROMPT_BYTES } };
  if (!text.isWellFormed()) return { code: "task.notWellFormed", args: {} };
  if (input.kind === "prompt") {
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    const position = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
    if (position >= 0) {
      const code = `U+${text.charCodeAt(position).toString(16).toUpperCase().padStart(4, "0")}`;
      return { code: "task.controlCharacter", args: { code, position: position + 1 } };
    }
  }
  return null;
}

/** The first line that says something. */
export function labelOf(input: TaskInput): string {
  const text = input.kind === "prompt" ? input.prompt : JSON.stringify(input.input);
  const line = text.split(/\r?\n/, 50).find((candidate) => candidate.trim() !== "") ?? "";
  return cleanText(line.trim(), LABEL_LENGTH);
}

export function textOf(input: TaskInput): string {
  return input.kind === "prompt" ? input.prompt : JSON.stringify(input.input, null, 2);
}
