import type { Coded } from "../engine/protocol/model.ts";
import { connectionReasons } from "./reasons/connection.ts";
import { ReasonArgs, type ReasonText, type ReasonTexts } from "./reasonArgs.ts";

const texts = new Map<string, ReasonText>(Object.entries(connectionReasons));

/** More words, see `engineReasons.ts` and `moreReasons.ts`. */
export function addReasons(groups: readonly ReasonTexts[]): void {
  for (const group of groups) for (const [code, text] of Object.entries(group)) texts.set(code, text);
}

/** Whether `code` has words of its own. */
export function hasReasonText(code: string): boolean {
  return texts.has(code);
}

/**
 * A reason or an error in words: what, the value, and what to do about it. Never throws; a code without words of its own
 * is shown as it is, with its arguments, so that nothing is hidden.
 */
export function reasonText(reason: Coded): string {
  const args = new ReasonArgs(withWordedDetail(reason.args));
  const text = texts.get(reason.code);
  if (text !== undefined) return text(args);
  const code = new ReasonArgs({ code: reason.code }).text("code");
  const details = args.entries();
  return details === "" ? code : `${code}: ${details}`;
}

/**
 * An engine that gives up writes its reason to stderr as one JSON line, and that line comes back as the `detail` of the
 * failure: it is a reason in its own right and is put into words like one.
 */
function withWordedDetail(args: Coded["args"]): Coded["args"] {
  const { detail } = args;
  if (typeof detail !== "string") return args;
  const inner = parseReason(detail.trim().split("\n").at(-1) ?? "");
  // One level: what a reason quotes is not searched for reasons again.
  const text = inner === null ? undefined : texts.get(inner.code);
  return inner === null || text === undefined
    ? args
    : { ...args, detail: text(new ReasonArgs(inner.args)).replace(/\.$/, "") };
}

function parseReason(line: string): Coded | null {
  if (!line.startsWith("{")) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Some other last words, or a line that was cut: shown as they are.
    return null;
  }
  const { code, args } = value as { code?: unknown; args?: unknown };
  if (typeof code !== "string" || typeof args !== "object" || args === null) return null;
  return { code, args: args as Coded["args"] };
}
