import { describe, expect, test } from "vitest";
import { CommandRun, commandInput, commandRefusal } from "../../../src/engine/providers/commandRun.ts";
import { NO_OUTPUT, readTails, resultOutput, tailOf } from "../../../src/engine/providers/taskOutput.ts";

const limits = { startTimeoutMs: 1_000, drainTimeoutMs: 5_000 };
const at = (ms: number) => ({ monotonicMs: ms, wallMs: 1_000_000 + ms });
const make = (task: string | null = "t") =>
  new CommandRun({ id: "c", pid: 42, startTime: 7, startedAtMs: 0 }, task, limits, at(0));
const exit = (code: number | null, stderr = "") => ({
  code,
  output: { ...NO_OUTPUT, stderr: { text: stderr, droppedBytes: 0 } },
});
const outcome = (run: CommandRun, how: string, code: number | null, stderr = "") =>
  run.gone(how, at(9), exit(code, stderr)).map((command) => (command.kind === "taskEnd" ? command.outcome : command));

describe("one process for one task", () => {
  test("its exit code is its outcome", () => {
    expect(outcome(make(), "exit code 0", 0)).toMatchObject([{ kind: "done" }]);
    expect(outcome(make(), "exit code 3", 3, "no credit\n")).toMatchObject([
      { kind: "failed", reason: { code: "task.exitCode", args: { code: 3, stderr: "no credit" } } },
    ]);
    expect(outcome(make(), "SIGSEGV", null)).toEqual([{ kind: "lost", how: "SIGSEGV", ours: false }]);
  });

  test("told to end, it is lost through us, unless it says that it was done all the same", () => {
    const stopped = () => {
      const run = make();
      expect(run.stop(at(1))).toEqual([{ kind: "signal", name: "SIGTERM" }]);
      expect(run.stop(at(2))).toEqual([]);
      return run;
    };
    expect(outcome(stopped(), "exit code 143", 143)).toEqual([{ kind: "lost", how: "exit code 143", ours: true }]);
    expect(outcome(stopped(), "exit code 0", 0)).toMatchObject([{ kind: "done" }]);
    expect(stopped().tick(at(5_001))).toEqual([{ kind: "signal", name: "SIGKILL" }]);
  });

  test("drained, it may finish until the time for that is over", () => {
    const run = make();
    expect(run.drain(at(1))).toEqual([]);
    expect([run.state, run.ending]).toEqual(["draining", true]);
    expect(run.tick(at(5_000))).toEqual([]);
    expect(run.tick(at(5_001))).toEqual([{ kind: "signal", name: "SIGTERM" }]);
  });

  test("without a task of ours its end tells nothing", () => {
    expect(make(null).gone("exit code 0", at(1), exit(0))).toEqual([]);
    expect(make().cancel("another", at(1))).toEqual([]);
  });
});

describe("the prompt", () => {
  test("goes to stdin, or takes the place of a whole argument; part of one is left alone", () => {
    expect(commandInput(["-p"], "do it")).toEqual({ args: ["-p"], stdin: "do it" });
    expect(commandInput(["-p", "{prompt}"], "do it")).toEqual({ args: ["-p", "do it"], stdin: "" });
    expect(commandInput(["--text={prompt}"], "do it")).toEqual({ args: ["--text={prompt}"], stdin: "do it" });
  });

  test("is refused as an argument where it would be an option or is too long", () => {
    const refusal = (args: string[], prompt: string) =>
      commandRefusal("s", args, { kind: "prompt", prompt })?.code ?? null;
    expect(refusal(["{prompt}"], "-rf")).toBe("task.argumentDash");
    expect(refusal(["--", "{prompt}"], "-rf")).toBeNull();
    expect(refusal(["{prompt}", "--"], "-rf")).toBe("task.argumentDash");
    expect(refusal(["{prompt}"], "é".repeat(50_001))).toBe("task.argumentTooLong");
    expect(refusal([], "é".repeat(50_001))).toBeNull();
    expect(commandRefusal("s", [], { kind: "input", input: {} })?.code).toBe("task.inputNotPrompt");
  });
});

describe("what is kept of an output", () => {
  test("the end, never with half a character, and how much was dropped", () => {
    expect(tailOf(Buffer.from("abc"), 10, 0)).toEqual({ text: "abc", droppedBytes: 0 });
    expect(tailOf(Buffer.from("aäöü"), 5, 100)).toEqual({ text: "öü", droppedBytes: 103 });
    expect(tailOf(Buffer.from("🎉x"), 2, 0)).toEqual({ text: "x", droppedBytes: 4 });
    expect(resultOutput({ a: 1 }).stdout.text).toBe('{\n  "a": 1\n}');
    expect(resultOutput(null).stdout.text).toBe("");
  });

  test("read from a spool of which the beginning is gone, and to which more is being written", async () => {
    let end = 200_000;
    const first = 150_000;
    const tails = await readTails(async (_stream, offset, bytes) => {
      const from = Math.max(offset, first);
      const data = Buffer.alloc(Math.max(0, Math.min(bytes, 10_000, end - from)), "x");
      end += 5_000;
      return { data, offset: from, endOffset: end };
    });
    expect(tails.stdout.droppedBytes).toBe(150_000);
    expect(tails.stdout.text.length).toBeLessThanOrEqual(64 * 1024);
  });
});
