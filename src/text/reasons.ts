import type { Coded } from "../engine/protocol/model.ts";
import { commandReasons } from "./reasons/command.ts";
import { connectionReasons } from "./reasons/connection.ts";
import { ReasonArgs, type ReasonText } from "./reasonArgs.ts";
import { storageReasons } from "./reasons/storage.ts";
import { swarmReasons } from "./reasons/swarm.ts";

const texts: ReadonlyMap<string, ReasonText> = new Map(
  [connectionReasons, storageReasons, swarmReasons, commandReasons].flatMap((group) => Object.entries(group)),
);

/** Whether `code` has words of its own. */
export function hasReasonText(code: string): boolean {
  return texts.has(code);
}

/**
 * A reason or an error in words: what, the value, and what to do about it. Never throws; a code without words of its own
 * is shown as it is, with its arguments, so that nothing is hidden.
 */
export function reasonText(reason: Coded): string {
  const args = new ReasonArgs(reason.args);
  const text = texts.get(reason.code);
  if (text !== undefined) return text(args);
  const code = new ReasonArgs({ code: reason.code }).text("code");
  const details = args.entries();
  return details === "" ? code : `${code}: ${details}`;
}
