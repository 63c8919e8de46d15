import { existsSync, readFileSync } from "node:fs";
import type { Counted, ResultLine } from "./results.ts";

/** Reads the lines a scenario has written so far. A line cut off in the middle waits for the next reading. */
export class ResultsReader {
  readonly lines: ResultLine[] = [];
  readonly #file: string;
  #readCharacters = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns what is new since the last call */
  readNew(): ResultLine[] {
    if (!existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, "utf8");
    const end = text.lastIndexOf("\n") + 1;
    const fresh = text
      .slice(this.#readCharacters, end)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ResultLine);
    this.#readCharacters = Math.max(end, this.#readCharacters);
    this.lines.push(...fresh);
    return fresh;
  }
}

/**
 * Counts a finished scenario. Whatever kept it from its proper end counts as one failure; so does a scenario
 * that ran nothing.
 */
export function countResults(lines: readonly ResultLine[]): Counted & { readonly problem: string | null } {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const { event } of lines) {
    if (event === "pass") passed++;
    if (event === "fail") failed++;
    if (event === "skip") skipped++;
  }
  const ended = lines.some(({ event }) => event === "end");
  const begun = lines.findLast((line) => line.event === "begin");
  let problem: string | null = null;
  if (!ended) problem = begun === undefined ? "no test was run" : `it ended in the middle of "${begun.title}"`;
  else if (passed + failed + skipped === 0) problem = "it has no tests";
  return { passed, failed: failed + (problem === null ? 0 : 1), skipped, problem };
}
