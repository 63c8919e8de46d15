import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { LinuxProcesses, splitCommandLine } from "../../../src/engine/collect/linuxProcesses.ts";
import { ioText, PlantedProc, statText } from "./plantedProc.ts";

const planted: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of planted.splice(0)) one.dispose();
});

function plant(): { proc: PlantedProc; table: LinuxProcesses } {
  const proc = new PlantedProc();
  const table = new LinuxProcesses({ procRoot: proc.root });
  planted.push(table, proc);
  return { proc, table };
}

describe("the process table", () => {
  test("has one row a process, and nothing else that lies in the folder", () => {
    const { proc, table } = plant();
    proc
      .process(7, statText({ pid: 7, comm: "a) b (c", parent: 1, rssPages: 3 }), "node\0x.js\0", ioText(5, 6))
      .write("meminfo", "")
      .folder("1x")
      .folder("self");
    const { processes, unreadable } = table.read(0, 1_000_000);
    expect(unreadable).toBe(0);
    expect([...processes.values()]).toEqual([
      {
        pid: 7,
        startTime: 100,
        parentPid: 1,
        comm: "a) b (c",
        args: ["node", "x.js"],
        startedAtMs: 1_001_000,
        state: "S",
        cpuSeconds: 0,
        cpuCores: null,
        rssBytes: 3 * 4096,
        threads: 1,
        readBytes: 5,
        writeBytes: 6,
      },
    ]);
  });

  test("gives cores used over the real time between two ticks, and null at first sight", () => {
    const { proc, table } = plant();
    proc.process(7, statText({ userTicks: 100 }));
    expect(table.read(0, 0).processes.get(7)?.cpuCores).toBeNull();
    proc.process(7, statText({ userTicks: 200, systemTicks: 100 }));
    expect(table.read(4_000, 0).processes.get(7)).toMatchObject({ cpuSeconds: 3, cpuCores: 0.5 });
  });

  test("keeps the last rate when asked again at once, since 10 ms steps over a few ms say nothing", () => {
    const { proc, table } = plant();
    proc.process(7, statText());
    table.read(0, 0);
    proc.process(7, statText({ userTicks: 50 }));
    expect(table.read(1_000, 0).processes.get(7)?.cpuCores).toBe(0.5);
    proc.process(7, statText({ userTicks: 51 }));
    expect(table.read(1_005, 0).processes.get(7)?.cpuCores).toBe(0.5);
    expect(table.read(2_000, 0).processes.get(7)?.cpuCores).toBeCloseTo(0.01);
  });

  test("takes another start time for another process: no rate across the two, and its own command", () => {
    const { proc, table } = plant();
    proc.process(7, statText({ userTicks: 100, startTime: 1 }), "old\0");
    table.read(0, 0);
    proc.process(7, statText({ userTicks: 900, startTime: 2 }), "new\0");
    expect(table.read(1_000, 0).processes.get(7)).toMatchObject({ startTime: 2, cpuCores: null, args: ["new"] });
  });

  test("reads the command line once, and again after an exec or a new name", () => {
    const { proc, table } = plant();
    const commandAfter = (stat: string, cmdline: string) => {
      proc.process(7, stat, cmdline);
      return table.read(0, 0).processes.get(7)?.args;
    };
    const first = commandAfter(statText({ comm: "sh" }), "sh\0");
    expect(commandAfter(statText({ comm: "sh" }), "unseen\0")).toBe(first);
    expect(commandAfter(statText({ comm: "sh", stack: 5 }), "exec\0")).toEqual(["exec"]);
    expect(commandAfter(statText({ comm: "claude", stack: 5 }), "claude\0\0\0\0")).toEqual(["claude"]);
  });

  test("looks again at a command line that was empty in the middle of an exec", () => {
    const { proc, table } = plant();
    proc.process(7, statText(), "");
    expect(table.read(0, 0).processes.get(7)?.args).toEqual([]);
    proc.process(7, statText(), "claude\0");
    expect(table.read(0, 0).processes.get(7)?.args).toEqual(["claude"]);
  });

  test("kernel threads have no command line and no I/O", () => {
    const { proc, table } = plant();
    proc.process(7, statText({ flags: 0x0020_8040 }), "odd\0", ioText(1, 1));
    expect(table.read(0, 0).processes.get(7)).toMatchObject({ args: [], readBytes: null, writeBytes: null });
  });

  test("counts what is listed but cannot be read, and goes on", () => {
    const { proc, table } = plant();
    proc.process(7, statText()).folder("8").write("9/stat", "garbage").write("10/stat", "");
    mkdirSync(`${proc.root}/11/stat`, { recursive: true });
    const { processes, unreadable } = table.read(0, 0);
    expect([...processes.keys()]).toEqual([7]);
    expect(unreadable).toBe(4);
  });

  test("a process without a readable io file has null there, and the rest", () => {
    const { proc, table } = plant();
    proc.process(7, statText(), "x\0").remove("7/io");
    proc.process(8, statText(), "x\0", "not an io file");
    const { processes, unreadable } = table.read(0, 0);
    expect(processes.get(7)).toMatchObject({ readBytes: null, args: ["x"] });
    expect(processes.get(8)).toMatchObject({ writeBytes: null, args: ["x"] });
    expect(unreadable).toBe(0);
  });

  test.skipIf(process.getuid?.() === 0)(
    "files of other users are null or counted, as with hidepid (not as root, who may read all)",
    () => {
      const { proc, table } = plant();
      proc.process(7, statText()).process(8, statText());
      chmodSync(`${proc.root}/7/io`, 0);
      chmodSync(`${proc.root}/8/stat`, 0);
      const { processes, unreadable } = table.read(0, 0);
      expect(processes.get(7)?.readBytes).toBeNull();
      expect(unreadable).toBe(1);
    },
  );

  test("is empty where there is no proc file system", () => {
    const table = new LinuxProcesses({ procRoot: "/nonexistent" });
    expect(table.read(0, 0)).toEqual({ processes: new Map(), unreadable: 0 });
  });

  test("cuts a command line of megabytes", () => {
    const { proc, table } = plant();
    proc.process(7, statText(), `claude\0-p\0${"x".repeat(3_000_000)}\0`);
    const args = table.read(0, 0).processes.get(7)?.args ?? [];
    expect(args.slice(0, 2)).toEqual(["claude", "-p"]);
    expect(args.join("").length).toBeLessThan(20_000);
  });

  test("keeps empty arguments, but not the zeros behind a title", () => {
    const split = (text: string) => splitCommandLine(Buffer.from(text), Buffer.byteLength(text));
    expect(split("a\0\0b\0")).toEqual(["a", "", "b"]);
    expect(split("claude\0\0\0\0\0")).toEqual(["claude"]);
    expect(split("\0\0")).toEqual([]);
    expect(split("no end")).toEqual(["no end"]);
  });
});

