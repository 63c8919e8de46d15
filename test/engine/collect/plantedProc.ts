import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that looks like `/proc` (and `/sys`), removed with `dispose()`. */
export class PlantedProc {
  readonly root = mkdtempSync(join(tmpdir(), "planted-proc-"));

  write(path: string, content: string | Buffer): this {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return this;
  }

  folder(path: string): this {
    mkdirSync(join(this.root, path), { recursive: true });
    return this;
  }

  remove(path: string): this {
    rmSync(join(this.root, path), { recursive: true, force: true });
    return this;
  }

  process(pid: number, stat: string | Buffer, cmdline = "", io = ioText(0, 0)): this {
    return this.write(`${pid}/stat`, stat).write(`${pid}/cmdline`, cmdline).write(`${pid}/io`, io);
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface StatParts {
  readonly pid?: number;
  readonly comm?: string;
  readonly state?: string;
  readonly parent?: number;
  readonly flags?: number;
  readonly userTicks?: number;
  readonly systemTicks?: number;
  readonly threads?: number;
  readonly startTime?: number;
  readonly rssPages?: number;
  readonly stack?: number;
}

/** A line of `/proc/PID/stat` with 52 fields, the others as a real one has them. */
export function statText(parts: StatParts = {}): string {
  const {
    pid = 1,
    comm = "x",
    state = "S",
    parent = 0,
    flags = 4194560,
    userTicks = 0,
    systemTicks = 0,
    threads = 1,
    startTime = 100,
    rssPages = 10,
    stack = 140722,
  } = parts;
  const before = `${pid} (${comm}) ${state} ${parent} 1 1 0 -1 ${flags} 1 2 3 4 ${userTicks} ${systemTicks} 5 6 20 0 ${threads} 0 ${startTime} 10000 ${rssPages}`;
  return `${before} 18446744073709551615 94000 95000 ${stack} 0 0 0 0 4096 81920 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

export function ioText(readBytes: number, writeBytes: number): string {
  return `rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: ${readBytes}\nwrite_bytes: ${writeBytes}\ncancelled_write_bytes: 0\n`;
}
