const LOOK_EVERY_MS = 500;

/**
 * Calls `then` when the process that started us has gone: npm does not hand SIGTERM on to a script, and nobody can hand
 * on SIGKILL. Only for commands started by npm; a command started by hand may outlive its shell.
 */
export function whenOrphaned(then) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, LOOK_EVERY_MS);
  timer.unref();
}
