import { getPriority } from "node:os";
import { AgentGroups, linuxGroups } from "../../../../src/engine/act/allocators/agentGroup.ts";
import { systemCgroupFiles } from "../../../../src/engine/act/allocators/cgroupFiles.ts";
import { CpuAllocator } from "../../../../src/engine/act/allocators/cpuAllocator.ts";
import { lowestNice, systemNice } from "../../../../src/engine/act/allocators/niceValue.ts";
import { runCommand } from "../../../../src/engine/act/allocators/systemCommand.ts";
import { startAgent } from "./realProcesses.ts";
import { log, signal } from "./world.ts";

/** Run as a user without privileges: tries on a child of its own what needs one, and says what came of it. */
const one = await startAgent(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"]);
const system = linuxGroups();
const swarms = { get: () => ({ agents: () => [one.agent] }) as never };
const cpu = new CpuAllocator({
  groups: system === null ? null : new AgentGroups(system, swarms),
  nice: systemNice,
  cgroups: systemCgroupFiles,
  ionice: null,
  run: runCommand,
  log,
});
const raised = await cpu.apply({ resource: "cpu", swarmId: "s", nice: -5 }, signal);
const afterRaised = getPriority(one.agent.pid);
const lowered = await cpu.apply({ resource: "cpu", swarmId: "s", nice: 5 }, signal);
const takenBack = await cpu.undo({ resource: "cpu", swarmId: "s", nice: 0 }, signal);
const afterTakenBack = getPriority(one.agent.pid);
await one.end();
process.stdout.write(JSON.stringify({ lowest: lowestNice(), raised, afterRaised, lowered, takenBack, afterTakenBack }));
