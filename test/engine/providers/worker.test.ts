import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resultOutput } from "../../../src/engine/providers/taskOutput.ts";
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
      { kind: "taskEnd", taskId: "t1", outcome: { kind: "done", output: resultOutput(5) } },
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
      { kind: "taskEnd", taskId: "t", outcome: { kind: "lost", how: "SIGKILL", ours: true } },
    ]);
  });

  test("a busy one is never signalled before its drain timeout; an idle one need not have that long", () => {
    const slow = { ...limits, drainTimeoutMs: 600_000 };
    const one = (lease: { taskId: string; handed: boolean } | null = null) =>
      new Worker({ id: "w", pid: 42, startTime: 7, startedAtMs: 0 }, slow, at(0), lease);
    const busy = one();
    busy.output(line({ type: "ready" }), at(1));
    busy.assign("t", at(2));
    busy.drain(at(10));
    expect(busy.tick(at(600_009))).toEqual([]);
    expect(kinds(busy.tick(at(600_010)))).toEqual(["SIGTERM"]);
    expect(busy.problem).toEqual({ code: "worker.drainIgnored", args: { seconds: 600 } });
    const idle = one();
    idle.output(line({ type: "ready" }), at(1));
    idle.drain(at(10));
    expect(idle.tick(at(30_009))).toEqual([]);
    expect(kinds(idle.tick(at(30_010)))).toEqual(["SIGTERM"]);
    // Done with its task it only has to end.
    const done = one();
    done.output(line({ type: "ready" }), at(1));
    done.assign("t", at(2));
    done.drain(at(10));
    done.output(line({ type: "done", id: "t" }), at(400_000));
    expect(done.tick(at(429_999))).toEqual([]);
    expect(kinds(done.tick(at(430_000)))).toEqual(["SIGTERM"]);
    // What an engine before this one gave it, it may be working on although it has not shown so yet.
    const adopted = one({ taskId: "t", handed: true });
    adopted.drain(at(10));
    expect(adopted.tick(at(599_999))).toEqual([]);
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

  describe("taken over with a lease", () => {
    const over = (handed: boolean) =>
      new Worker({ id: "w", pid: 42, startTime: 7, startedAtMs: 0 }, limits, at(0), { taskId: "t2", handed });

    test("reads the history of its spool, and only the outcome of the leased task is told", () => {
      const worker = over(true);
      const history = line(
        { type: "ready" },
        { type: "started", id: "t1" },
        { type: "done", id: "t1" },
        { type: "started", id: "t2" },
      );
      expect(kinds(worker.output(history, at(1)))).toEqual(["ready"]);
      expect([worker.state, worker.task]).toEqual(["working", "t2"]);
      expect(kinds(worker.output(line({ type: "done", id: "t2" }), at(2)))).toEqual(["taskEnd"]);
      expect(worker.state).toBe("idle");
    });

    test("that got its task and never says `started` is let work", () => {
      const worker = over(true);
      worker.output(line({ type: "ready" }), at(1));
      expect(worker.tick(at(3_600_000))).toEqual([]);
    });

    test("of which nobody knows whether it got its task shows it, or is ended so that the task may run again", () => {
      const shows = over(false);
      shows.output(line({ type: "ready" }, { type: "started", id: "t2" }), at(1));
      expect(shows.tick(at(3_600_000))).toEqual([]);
      const silent = over(false);
      silent.output(line({ type: "ready" }), at(1));
      expect(silent.tick(at(10_000))).toEqual([]);
      expect(kinds(silent.tick(at(10_001)))).toEqual(["SIGTERM"]);
      expect(silent.gone("SIGTERM", at(10_050))).toEqual([
        { kind: "taskEnd", taskId: "t2", outcome: { kind: "lost", how: "SIGTERM", ours: true } },
      ]);
    });
  });

  test("is asked to give a task up, and ended when it does not, even when its `started` comes late", () => {
    const worker = make();
    worker.output(line({ type: "ready" }), at(1));
    worker.assign("t", at(2));
    expect(worker.cancel("other", at(3))).toEqual([]);
    expect(worker.cancel("t", at(3))).toEqual([{ kind: "cancel", taskId: "t" }]);
    expect(worker.cancel("t", at(4))).toEqual([]);
    worker.output(line({ type: "started", id: "t" }), at(5));
    expect(worker.tick(at(5_002))).toEqual([]);
    expect(kinds(worker.tick(at(5_003)))).toEqual(["SIGTERM"]);
  });
});
