import type { OperationAnswer, OperationCall, OperationName, Operations } from "./operations.ts";

/** Longest wait for one answer of the browser; its own waits are shorter and name what was missing. */
const ANSWER_DEADLINE_MS = 40_000;

type Driver = {
  readonly [K in OperationName]: (...args: Parameters<Operations[K]>) => Promise<ReturnType<Operations[K]>>;
};

async function call(operation: OperationName, args: readonly unknown[]): Promise<unknown> {
  const address = process.env["SWARM_TEST_DRIVER"];
  if (address === undefined) throw new Error("SWARM_TEST_DRIVER is not set: editor tests run by `npm test -- editor`");
  const body: OperationCall = { operation, args };
  const response = await fetch(address, {
    method: "POST",
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  const answer = (await response.json()) as OperationAnswer;
  if (!answer.ok)
    throw new Error(`${operation}(${args.map((arg) => JSON.stringify(arg)).join(", ")}): ${answer.error}`);
  return answer.value;
}

/** The browser's side of the running test. `await driver.treeRows("Agents")` */
export const driver = new Proxy({} as Driver, {
  get:
    (_, operation) =>
    (...args: unknown[]) =>
      call(operation as OperationName, args),
});
