import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { type LocalSwarm, localSwarm } from "../../../src/engine/protocol/config.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { TaskDetail, TaskRow } from "../../../src/engine/protocol/tasks.ts";
import { Home } from "../client/home.ts";
import { buildRealDist, until, workerScript } from "./realEngine.ts";

/** Of the endless output, kB: 1 GB in the long form. */
const LINES = (process.env["SWARM_RELIABILITY_LONG"] === "1" ? 1024 : 64) * 1024;

/** The whole engine with real processes: tasks in, outcomes out. */
let dist: string;
let home: Home;
let files: string;

beforeAll(async () => void (dist = await buildRealDist()));
afterAll(() => rmSync(dist, { recursive: true, force: true }));
beforeEach(() => {
  home = new Home();
  files = mkdtempSync(join(tmpdir(), "se-tasks-"));
});
afterEach(async () => {
  await home.remove();
  rmSync(files, { recursive: true, force: true });
});

async function define(...swarms: Partial<LocalSwarm>[]): Promise<EngineConnection> {
  const engine = await home.connect(home.options(dist));
  const { revision } = await engine.call(calls.configGet, {});
  const values = swarms.map((swarm) =>
    localSwarm.parse({ id: "mine", command: process.execPath, minAgents: 0, maxAgents: 4, ...swarm }),
  );
  await engine.call(calls.configPatch, { source: "test", baseRevision: revision, patch: { swarms: values } });
  return engine;
}

const scale = (engine: EngineConnection, target: number, swarmId = "mine") =>
  engine.call(calls.swarmScale, { swarmId, target, deadlineMs: 15_000 });

async function submit(engine: EngineConnection, ...prompts: string[]): Promise<string[]> {
  const tasks = prompts.map((prompt) => ({ prompt }));
  const { results } = await engine.call(calls.taskSubmit, { swarmId: "mine", tasks });
  return results.map((result) => {
    if (result.kind !== "accepted") throw new Error(JSON.stringify(result));
    return result.taskId;
  });
}

/** Waits until the task is over. */
async function ended(engine: EngineConnection, taskId: string): Promise<TaskDetail> {
  let task: TaskDetail | undefined;
  await until(
    async () => {
      task = await engine.call(calls.task, { taskId });
      return task.state.kind !== "waiting" && task.state.kind !== "running";
    },
    `task ${taskId} is over`,
    20_000,
  );
  return task as TaskDetail;
}

const running = async (engine: EngineConnection, taskId: string) =>
  until(async () => (await engine.call(calls.task, { taskId })).state.kind === "running", `${taskId} runs`, 15_000);

describe("workers", () => {
  test("take prompts, one at a time each, and their results are kept", async () => {
    const engine = await define({
      args: [
        "-e",
        workerScript({ onTask: `say({type:"done",id:message.id,output:message.input.prompt.toUpperCase()})` }),
      ],
    });
    const ids = await submit(engine, "first", "second", "third");
    // Without agents they wait.
    const waiting = await engine.call(calls.tasks, { limit: 10 });
    expect(waiting.tasks.map(({ state }) => state.kind)).toEqual(["waiting", "waiting", "waiting"]);
    await scale(engine, 2);
    const results = await Promise.all(ids.map((id) => ended(engine, id)));
    expect(results.map(({ state, stdout }) => [state.kind, stdout.text])).toEqual([
      ["done", "FIRST"],
      ["done", "SECOND"],
      ["done", "THIRD"],
    ]);
    const row = async () => (await engine.call(calls.overview, {})).swarms.find(({ id }) => id === "mine");
    // The overview is of the last tick, which may be before the last result.
    await until(
      async () => {
        const seen = await row();
        return seen !== undefined && "tasksDone" in seen && seen.tasksDone === 3;
      },
      "the overview counts three done tasks",
      15_000,
    );
    expect(await row()).toMatchObject({ waitingTasks: 0, tasksDone: 3, demandSource: "measured" });
  });

  test("a failed task is tried again after a pause, and fails for good after its last attempt", async () => {
    const engine = await define({
      args: ["-e", workerScript({ onTask: `say({type:"failed",id:message.id,error:"no luck"})` })],
    });
    await scale(engine, 1);
    // Two runs, and two of its retry: a fifth failure in a row would open the breaker.
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      maxAttempts: 2,
      tasks: [{ prompt: "x" }],
    });
    const id = results[0]?.kind === "accepted" ? results[0].taskId : "";
    const task = await ended(engine, id);
    expect(task).toMatchObject({
      attempt: 2,
      state: { kind: "failed", reason: { code: "task.failed", args: { error: "no luck" } } },
    });
    const again = await engine.call(calls.taskRetry, { taskId: id });
    expect(again.kind).toBe("accepted");
    if (again.kind === "accepted") expect((await ended(engine, again.taskId)).retryOf).toBe(id);
  });

  test("a cancelled task that goes on is ended with its agent, which is replaced", async () => {
    const engine = await define({ args: ["-e", workerScript({ onTask: `say({type:"started",id:message.id})` })] });
    await scale(engine, 1);
    const [id = ""] = await submit(engine, "for ever");
    await running(engine, id);
    const { results } = await engine.call(calls.taskCancel, { taskIds: [id] });
    expect(results).toEqual([{ taskId: id, kind: "stopping" }]);
    expect((await ended(engine, id)).state).toMatchObject({ kind: "cancelled" });
    await until(
      async () => {
        const row = (await engine.call(calls.overview, {})).swarms.find((swarm) => swarm.id === "mine");
        return row?.kind === "managed" && row.activity.kind === "steady" && row.live === 1;
      },
      "another agent is there",
      15_000,
    );
    const over = await engine.call(calls.taskCancel, { taskIds: [id] });
    expect(over.results[0]).toMatchObject({ kind: "refused", reason: { code: "task.over" } });
  }, 40_000);

  test("a task that takes its agents down is given up after three of them", async () => {
    const engine = await define({ args: ["-e", workerScript({ onTask: `process.exit(9)` })] });
    await scale(engine, 1);
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      maxAttempts: 10,
      tasks: [{ prompt: "poison" }],
    });
    const id = results[0]?.kind === "accepted" ? results[0].taskId : "";
    expect((await ended(engine, id)).state).toMatchObject({ kind: "failed", reason: { code: "task.lostTooOften" } });
  }, 60_000);
});

