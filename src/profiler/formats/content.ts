import { type Coded, CodedError } from "../../engine/common/errors.ts";
import type { ProfileHead } from "./format.ts";

/** What the readers of texts and of JSON share: checks that name file, place and value. Nothing here recurses. */

/** What should be where something else is. */
export type Expected =
  | "number"
  | "positive"
  | "order"
  | "text"
  | "list"
  | "object"
  | "node"
  | "frame"
  | "string"
  | "location"
  | "function"
  | "unit"
  | "profileType"
  | "eventType";

/** Values are shown cut: a message is read, not searched. */
const SHOWN_CHARACTERS = 80;

/** A value as an argument of a reason: `null` where there is none. */
export function shown(value: unknown): Coded["args"][string] {
  switch (typeof value) {
    case "undefined":
      return null;
    case "number":
    case "boolean":
      return value;
    case "string":
      return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
    default:
      return Array.isArray(value) ? "[…]" : value === null ? "null" : "{…}";
  }
}

export function wrong(file: string, place: string, value: unknown, expected: Expected): CodedError {
  return new CodedError("profile.value", { file, place, value: shown(value), expected });
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws CodedError `profile.value` */
export function objectAt(file: string, place: string, value: unknown): Json {
  if (!isObject(value)) throw wrong(file, place, value, "object");
  return value;
}

/** @throws CodedError `profile.value` */
export function listAt(file: string, place: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(file, place, value, "list");
  return value as readonly unknown[];
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** UTF-8, a byte order mark left out; what is no character becomes U+FFFD. */
export function textOf(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}

/** @throws CodedError `profile.notJson`, `profile.value` when it is no object */
export function jsonOf(content: Uint8Array, file: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(textOf(content));
  } catch (error) {
    // Its message quotes the text around the place, or says that it ended.
    throw new CodedError("profile.notJson", { file, reason: error instanceof Error ? error.message : String(error) });
  }
  return objectAt(file, "$", value);
}

/** An own key only: `__proto__` and `constructor` are no more than names in a file. */
export function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Begin of a file that is looked at. Formats have their own keys within the first few hundred bytes. */
const HEAD_BYTES = 65_536;

/** @param whole all of it, for a JSON object whose telling keys come late */
export function headOf(content: Uint8Array, whole = false): ProfileHead {
  const bytes = whole ? content : content.subarray(0, HEAD_BYTES);
  const text = textOf(bytes);
  return { bytes, text, keys: outermostKeys(text) };
}

/**
 * Keys of the outermost object of a JSON text that may be cut anywhere. One pass that counts brackets and skips strings; a
 * text that is no JSON gives what it gives.
 */
export function outermostKeys(text: string): ReadonlySet<string> {
  const keys = new Set<string>();
  let at = 0;
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  if (text.charAt(at) !== "{") return keys;
  let depth = 0;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === OPEN_BRACE || char === OPEN_BRACKET) depth++;
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      if (--depth === 0) break;
    } else if (char === QUOTE) {
      const end = endOfString(text, at);
      if (end < 0) break;
      if (depth === 1 && isKey(text, end)) keys.add(text.slice(at + 1, end));
      at = end;
    }
  }
  return keys;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** Of the closing quote of a string that opens at `from`; −1 when it is cut. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    at = text.indexOf('"', at);
    if (at < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
    at++;
  }
}

function isKey(text: string, closingQuote: number): boolean {
  let at = closingQuote + 1;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === COLON;
}

/** The name of a function as runtimes give it, with one for those without. */
export function functionName(name: string): string {
  return name === "" ? "(anonymous)" : name;
}
