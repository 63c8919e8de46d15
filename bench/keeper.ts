import { fileURLToPath } from "node:url";
import { World, eventually, never, rssBytes } from "../test/engine/keeper/support/world.ts";
import { median, report } from "./lib/report.ts";

/**
 * Resident memory of a real keeper with a stand-in engine: with no agent, with 50 agents that have each printed and read
 * something, and after one of them has flooded its stdout with 200 MB.
 */
const AGENTS = 50;
const FLOOD_BYTES = 200_000_000;
const world = new World("relay", fileURLToPath(new URL("../src/engine/keeper.ts", import.meta.url)));

function show(name: string, bytes: number, target?: number): void {
  report({
    bench: "keeper",
    name,
    value: bytes / 1e6,
    unit: "MB",
    better: "lower",
    ...(target === undefined ? {} : { target }),
  });
}

/** The median of 9 looks, a tenth of a second apart, after a second of rest. */
async function restingRss(pid: number): Promise<number> {
  await pause(1_000);
  const seen: number[] = [];
  for (let i = 0; i < 9; i++) {
    seen.push(rssBytes(pid));
    await pause(100);
  }
  return median(seen);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

try {
  const pid = world.startKeeper().pid ?? 0;
  const client = await world.connect();
  show("keeper_rss_0_agents", await restingRss(pid), 60);

  const spawnIds = Array.from({ length: AGENTS }, () => world.newSpawnId());
  const common = { cwd: world.home, env: { PATH: process.env["PATH"] ?? "" }, spoolBytes: 1 << 20 };
  for (const spawnId of spawnIds) await client.spawn({ spawnId, command: "cat", args: [], ...common }, never);
  for (const spawnId of spawnIds) await client.write(spawnId, `${"x".repeat(4_000)}\n`, never);
  await eventually("all echoes", async () =>
    (await client.list(never)).every(({ stdout }) => stdout.endOffset === 4_001) ? true : null,
  );
  show("keeper_rss_50_agents", await restingRss(pid), 60);

  const spawnId = world.newSpawnId();
  const args = ["-c", String(FLOOD_BYTES), "/dev/zero"];
  const begun = performance.now();
  let peak = 0;
  await client.spawn({ spawnId, command: "head", args, ...common }, never);
  await eventually(
    "the end of the flood",
    async () => {
      peak = Math.max(peak, rssBytes(pid));
      return (await client.list(never)).some((entry) => entry.spawnId === spawnId && entry.exit !== null) ? true : null;
    },
    60_000,
  );
  process.stderr.write(`flood of ${FLOOD_BYTES} bytes took ${Math.round(performance.now() - begun)} ms\n`);
  show("keeper_rss_flood_peak", peak);
} finally {
  await world.dispose();
}