describe("commands", () => {
  const cat = { agents: "command" as const, args: ["-e", "process.stdin.pipe(process.stdout)"] };

  test("get the prompt on stdin, and what they print is the output", async () => {
    const engine = await define(cat);
    await scale(engine, 2);
    const prompts = ["-starts like an option", "two\nlines", "ünïcödé 🎉"];
    const ids = await submit(engine, ...prompts);
    const results = await Promise.all(ids.map((id) => ended(engine, id)));
    expect(results.map(({ state, stdout }) => [state.kind, stdout.text])).toEqual(prompts.map((p) => ["done", p]));
    const row = (await engine.call(calls.overview, {})).swarms.find(({ id }) => id === "mine");
    expect(row).toMatchObject({ target: 2, activity: { kind: "steady" } });
  });

  test("get the prompt as one argument, never through a shell", async () => {
    const engine = await define({ ...cat, args: ["-e", "process.stdout.write(process.argv[1])", "--", "{prompt}"] });
    await scale(engine, 1);
    const prompt = '-x; echo $HOME `id` "quoted" $(touch nothing)';
    const [id = ""] = await submit(engine, prompt);
    expect(await ended(engine, id)).toMatchObject({ state: { kind: "done" }, stdout: { text: prompt } });
  });

  test("a prompt that would be an option, or is too long for an argument, is refused by name", async () => {
    const engine = await define({ ...cat, args: ["-e", "0", "{prompt}"] });
    const refusals = async (...prompts: string[]) => {
      const { results } = await engine.call(calls.taskSubmit, {
        swarmId: "mine",
        tasks: prompts.map((prompt) => ({ prompt })),
      });
      return results.map((result) => (result.kind === "refused" ? result.reason.code : result.kind));
    };
    expect(await refusals("--help", "x".repeat(100_001), "a\u0000b", "\u001b[31mred", "  \n ", "fine")).toEqual([
      "task.argumentDash",
      "task.argumentTooLong",
      "task.controlCharacter",
      "task.controlCharacter",
      "task.promptEmpty",
      "accepted",
    ]);
    expect(await refusals("x".repeat(1_000_000))).toEqual(["task.promptTooLong"]);
  });

  test("how it ended is the outcome: exit code and the end of stderr", async () => {
    const engine = await define({ ...cat, args: ["-e", "console.error('out of credit'); process.exit(3)"] });
    await scale(engine, 1);
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      maxAttempts: 1,
      tasks: [{ prompt: "x" }],
    });
    const id = results[0]?.kind === "accepted" ? results[0].taskId : "";
    const task = await ended(engine, id);
    expect(task.state).toMatchObject({
      kind: "failed",
      reason: { code: "task.exitCode", args: { code: 3, stderr: "out of credit" } },
    });
    expect(task.stderr.text).toBe("out of credit\n");
  });

  test("a command that does not exist fails the task and says so", async () => {
    const engine = await define({ ...cat, command: "/nonexistent/agent" });
    await scale(engine, 1);
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      maxAttempts: 1,
      tasks: [{ prompt: "x" }],
    });
    const id = results[0]?.kind === "accepted" ? results[0].taskId : "";
    expect((await ended(engine, id)).state).toMatchObject({ kind: "failed", reason: { code: "spawn.failed" } });
  });

  test("of an endless output the end is kept, within its cap, and what was dropped is told", async () => {
    const script = `
      const line = "x".repeat(1023) + "\\n";
      let n = 0;
      const go = () => { while (n++ < ${LINES}) if (!process.stdout.write(line)) return process.stdout.once("drain", go); process.stdout.write("the end"); };
      go();`;
    const engine = await define({ ...cat, args: ["-e", script], spoolBytes: 65_536 });
    await scale(engine, 1);
    const [id = ""] = await submit(engine, "x");
    const task = await ended(engine, id);
    expect(task.state.kind).toBe("done");
    expect(task.stdout.text.endsWith("x\nthe end")).toBe(true);
    expect(task.stdout.text.length).toBeLessThanOrEqual(65_536);
    expect(task.stdout.droppedBytes + Buffer.byteLength(task.stdout.text)).toBe(LINES * 1024 + 7);
  }, 60_000);

  test("one that runs longer than it may is ended with everything it started", async () => {
    const engine = await define({ ...cat, args: ["-e", "setInterval(() => {}, 1e6)"] });
    await scale(engine, 1);
    const { results } = await engine.call(calls.taskSubmit, {
      swarmId: "mine",
      maxAttempts: 1,
      timeoutSeconds: 1,
      tasks: [{ prompt: "x" }],
    });
    const id = results[0]?.kind === "accepted" ? results[0].taskId : "";
    expect((await ended(engine, id)).state).toMatchObject({ kind: "failed", reason: { code: "task.timeout" } });
  });
});

