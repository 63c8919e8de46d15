import { type ChildProcess, spawn } from "node:child_process";

/** Real, cheap processes to look at. @throws when one cannot be started; those that were are ended first */
export async function startCrowd(count: number): Promise<ChildProcess[]> {
  const crowd: ChildProcess[] = [];
  try {
    for (let one = 0; one < count; one++) crowd.push(spawn("sleep", ["300"], { stdio: "ignore" }));
    await Promise.all(
      crowd.map((child) => new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject))),
    );
    return crowd;
  } catch (error) {
    await endCrowd(crowd);
    throw error;
  }
}

/** Ends them by pid and waits until the last is reaped. */
export async function endCrowd(crowd: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    crowd.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once("exit", () => resolve());
          child.kill("SIGKILL");
        }),
    ),
  );
}
