// Progress goes to stderr, so that stdout stays free for results (`npm run -s bench` must print nothing but JSON).

/** An expected failure: its message is all there is to show. */
export class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function fail(error) {
  say(error instanceof Failure ? `\n${error.message}` : `\n${error?.stack ?? error}`);
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
}

export function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/** Shows that a long step begins, that it still runs (every 15 s) and how long it took. */
export async function step(label, work) {
  const begun = performance.now();
  say(`• ${label} …`);
  const timer = setInterval(() => say(`  … still at it: ${label} (${seconds(begun)})`), 15_000);
  try {
    const result = await work();
    say(`  done in ${seconds(begun)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
