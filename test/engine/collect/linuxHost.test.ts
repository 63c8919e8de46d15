import { afterEach, describe, expect, test } from "vitest";
import { CounterRates } from "../../../src/engine/collect/counterRates.ts";
import { readCgroupLimits } from "../../../src/engine/collect/linuxCgroup.ts";
import { LinuxDevices } from "../../../src/engine/collect/linuxDevices.ts";
import { LinuxHost } from "../../../src/engine/collect/linuxHost.ts";
import { PlantedProc } from "./plantedProc.ts";

const planted: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of planted.splice(0)) one.dispose();
});

function plant(): PlantedProc {
  const proc = new PlantedProc();
  planted.push(proc);
  return proc;
}

function hostOf(proc: PlantedProc): LinuxHost {
  const host = new LinuxHost(proc.root, `${proc.root}/sys`);
  planted.push(host);
  return host;
}

const cpuText = (...lines: number[][]) =>
  lines.map((times, i) => `cpu${i === 0 ? " " : i - 1} ${times.join(" ")} 0 0\n`).join("");

describe("CPU", () => {
  test("is the busy share of the interval, in all and per core; unknown at the first tick", () => {
    const proc = plant().write(
      "stat",
      `${cpuText([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0])}intr 5\nbtime 1700000000\n`,
    );
    const host = hostOf(proc);
    const first = host.read(0);
    expect(first.host).toMatchObject({ cpuCount: 2, cpuBusyRatio: null, perCoreBusyRatio: null });
    expect(first.bootWallMs).toBe(1_700_000_000_000);
    // user nice system idle iowait irq softirq steal
    proc.write("stat", cpuText([30, 5, 5, 140, 10, 3, 3, 4], [20, 0, 0, 80, 0, 0, 0, 0], [10, 5, 5, 60, 10, 3, 3, 4]));
    expect(host.read(1_000).host).toMatchObject({ cpuBusyRatio: 0.25, perCoreBusyRatio: [0.2, 0.3] });
  });

  test("is unknown for the tick in which a counter went backwards, and per core when a core went", () => {
    const proc = plant().write(
      "stat",
      cpuText([50, 0, 0, 50, 0, 0, 0, 0], [25, 0, 0, 25, 0, 0, 0, 0], [25, 0, 0, 25, 0, 0, 0, 0]),
    );
    const host = hostOf(proc);
    host.read(0);
    proc.write("stat", cpuText([10, 0, 0, 60, 0, 0, 0, 0], [10, 0, 0, 60, 0, 0, 0, 0]));
    expect(host.read(1_000).host).toMatchObject({ cpuCount: 1, cpuBusyRatio: null, perCoreBusyRatio: null });
    proc.write("stat", cpuText([20, 0, 0, 90, 0, 0, 0, 0], [20, 0, 0, 90, 0, 0, 0, 0]));
    expect(host.read(2_000).host).toMatchObject({ cpuBusyRatio: 0.25, perCoreBusyRatio: [0.25] });
  });

  test("an iowait that steps back a little is no reset", () => {
    const proc = plant().write("stat", cpuText([10, 0, 0, 10, 5, 0, 0, 0]));
    const host = hostOf(proc);
    host.read(0);
    proc.write("stat", cpuText([20, 0, 0, 40, 4, 0, 0, 0]));
    expect(host.read(1_000).host.cpuBusyRatio).toBeCloseTo(10 / 39);
  });
});

