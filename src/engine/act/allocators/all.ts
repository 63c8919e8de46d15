import type { Clock } from "../../common/clock.ts";
import type { ConfiguredLimits, FootprintsPort, Log, RecyclePort, SwarmsPort } from "../../ports.ts";
import { AgentGroups, type GroupSystem, linuxGroups } from "./agentGroup.ts";
import { AgentsAllocator, type AgentsAllocatorParts } from "./agentsAllocator.ts";
import type { ResourceAllocator } from "./allocator.ts";
import { type CgroupFiles, systemCgroupFiles } from "./cgroupFiles.ts";
import { CpuAllocator } from "./cpuAllocator.ts";
import { MemoryAllocator } from "./memoryAllocator.ts";
import { type MemoryFacts, systemMemoryFacts } from "./memoryLimits.ts";
import { NetworkAllocator } from "./networkAllocator.ts";
import { type NiceSystem, systemNice } from "./niceValue.ts";
import { StorageAllocator } from "./storageAllocator.ts";
import { findCommand, type RunCommand, runCommand } from "./systemCommand.ts";

/** The operating system, as far as allocators touch it. */
export interface AllocatorSystem {
  /** `null` where processes cannot be identified. */
  readonly groups: GroupSystem | null;
  readonly nice: NiceSystem;
  readonly cgroups: CgroupFiles;
  readonly facts: MemoryFacts;
  readonly run: RunCommand;
  /** Absolute paths; `null` where there is no such command. */
  readonly ionice: string | null;
  readonly prlimit: string | null;
}

export function currentSystem(): AllocatorSystem {
  const groups = linuxGroups();
  return {
    groups,
    nice: systemNice,
    cgroups: systemCgroupFiles,
    facts: systemMemoryFacts,
    run: runCommand,
    ionice: groups === null ? null : findCommand("ionice"),
    prlimit: groups === null ? null : findCommand("prlimit"),
  };
}

export interface AllocatorsParts {
  readonly system: AllocatorSystem;
  readonly swarms: Pick<SwarmsPort, "get" | "list">;
  readonly isOurs: AgentsAllocatorParts["isOurs"];
  readonly recycler: RecyclePort;
  readonly scale: AgentsAllocatorParts["scale"];
  readonly footprints: Pick<FootprintsPort, "room">;
  readonly configured: ConfiguredLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** One allocator a resource. */
export function createAllocators(parts: AllocatorsParts): {
  readonly all: readonly ResourceAllocator[];
  /** What each agent of a swarm may come to use by a memory limit in force; `null` without one. */
  readonly reservedBytes: MemoryAllocator["reservedBytes"];
  /** Why a swarm takes no new task now, for the intake of tasks; `null` when it does. */
  readonly outputRefusal: StorageAllocator["outputRefusal"];
  readonly dispose: () => void;
} {
  const { system, swarms, clock, log, configured, footprints, recycler, scale, isOurs } = parts;
  const groups = system.groups === null ? null : new AgentGroups(system.groups, swarms);
  const shared = { ...system, groups, swarms, clock, log };
  const cpu = new CpuAllocator(shared);
  const memory = new MemoryAllocator({ ...shared, footprints, recycler });
  const storage = new StorageAllocator({ ...shared, configured });
  const network = new NetworkAllocator(configured);
  const reservedBytes = (swarmId: string) => memory.reservedBytes(swarmId);
  const agents = new AgentsAllocator({ swarms, scale, isOurs, footprints, reservedBytes });
  return {
    all: [agents, cpu, memory, storage, network],
    reservedBytes,
    outputRefusal: (swarmId) => storage.outputRefusal(swarmId),
    dispose: () => {
      for (const one of [cpu, memory, storage]) one.dispose();
    },
  };
}
