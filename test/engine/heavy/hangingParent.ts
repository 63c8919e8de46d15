import { join } from "node:path";
import { HeavyChild } from "../../../src/engine/act/heavyChild.ts";
import { anyTask } from "./requests.ts";

// An engine whose child calculates for minutes; says the child's pid and waits to be killed.

const child = new HeavyChild({
  script: join(import.meta.dirname, "busy.ts"),
  deadlineMs: 600_000,
});
void child.run("forecast", anyTask, { signal: new AbortController().signal });
process.stdout.write(`${child.pid}\n`);