describe("memory, pressure and load", () => {
  test("come from meminfo, PSI and loadavg", () => {
    const proc = plant()
      .write(
        "meminfo",
        "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nSwapTotal: 200 kB\nSwapFree: 50 kB\nActive(anon): 7 kB\n",
      )
      .write("pressure/cpu", "some avg10=12.50 avg60=1 avg300=1 total=9\n")
      .write("pressure/memory", "some avg10=2.00 avg60=1 avg300=1 total=9\nfull avg10=1.00 avg60=1 avg300=1 total=9\n")
      .write("pressure/io", "some avg10=0.00 avg60=1 avg300=1 total=9\nfull avg10=0.00 avg60=1 avg300=1 total=9\n")
      .write("loadavg", "0.50 1.25 2.00 1/100 999\n");
    expect(hostOf(proc).read(0).host).toMatchObject({
      memoryTotalBytes: 1000 * 1024,
      memoryAvailableBytes: 400 * 1024,
      memoryUsedBytes: 600 * 1024,
      swapTotalBytes: 200 * 1024,
      swapUsedBytes: 150 * 1024,
      pressure: {
        cpu: { someRatio10s: 0.125, fullRatio10s: 0 },
        memory: { someRatio10s: 0.02, fullRatio10s: 0.01 },
        io: { someRatio10s: 0, fullRatio10s: 0 },
      },
      loadAverage: [0.5, 1.25, 2],
    });
  });

  test("are unknown where the kernel does not tell", () => {
    const { host, bootWallMs } = hostOf(plant()).read(0);
    expect(bootWallMs).toBeNull();
    expect(host).toMatchObject({
      pressure: null,
      loadAverage: null,
      cpuBusyRatio: null,
      diskReadBytesPerSecond: null,
      networkReceiveBytesPerSecond: null,
    });
  });
});

describe("rates", () => {
  test("are per second over the real interval, only of devices seen at both ends", () => {
    const rates = new CounterRates();
    expect(rates.update(new Map([["a", [0, 0]]]), 0)).toBeNull();
    const after = rates.update(
      new Map([
        ["a", [4_000, 200]],
        ["new", [9e9, 9e9]],
      ]),
      2_000,
    );
    expect(after).toEqual([2_000, 100]);
  });

  test("are unknown for the tick of a reset or wrap, and right again after it", () => {
    const rates = new CounterRates();
    rates.update(new Map([["a", [4_294_967_000, 5]]]), 0);
    expect(rates.update(new Map([["a", [100, 6]]]), 1_000)).toBeNull();
    expect(rates.update(new Map([["a", [300, 6]]]), 2_000)).toEqual([200, 0]);
  });

  test("are unknown when the totals could not be read", () => {
    const rates = new CounterRates();
    rates.update(new Map([["a", [1, 1]]]), 0);
    expect(rates.update(null, 1_000)).toBeNull();
    expect(rates.update(new Map([["a", [9, 9]]]), 2_000)).toBeNull();
  });
});

describe("devices", () => {
  const disk = (name: string, read: number, written: number) =>
    `   8       0 ${name} 1 2 ${read} 4 5 6 ${written} 8 9 10 11\n`;
  const text = [
    "sda",
    "sda1",
    "nvme0n1",
    "nvme0n1p2",
    "dm-0",
    "md127",
    "loop3",
    "ram0",
    "zram0",
    "mmcblk0",
    "mmcblk0p1",
    "xvda1",
    "sr0",
  ]
    .map((name) => disk(name, 2, 4))
    .join("");

  test("count whole disks, not their partitions and not what rests on them", () => {
    const proc = plant();
    for (const name of ["sda", "nvme0n1", "mmcblk0", "dm-0", "md127", "loop3", "xvda1"])
      proc.folder(`sys/block/${name}/slaves`);
    proc.folder("sys/block/odd0/slaves/sda");
    const totals = new LinuxDevices(`${proc.root}/sys`).disks(text + disk("odd0", 8, 8));
    // An xvda1 without an xvda is a whole disk of some clouds; /sys knows.
    expect([...totals]).toEqual(["sda", "nvme0n1", "mmcblk0", "xvda1"].map((name) => [name, [1024, 2048]]));
  });

  test("go by their names where /sys cannot be read", () => {
    expect([...new LinuxDevices("/nonexistent").disks(text).keys()]).toEqual(["sda", "nvme0n1", "mmcblk0"]);
  });

  const net = (name: string) => `  ${name}: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n`;
  const interfaces = `Inter-| Receive\n face |bytes\n${["lo", "eth0", "wlan0", "docker0", "br-1a2b", "veth12ab", "wg0", "eth0.10", "bond0", "tailscale0"].map(net).join("")}`;

  test("count interfaces with hardware behind them, so that bridged traffic counts once", () => {
    const proc = plant()
      .folder("sys/class/net/eth0/device")
      .folder("sys/class/net/wlan0/device")
      .folder("sys/class/net/docker0");
    expect([...new LinuxDevices(`${proc.root}/sys`).interfaces(interfaces)]).toEqual([
      ["eth0", [100, 200]],
      ["wlan0", [100, 200]],
    ]);
  });

  test("inside a container, where none has, count what is of no known virtual kind", () => {
    expect([
      ...new LinuxDevices("/nonexistent").interfaces(`${net("lo")}${net("eth0")}${net("docker0")}`).keys(),
    ]).toEqual(["eth0"]);
  });
});

