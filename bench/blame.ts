import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blameFigures } from "../src/engine/analyse/blame/figures.ts";
import { LinuxThreads } from "../src/engine/collect/linuxThreads.ts";
import { systemClock } from "../src/engine/common/clock.ts";
import { readStartTime } from "../src/engine/common/processIdentity.ts";
import type { ProcessAccount, ThreadAccount } from "../src/engine/ports.ts";
import { historyPolicy } from "../src/engine/protocol/config.ts";
import { openStore } from "../src/engine/store/store.ts";
import { SwarmBlame } from "../src/engine/swarmBlame.ts";
import { ThreadAccounts } from "../src/engine/threadAccounts.ts";
import { endCrowd } from "./lib/crowd.ts";
import { median, report as print } from "./lib/report.ts";

/**
 * Accounts of 50 processes with three busy threads each: what a day takes in the file, what reading a week takes and how long
 * the engine stands still for it at the longest, and what reading threads costs a tick.
 */
const PROCESSES = 50;
const DAYS = 7;
const MINUTE = 60_000;
const MINUTES_A_DAY = 1_440;
const T0 = Date.UTC(2026, 0, 1);
const ROUNDS = 5;

const report = (name: string, value: number, unit: string, target?: number) =>
  print({ bench: "blame", name, value, unit, better: "lower", ...(target === undefined ? {} : { target }) });

const row = (minute: number, n: number): ProcessAccount => ({
  ...{ minuteMs: T0 + minute * MINUTE, pid: 1_000 + n, startTime: 9_000 + n, parentPid: 4_000 },
  ...{
    role: n % 5 === 0 ? "agent" : "tool",
    name: `vitest-${n % 7}`,
    swarmId: `claude-code:/srv/projects/app${n % 3}`,
  },
  ...{ swarmLabel: `Claude Code · app${n % 3}`, agentId: `${1_000 + n - (n % 5)}-90210`, agentName: `claude ${n}` },
  ...{ seenMs: MINUTE - (minute % 7), cpuSeconds: ((minute * 31 + n * 17) % 4_000) / 100 },
  ...{ meanRssBytes: 2e8 + ((minute * 7_919 + n) % 1e7), peakRssBytes: 3e8 + ((minute * 104_729 + n) % 1e7) },
  ...{ readBytes: (minute * 4_096 * n) % 5e6, writeBytes: (minute * 8_192 * n) % 9e6 },
});
const threads = ({ minuteMs, pid, startTime, cpuSeconds }: ProcessAccount): ThreadAccount[] =>
  ["MainThread", "libuv-worker", "V8Worker"].map((name, at) => ({
    ...{ minuteMs, pid, startTime, name, isMain: at === 0, cpuSeconds: (cpuSeconds ?? 0) * (at === 0 ? 0.8 : 0.08) },
  }));

const folder = mkdtempSync(join(tmpdir(), "bench-blame-"));
try {
  const store = openStore({
    path: join(folder, "a.db"),
    machineId: "0123456789abcdef0123456789abcdef",
    clock: systemClock,
  });
  const health = () => store.series.health(historyPolicy.parse({})).bytes;
  const before = health();
  const writes: number[] = [];
  for (let minute = 0; minute < DAYS * MINUTES_A_DAY; minute++) {
    const rows = Array.from({ length: PROCESSES }, (_, n) => row(minute, n));
    const began = performance.now();
    store.series.account(rows, rows.flatMap(threads));
    writes.push(performance.now() - began);
  }
  report("bytes_a_day", (health() - before) / DAYS / 1e6, "MB");
  report("write_a_minute", median(writes), "ms");

  const clock = { wallMs: () => T0 + DAYS * MINUTES_A_DAY * MINUTE };
  for (const by of ["cpu", "memory"] as const) {
    const [took, longest]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      let [since, most] = [performance.now(), 0];
      const pause = async (): Promise<void> => {
        most = Math.max(most, performance.now() - since);
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      };
      const overview = () => ({ swarms: [] });
      const blame = new SwarmBlame({ accounts: store.accounts, overview, clock, pause, makeBlame: blameFigures });
      const began = performance.now();
      const asked = { swarmId: null, fromMs: T0, toMs: clock.wallMs(), by };
      const { total } = await blame.report(asked, new AbortController().signal);
      took.push(performance.now() - began);
      longest.push(most);
      if (!(total > 0)) throw new Error("nothing was found");
    }
    report(`get_7_days_${by}`, median(took), "ms");
    report(`get_7_days_${by}_longest_piece`, median(longest), "ms");
  }
  store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// Real processes: idle Node ones have a dozen threads, as agents have.
const others = Array.from({ length: 10 }, () =>
  spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" }),
);
try {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const reader = new LinuxThreads();
  const pids = others.map(({ pid }) => pid ?? 0);
  const identities = pids.map((pid) => ({ pid, startTime: readStartTime(pid) ?? 0 }));
  const cpu = (work: () => void): number => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
  const each: number[] = [];
  let count = 0;
  for (let round = 0; round < 200; round++)
    for (const { pid, startTime } of identities) {
      count = 0;
      each.push(cpu(() => void (count += reader.read(pid, startTime)?.threads.length ?? 0)));
    }
  report("threads_of_a_process", each.reduce((sum, one) => sum + one, 0) / each.length, "ms");
  // Fifty processes that have all used something: the dearest minute there is.
  const accounts = new ThreadAccounts(reader);
  for (let n = 0; n < PROCESSES; n++) {
    const { pid, startTime } = identities[n % identities.length] as (typeof identities)[number];
    accounts.begin(String(n), pid, startTime, false);
  }
  const ticks: number[] = [];
  let all = 0;
  for (let minute = 1; minute <= 20; minute++) {
    for (let n = 0; n < PROCESSES; n++) accounts.used(String(n), minute * MINUTE, 1);
    let spent = 0;
    for (let tick = 0; tick < 60; tick++) {
      const one = cpu(() => void accounts.look((minute + 1) * MINUTE));
      if (one > 0.01) ticks.push(one);
      spent += one;
    }
    all += spent;
  }
  report("threads_dearest_tick", ticks.toSorted((a, b) => a - b)[Math.floor(ticks.length * 0.95)] ?? 0, "ms", 5);
  report("threads_of_50_processes_a_minute", all / 20, "ms");
  process.stderr.write(`${accounts.reads} threads read\n`);
} finally {
  await endCrowd(others);
}