test("the same key is the same task", async () => {
  const engine = await define({ args: ["-e", workerScript()] });
  const task = { swarmId: "mine", tasks: [{ prompt: "x", key: "k1" }] };
  const first = (await engine.call(calls.taskSubmit, task)).results[0];
  const second = (await engine.call(calls.taskSubmit, task)).results[0];
  expect(first?.kind).toBe("accepted");
  expect(second).toEqual({ kind: "known", taskId: first?.kind === "accepted" ? first.taskId : "", state: "waiting" });
});

test("killed with SIGKILL while work is under way: every task ends exactly once, none runs twice at a time", async () => {
  // Each run writes when it began and when it ended, with its process id.
  const journal = join(files, "runs.txt");
  writeFileSync(journal, "");
  const script = `
    const fs = require("node:fs");
    let text = "";
    process.stdin.on("data", (d) => (text += d)).on("end", () => {
      fs.appendFileSync(${JSON.stringify(journal)}, "begin " + text + " " + process.pid + "\\n");
      setTimeout(() => {
        fs.appendFileSync(${JSON.stringify(journal)}, "end " + text + " " + process.pid + "\\n");
        console.log("did " + text);
      }, 150 + Math.random() * 300);
    });`;
  let engine = await define({ agents: "command", args: ["-e", script], maxAgents: 4 });
  await scale(engine, 4);
  const ids: string[] = [];
  for (let round = 0; round < 4; round++) {
    ids.push(...(await submit(engine, ...Array.from({ length: 6 }, (_, n) => `r${round}n${n}`))));
    await new Promise((resolve) => setTimeout(resolve, 120 + round * 130));
    const { pid } = engine.info;
    process.kill(pid, "SIGKILL");
    await until(
      () =>
        home.connect(home.options(dist, { start: false })).then(
          (connection) => {
            engine = connection;
            return connection.info.pid !== pid;
          },
          () => false,
        ),
      "an engine serves again",
      15_000,
    );
  }
  const tasks: TaskRow[] = [];
  for (const id of ids) tasks.push(await ended(engine, id));
  expect(tasks.map(({ state }) => state.kind)).toEqual(ids.map(() => "done"));
  // Of each task one run at a time: a begin only after the run before it is gone.
  const ends = new Map<string, number>();
  for (const line of readFileSync(journal, "utf8").trim().split("\n")) {
    const [what, name = ""] = line.split(" ");
    if (what === "end") ends.set(name, (ends.get(name) ?? 0) + 1);
  }
  // A run that came to its end is never run again: its outcome was heard, however late.
  expect([...ends.values()]).toEqual(ids.map(() => 1));
}, 90_000);