describe("control group limits", () => {
  const plantGroups = (proc: PlantedProc, groups: string, mounts: string) =>
    proc.write("self/cgroup", groups).write("self/mountinfo", mounts.replaceAll("ROOT", proc.root));
  const v2 =
    "30 25 0:26 / ROOT/cg rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n25 1 8:1 / / rw - ext4 /dev/sda1 rw\n";

  test("version 2: the least of every level above us", () => {
    const proc = plant();
    plantGroups(proc, "0::/user.slice/agents.scope\n", v2)
      .write("cg/user.slice/agents.scope/memory.max", "max\n")
      .write("cg/user.slice/agents.scope/cpu.max", "400000 100000\n")
      .write("cg/user.slice/memory.max", "1048576\n")
      .write("cg/user.slice/cpu.max", "150000 100000\n");
    expect(readCgroupLimits(proc.root)).toMatchObject({ memoryBytes: 1_048_576, cpuCores: 1.5 });
  });

  test("version 2 without limits, and outside our namespace", () => {
    const proc = plant();
    plantGroups(proc, "0::/../other\n", v2).write("cg/memory.max", "max\n").write("cg/cpu.max", "max 100000\n");
    expect(readCgroupLimits(proc.root)).toMatchObject({ memoryBytes: null, cpuCores: null });
  });

  test("version 1, bind-mounted as in a container", () => {
    const proc = plant();
    plantGroups(
      proc,
      "9:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n1:name=systemd:/docker/ab\n0::/\n",
      "31 30 0:28 /docker/ab ROOT/cpu rw - cgroup cgroup rw,cpu,cpuacct\n32 30 0:29 /docker/ab ROOT/mem\\040ory rw - cgroup cgroup rw,memory\n",
    )
      .write("cpu/cpu.cfs_quota_us", "50000\n")
      .write("cpu/cpu.cfs_period_us", "100000\n")
      .write("mem ory/memory.limit_in_bytes", "2097152\n");
    expect(readCgroupLimits(proc.root)).toMatchObject({ memoryBytes: 2_097_152, cpuCores: 0.5 });
  });

  test("what is left under a limit is what is available, clean file pages that can be given back not counted", () => {
    const proc = plant();
    plantGroups(proc, "0::/agents.slice\n", v2)
      .write("meminfo", "MemTotal: 8000 kB\nMemAvailable: 6000 kB\n")
      .write("cg/agents.slice/memory.max", `${3_000 * 1024}\n`)
      .write("cg/agents.slice/memory.current", `${2_500 * 1024}\n`)
      .write("cg/agents.slice/memory.stat", `anon 1\ninactive_file ${1_000 * 1024}\nactive_file 7\n`);
    const host = hostOf(proc);
    expect(host.read(0).host).toMatchObject({ memoryAvailableBytes: 1_500 * 1024, memoryUsedBytes: 2_000 * 1024 });
    // Asked for at each reading, not as rarely as the limits themselves.
    proc.write("cg/agents.slice/memory.current", `${4_500 * 1024}\n`);
    expect(host.read(1_000).host.memoryAvailableBytes).toBe(0);
  });

  test("the CPUs we may run on bind like a quota", () => {
    const proc = plant().write("self/status", "Name:\tx\nCpus_allowed_list:\t0-2,8\n");
    expect(readCgroupLimits(proc.root).cpuCores).toBe(4);
  });

  test("lower the capacity, never above what the machine has", () => {
    const proc = plant()
      .write("stat", cpuText([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]))
      .write("meminfo", "MemTotal: 1024 kB\nMemAvailable: 512 kB\n");
    plantGroups(proc, "0::/\n", v2)
      .write("cg/memory.max", "9223372036854771712\n")
      .write("cg/cpu.max", "150000 100000\n");
    expect(hostOf(proc).read(0).host).toMatchObject({ cpuCapacityCores: 1.5, memoryCapacityBytes: 1_048_576 });
  });
});
