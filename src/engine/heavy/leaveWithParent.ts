import { Worker } from "node:worker_threads";

const EVERY_MS = 500;

/**
 * Ends this process when its parent is gone, also from the middle of a calculation that never returns to the event loop
 * and so would never see the closed channel: a thread looks whose child we are. A parent that died is either seen as
 * another one (Linux, macOS) or as a process that is no more (Windows).
 */
export function leaveWithParent(parent: number): void {
  const script = `
    const parent = ${parent};
    setInterval(() => {
      let gone = process.ppid !== parent;
      try { process.kill(parent, 0); } catch (error) { gone ||= error.code === "ESRCH"; }
      if (gone) process.kill(process.pid, "SIGKILL");
    }, ${EVERY_MS});`;
  // A few lines in a heap of their own that never grows.
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };
  new Worker(script, { eval: true, env: {}, resourceLimits: limits }).unref();
}
