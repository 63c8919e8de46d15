import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { usageFailure } from "./failure.ts";
import { watchProcess } from "./processWatch.ts";
import type { CliWorld, Output } from "./world.ts";

/** The world of a real terminal. */
export function terminalWorld(parts: {
  readonly version: string;
  readonly distFolder: string;
  readonly connect: CliWorld["connect"];
  readonly interrupt: AbortSignal;
}): CliWorld {
  return {
    ...parts,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    confirm: process.stdin.isTTY && process.stderr.isTTY ? confirm : null,
    readFile: readText,
    watchProcess,
    monotonicMs: () => performance.now(),
    delay: (ms, signal) => delay(ms, undefined, { signal }),
  };
}

/** Colour only where somebody sees it and has not said otherwise. */
export function wantsColour(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return terminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // A pipe is not a terminal whatever the types say.
  const terminal = stream.isTTY === true;
  return {
    write: (content) => void stream.write(content),
    colour: wantsColour(terminal, process.env),
    width: terminal ? stream.columns : null,
    terminal,
  };
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // The prompt takes Ctrl-C for itself while it waits; here it means what it means everywhere.
  prompt.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await prompt.question(question, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return path === "-" ? await text(process.stdin) : await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    throw usageFailure("file.unreadable", { path, reason: error instanceof Error ? error.message : String(error) });
  }
}
