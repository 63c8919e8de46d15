import { afterEach, describe, expect, test } from "vitest";
import { detectSandbox } from "../../../src/engine/collect/sandbox.ts";
import { type FactsSource, SystemFacts } from "../../../src/engine/collect/systemFacts.ts";
import { PlantedProc } from "./plantedProc.ts";

const planted: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of planted.splice(0)) one.dispose();
});

const source: FactsSource = {
  osInfo: async () => ({ distro: "Debian", release: "13", kernel: "6.1" }),
  cpu: async () => ({ manufacturer: "Maker", brand: "Model" }),
  system: async () => ({ virtual: false }),
  fsSize: async () => [{ mount: "/", type: "ext4", size: 10, used: 4 }],
};

function facts(options: ConstructorParameters<typeof SystemFacts>[0]): SystemFacts {
  const roots = { fileRoot: "/nonexistent", procRoot: "/nonexistent", env: {} };
  const made = new SystemFacts({ roots, ...options });
  planted.push(made);
  return made;
}

describe("slow facts", () => {
  test("are null until the first answer, then what was answered", async () => {
    const slow = facts({ load: async () => source });
    expect(slow.latest()).toBeNull();
    await slow.refresh();
    expect(slow.latest()).toMatchObject({
      osName: "Debian",
      cpuModel: "Maker Model",
      sandbox: "",
      fileSystems: [{ mount: "/", sizeBytes: 10, usedBytes: 4 }],
    });
  });

  test("that fail or never come are unknown, and do not hold up the others", async () => {
    const never = new Promise<never>(() => {});
    const slow = facts({
      load: async () => ({ ...source, cpu: () => Promise.reject(new Error("no")), fsSize: () => never }),
      deadlineMs: 20,
    });
    await slow.refresh();
    expect(slow.latest()).toMatchObject({ osName: "Debian", fileSystems: [] });
  });

  test("are there as far as Node knows them when the library cannot be loaded", async () => {
    const slow = facts({ load: () => Promise.reject(new Error("not installed")) });
    await slow.refresh();
    expect(slow.latest()?.cpuCount).toBeGreaterThan(0);
  });

  test("are asked for again after a while, never twice at once", async () => {
    let asked = 0;
    let again: () => void = () => {};
    const second = new Promise<void>((resolve) => (again = resolve));
    const load = async () => {
      if (++asked === 2) again();
      return source;
    };
    const slow = facts({ load, refreshEveryMs: 1 });
    await Promise.all([slow.refresh(), slow.refresh()]);
    expect(asked).toBe(1);
    await second;
    slow.dispose();
    await slow.refresh();
    expect(asked).toBe(2);
  });
});

describe("the sandbox", () => {
  const plant = () => {
    const proc = new PlantedProc();
    planted.push(proc);
    return proc;
  };
  const detect = (proc: PlantedProc, virtual: boolean | null = false, env = {}) =>
    detectSandbox({ fileRoot: proc.root, procRoot: `${proc.root}/proc`, env }, virtual);

  test.each([
    [".dockerenv", "", "container"],
    ["run/.containerenv", "", "container"],
    [".flatpak-info", "", "flatpak"],
    ["proc/1/cgroup", "12:cpu:/kubepods/besteffort/pod1\n", "container"],
    ["proc/version", "Linux version 5.15.90.1-microsoft-standard-WSL2", "wsl"],
    ["proc/1/cgroup", "0::/init.scope\n", ""],
    ["proc/version", "Linux version 6.1.0 (debian)", ""],
  ])("is told by %s (%j): %j", (path, content, expected) => {
    expect(detect(plant().write(path, content))).toBe(expected);
  });

  test("can be several; WSL is not named a virtual machine as well", () => {
    expect(detect(plant().write(".dockerenv", ""), true)).toBe("container, virtual machine");
    expect(detect(plant().write("proc/version", "Microsoft"), true)).toBe("wsl");
    expect(detect(plant(), null)).toBe("");
  });
});
