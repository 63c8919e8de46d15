import type { Coded } from "../engine/protocol/model.ts";
import { untilText } from "./clock.ts";
import { bytesText, durationText, numberText, ratioText, UNKNOWN } from "./figures.ts";
import { printable } from "./printable.ts";

export type ReasonText = (args: ReasonArgs) => string;
export type ReasonTexts = Readonly<Record<string, ReasonText>>;

/** Longer values are cut: a message is read, not searched. */
const MAX_VALUE_LENGTH = 400;

/** The arguments of a reason, each as text that is safe to print. A missing one reads `unknown`, never `undefined`. */
export class ReasonArgs {
  readonly #args: Coded["args"];

  constructor(args: Coded["args"]) {
    this.#args = args;
  }

  has(key: string): boolean {
    const value = this.#args[key];
    return value !== undefined && value !== null && value !== "";
  }

  flag(key: string): boolean {
    return this.#args[key] === true;
  }

  positive(key: string): boolean {
    const value = this.#args[key];
    return typeof value === "number" && value > 0;
  }

  text(key: string): string {
    const value = this.#args[key];
    if (value === undefined || value === null) return UNKNOWN;
    const clean = printable(String(value));
    return clean.length <= MAX_VALUE_LENGTH ? clean : `${clean.slice(0, MAX_VALUE_LENGTH - 1)}…`;
  }

  /** `text` in single quotes: for names and values that may hold blanks. */
  quoted(key: string): string {
    return this.has(key) ? `'${this.text(key)}'` : UNKNOWN;
  }

  /** A figure as it is; `null` when there is none. */
  figure(key: string): number | null {
    const value = this.#args[key];
    return typeof value === "number" ? value : null;
  }

  number(key: string): string {
    const value = this.#args[key];
    return typeof value === "number" ? numberText(value) : this.text(key);
  }

  bytes(key: string): string {
    const value = this.#args[key];
    return typeof value === "number" ? bytesText(value) : this.text(key);
  }

  /** 0..1 as per cent. */
  ratio(key: string): string {
    const value = this.#args[key];
    return typeof value === "number" ? ratioText(value) : this.text(key);
  }

  /** ` until 15:20:00` of a wall time in ms; nothing without one. */
  until(key: string): string {
    return untilText(this.figure(key));
  }

  /** A duration given in ms. */
  duration(key: string): string {
    const value = this.#args[key];
    return typeof value === "number" ? durationText(value) : this.text(key);
  }

  /** A duration given in seconds. */
  seconds(key: string): string {
    const value = this.#args[key];
    return typeof value === "number" ? durationText(value * 1000) : this.text(key);
  }

  count(key: string, one: string): string {
    const value = this.#args[key];
    return `${this.number(key)} ${value === 1 ? one : `${one}s`}`;
  }

  /** `prefix` and the value when there is one, else nothing. */
  optional(key: string, prefix: string, suffix = ""): string {
    return this.has(key) ? `${prefix}${this.text(key)}${suffix}` : "";
  }

  entries(): string {
    return Object.keys(this.#args)
      .map((key) => `${printable(key)} ${this.text(key)}`)
      .join(", ");
  }
}
