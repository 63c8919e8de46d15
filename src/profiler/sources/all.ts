import { applicationSource } from "./application.ts";
import { cpuSource } from "./cpu.ts";
import { ioSource } from "./io.ts";
import { memorySource } from "./memory.ts";

/** Every source of a profile. A new one is one file and one line here. */
export const sources = [cpuSource, memorySource, ioSource, applicationSource] as const;