describe.runIf(process.platform === "linux")("held descriptors", () => {
  const openStats = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return /^\/proc\/\d+\/(?:stat|io)$/.test(readlinkSync(`/proc/self/fd/${fd}`));
      } catch {
        // The descriptor of this very listing.
        return false;
      }
    }).length;

  test("are kept within the bound and all closed on dispose", () => {
    const before = openStats();
    const table = new LinuxProcesses({ procRoot: "/proc", maxHeldDescriptors: 5 });
    expect(table.read(0, 0).processes.size).toBeGreaterThan(3);
    expect(table.heldDescriptors).toBe(5);
    expect(openStats()).toBe(before + 5);
    table.dispose();
    expect(table.heldDescriptors).toBe(0);
    expect(openStats()).toBe(before);
  });

  test.each([0, 2_000])(
    "a process is there while it runs and gone after it ended, with %i descriptors held",
    async (maxHeldDescriptors) => {
      const table = new LinuxProcesses({ procRoot: "/proc", maxHeldDescriptors });
      planted.push(table);
      const child = spawn("sleep", ["60"], { stdio: "ignore" });
      await once(child, "spawn");
      const pid = child.pid as number;
      const startTime = Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(" ")[21]);
      table.read(0, 0);
      expect(table.read(1_000, 0).processes.get(pid)).toMatchObject({
        pid,
        startTime,
        parentPid: process.pid,
        args: ["sleep", "60"],
      });
      const held = table.heldDescriptors;
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(table.read(2_000, 0).processes.has(pid)).toBe(false);
      if (maxHeldDescriptors > 0) expect(table.heldDescriptors).toBeLessThan(held + 2);
    },
  );
});
