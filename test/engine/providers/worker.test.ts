import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Worker, type WorkerCommand } from "../../../src/engine/providers/worker.ts";

const limits = { startTimeoutMs: 10_000, drainTimeoutMs: 5_000 };
const at = (ms: number) => ({ monotonicMs: ms, wallMs: 1_000_000 + ms });
const make = () => new Worker({ id: "w", pid: 42, startTime: 7, startedAtMs: 0 }, limits, at(0));
const line = (...messages: object[]) => Buffer.from(messages.map((m) => `${JSON.stringify(m)}\n`).join(""));
const kinds = (commands: readonly WorkerCommand[]) => commands.map((c) => (c.kind === "signal" ? c.name : c.kind));

describe("Worker", () => {
  test("is ready, works, and is idle again with the outcome told", () => {
    const worker = make();
    expect(kinds(worker.output(line({ type: "ready" }), at(1)))).toEqual(["ready"]);
    expect(worker.assign("t1", at(2))).toBe(true);
    expect(worker.assign("t2", at(2))).toBe(false);
    expect(worker.output(line({ type: "done", id: "t1", output: 5 }), at(3))).toEqual([
      { kind: "taskEnd", taskId: "t1", outcome: { kind: "done", output: 5 } },
    ]);
    expect(worker.state).toBe("idle");
    expect(worker.tasksDone).toBe(1);
  });

  test("garbage is shown, cleaned, and does not stop it; the next finished task clears it", () => {
    const worker = make();
    worker.output(Buffer.from("\u001b[31mnot json\u001b[0m \u202egnp.exe\n"), at(1));
    expect(worker.problem).toEqual({ code: "worker.garbage", args: { line: "not json gnp.exe" } });
    worker.output(line({ type: "ready" }), at(2));
    worker.assign("t", at(3));
    worker.output(line({ type: "done", id: "t" }), at(4));
    expect(worker.problem).toBeNull();
  });

  test("a line without end costs bounded memory and is told", () => {
    const worker = make();
    for (let n = 0; n < 40; n++) worker.output(Buffer.alloc(64 * 1024, "x"), at(n));
    expect(worker.problem?.code).toBe("worker.lineTooLong");
    worker.output(Buffer.concat([Buffer.from("\n"), line({ type: "ready" })]), at(50));
    expect(worker.state).toBe("idle");
  });

  test("one that never says ready is stopped at its deadline, then killed", () => {
    const worker = make();
    expect(worker.tick(at(9_999))).toEqual([]);
    expect(kinds(worker.tick(at(10_000)))).toEqual(["SIGTERM"]);
    expect(worker.problem?.code).toBe("worker.startTimeout");
    expect(worker.tick(at(14_999))).toEqual([]);
    expect(kinds(worker.tick(at(15_000)))).toEqual(["SIGKILL"]);
  });

  test("one that ignores drain gets SIGTERM, then SIGKILL, and its task is told as lost when it is gone", () => {
    const worker = make();
    worker.output(line({ type: "ready" }), at(1));
    worker.assign("t", at(2));
    expect(kinds(worker.drain(at(10)))).toEqual(["drain"]);
    expect(worker.drain(at(11))).toEqual([]);
    expect(kinds(worker.tick(at(5_010)))).toEqual(["SIGTERM"]);
    expect(worker.problem?.code).toBe("worker.drainIgnored");
    expect(kinds(worker.tick(at(10_010)))).toEqual(["SIGKILL"]);
    expect(worker.gone("SIGKILL", at(10_020))).toEqual([
      { kind: "taskEnd", taskId: "t", outcome: { kind: "lost", reason: "SIGKILL" } },
    ]);
  });

  test("a task that ends while draining is told and the agent stays draining", () => {
    const worker = make();
    worker.output(line({ type: "ready" }), at(1));
    worker.assign("t", at(2));
    worker.drain(at(3));
    expect(kinds(worker.output(line({ type: "failed", id: "t", error: "no" }), at(4)))).toEqual(["taskEnd"]);
    expect(worker.state).toBe("draining");
    expect(worker.task).toBeNull();
  });

  test("an engine that comes back rebuilds the state from the same bytes, wherever they are cut", () => {
    const bytes = line(
      { type: "ready" },
      { type: "started", id: "a" },
      { type: "done", id: "a" },
      { type: "log", message: "häß→lich" },
      { type: "started", id: "b" },
    );
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const worker = make();
        const edges = [0, ...cuts.toSorted((x, y) => x - y), bytes.length];
        for (let n = 1; n < edges.length; n++) worker.output(bytes.subarray(edges[n - 1], edges[n]), at(n));
        expect(worker.state).toBe("working");
        expect(worker.task).toBe("b");
        expect(worker.problem).toBeNull();
      }),
    );
  });

  test("a known task of another worker, prototype keys and wrong types change nothing", () => {
    const worker = make();
    worker.output(line({ type: "ready" }), at(1));
    worker.assign("t", at(2));
    worker.output(
      Buffer.from('{"type":"done","id":"other"}\n{"type":"done","id":5}\n{"__proto__":{"type":"ready"}}\n[]\nnull\n'),
      at(3),
    );
    expect(worker.state).toBe("working");
    expect(worker.task).toBe("t");
  });
});
