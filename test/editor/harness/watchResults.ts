import type { ResultLine } from "./results.ts";
import type { ResultsReader } from "./resultsFile.ts";

/** The longest silence (no result, no driver call) before a scenario counts as hung. */
const SILENCE_MS = 120_000;
/** The same from opening the page to the first test. */
const START_SILENCE_MS = 60_000;
const POLL_MS = 200;

/** @returns what went wrong, or `null` after a proper end */
export async function watchResults(
  results: ResultsReader,
  say: (line: string) => void,
  interrupted: Promise<string>,
  lastSign: () => number,
): Promise<string | null> {
  let lastLine = performance.now();
  let outcome: string | null | undefined;
  void interrupted.then((what) => (outcome ??= what));
  let hostDied = false;
  for (;;) {
    const fresh = results.readNew();
    for (const line of fresh) show(line, say);
    if (fresh.length > 0) lastLine = performance.now();
    if (results.lines.some(({ event }) => event === "end")) return null;
    if (outcome !== undefined) return outcome;
    const started = results.lines.find((line) => line.event === "start");
    const restarted = results.lines.some(({ event }) => event === "restarted");
    // Its last line may be newer than this reading, so a dead host gets one more.
    if (hostDied) return "the extension host died during the tests";
    hostDied = restarted || (started !== undefined && !isAlive(started.pid));
    const allowedMs = results.lines.length === 0 ? START_SILENCE_MS : SILENCE_MS;
    if (performance.now() - Math.max(lastLine, lastSign()) > allowedMs)
      return `nothing happened for ${allowedMs / 1000} s`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function show(line: ResultLine, say: (line: string) => void): void {
  if (line.event === "pass") say(`  ✓ ${line.title} (${line.ms} ms)`);
  if (line.event === "skip") say(`  - ${line.title} (skipped)`);
  if (line.event !== "fail" && line.event !== "again") return;
  const told = line.stack.includes(line.message) ? line.stack : `${line.message}\n${line.stack}`;
  const sign = line.event === "fail" ? "✗" : "~ tried again:";
  say(`  ${sign} ${line.title}\n    ${told.replaceAll("\n", "\n    ")}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
