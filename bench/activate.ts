import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runProgram } from "./lib/runProgram.ts";
import { median, report } from "./lib/report.ts";

/**
 * What opening a window costs, in the real editor with an empty home: `activate()`, the time until the engine (installed,
 * started cold) has told its first state, and the time from opening the view to rows in it. The median of several starts.
 */
const STARTS = 3;
const ROOT = resolve(import.meta.dirname, "..");

interface Figures {
  readonly activateMs: number;
  readonly firstStateMs: number;
  readonly openToRowsMs: number;
}

const folder = mkdtempSync(join(tmpdir(), "sw-bench-"));
try {
  const seen: Figures[] = [];
  for (let start = 0; start < STARTS; start++) {
    const file = join(folder, `${start}.json`);
    await runProgram(process.execPath, [join(ROOT, "scripts/run.mjs"), "test", "editor", "activation"], ROOT, {
      SWARM_FIGURES: file,
    });
    seen.push(JSON.parse(readFileSync(file, "utf8")) as Figures);
  }
  const of = (pick: (figures: Figures) => number) => median(seen.map(pick));
  const common = { bench: "activate", better: "lower", unit: "ms" } as const;
  report({ ...common, name: "activate", value: of((f) => f.activateMs), target: 30 });
  report({ ...common, name: "first_state_cold_engine", value: of((f) => f.firstStateMs) });
  report({ ...common, name: "view_opened_to_rows", value: of((f) => f.openToRowsMs) });
  // One after the other, which is the worst case: a view that is open from the start waits for the state only.
  report({
    ...common,
    name: "first_rows_cold_engine",
    value: of((f) => f.firstStateMs + f.openToRowsMs),
    target: 1_500,
  });
  const bundle = statSync(join(ROOT, "dist/extension.js")).size;
  report({ ...common, name: "extension_bundle", value: bundle / 1024, unit: "KiB", target: 175 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
