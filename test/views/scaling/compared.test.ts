import { beforeEach, describe, expect, test } from "vitest";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { compared, loadSourceOf } from "../../../src/views/scaling/compared.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { comparison } from "../../webview/scalingStates.ts";
import { FakeConnection } from "../fakeSession.ts";

const never = new AbortController().signal;
const wish = { days: 7, policies: ["hpa"] } as const;
let connection: FakeConnection;
let history: () => Promise<unknown>;
let problems: string[];

beforeEach(() => {
  problems = [];
  connection = new FakeConnection();
  history = async () => ({ series: [{ source: "measured", imported: [] }] });
  connection.answer = (method) => (method === calls.history.method ? history() : Promise.resolve(comparison));
});

const run = () => compared(connection, "docs", wish, never, ({ code }) => problems.push(code));

describe("a comparison with the source of its load", () => {
  test("asks for the policies, then for where the load of that very time came from", async () => {
    expect(await run()).toEqual(comparison);
    expect(connection.calls[0]?.params).toEqual({ swarmId: "docs", days: 7, policies: ["hpa"] });
    const { fromMs, bucketMs, load } = comparison.series;
    expect(connection.calls[1]?.params).toMatchObject({
      series: [{ scope: "swarm", key: "docs", metric: "demand" }],
      fromMs,
      toMs: Math.round(fromMs + bucketMs * load.length),
    });
  });

  test("says unknown, and is not lost, when the source cannot be read", async () => {
    history = () => Promise.reject(new Failure({ code: "store.read", args: {} }));
    expect((await run()).loadSource).toEqual({ source: "unknown", importedRatio: 0 });
    expect(problems).toEqual(["store.read"]);
  });

  test("that was cancelled meanwhile is cancelled", async () => {
    history = () => Promise.reject(new Failure({ code: "aborted", args: {} }));
    await expect(run()).rejects.toMatchObject({ code: "aborted" });
    expect(problems).toEqual([]);
  });
});

test("the imported share counts what lies within the time alone", () => {
  const imported = [
    { fromMs: -100, toMs: 20, stepMs: 1 },
    { fromMs: 90, toMs: 500, stepMs: 1 },
    { fromMs: 600, toMs: 700, stepMs: 1 },
  ];
  expect(loadSourceOf({ source: "derived", imported }, 0, 100)).toEqual({ source: "derived", importedRatio: 0.3 });
  expect(loadSourceOf({ source: "measured", imported: [] }, 0, 100).importedRatio).toBe(0);
  expect(loadSourceOf(undefined, 0, 100)).toEqual({ source: "unknown", importedRatio: 0 });
});
