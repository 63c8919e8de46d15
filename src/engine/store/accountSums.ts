import type { AccountedProcess, AccountFigure, AccountSum, ThreadSum } from "../ports.ts";

type Row = Readonly<Record<string, unknown>>;

const FIGURES = ["cpu", "rss", "read", "written"] as const;
type FigureName = (typeof FIGURES)[number];

type ThreadName = Pick<ThreadSum, "name" | "isMain">;

class Sum {
  minutes = 0;
  readonly sums: Record<FigureName, number> = { cpu: 0, rss: 0, read: 0, written: 0 };
  readonly known: Record<FigureName, number> = { cpu: 0, rss: 0, read: 0, written: 0 };
  /** CPU seconds by name. */
  readonly threads = new Map<number, number>();

  add(row: Row): void {
    this.minutes += Number(row["minutes"]);
    for (const figure of FIGURES) {
      this.sums[figure] += Number(row[figure]);
      this.known[figure] += Number(row[`${figure}Known`]);
    }
  }

  addThread({ nameId, cpu }: Row): void {
    this.threads.set(nameId as number, (this.threads.get(nameId as number) ?? 0) + Number(cpu));
  }

  merge(other: Sum): void {
    this.minutes += other.minutes;
    for (const figure of FIGURES) {
      this.sums[figure] += other.sums[figure];
      this.known[figure] += other.known[figure];
    }
  }

  of(process: AccountedProcess, names: ReadonlyMap<number, ThreadName>): AccountSum {
    const figure = (name: FigureName): AccountFigure => ({
      sum: this.known[name] === 0 ? null : this.sums[name],
      unknownMinutes: this.minutes - this.known[name],
    });
    const threads = [...this.threads].flatMap(([id, cpuSeconds]): ThreadSum[] => {
      const name = names.get(id);
      return name === undefined ? [] : [{ ...name, cpuSeconds }];
    });
    return {
      ...process,
      ...{ minutes: this.minutes, cpuSeconds: figure("cpu"), rssByteSeconds: figure("rss") },
      ...{ readBytes: figure("read"), writeBytes: figure("written"), threads, profiles: [] },
    };
  }
}

/** Rows of a range that were summed up piece by piece, put together by process. */
export class AccountSums {
  readonly #lives = new Map<number, { readonly sum: Sum; process: AccountedProcess | null }>();
  readonly #names = new Map<number, ThreadName>();
  readonly #old = new Map<string, { readonly sum: Sum; readonly process: AccountedProcess }>();

  add(row: Row): void {
    this.#life(row["lifeId"] as number).sum.add(row);
  }

  addThread(row: Row): void {
    this.#lives.get(row["lifeId"] as number)?.sum.addThread(row);
  }

  /** Of the version before lives: what it did not tell stays unknown. */
  addOld(row: Row): void {
    const { pid, startTime, name, swarmId, agentId } = row as unknown as AccountedProcess;
    const key = JSON.stringify([pid, startTime, name, swarmId, agentId]);
    let known = this.#old.get(key);
    if (known === undefined) {
      const untold = { role: null, parentPid: null, swarmLabel: null, agentName: null };
      known = { sum: new Sum(), process: { ...{ pid, startTime, name, swarmId, agentId }, ...untold } };
      this.#old.set(key, known);
    }
    known.sum.add(row);
  }

  name(lifeId: number, process: AccountedProcess): void {
    const life = this.#lives.get(lifeId);
    if (life !== undefined) life.process = process;
  }

  nameThread(id: number, name: string, isMain: boolean): void {
    this.#names.set(id, { name, isMain });
  }

  /** What lived on from one version to the next is one process. @param swarmId `null`: of all */
  of(swarmId: string | null): readonly { readonly lifeId: number | null; readonly sum: AccountSum }[] {
    const living = new Map<string, Sum>();
    for (const { sum, process } of this.#lives.values())
      if (process !== null) living.set(`${process.pid} ${process.startTime} ${process.swarmId}`, sum);
    const rest: { readonly lifeId: null; readonly sum: AccountSum }[] = [];
    for (const { sum, process } of this.#old.values()) {
      const same = living.get(`${process.pid} ${process.startTime} ${process.swarmId}`);
      if (same !== undefined) same.merge(sum);
      else if (swarmId === null || process.swarmId === swarmId)
        rest.push({ lifeId: null, sum: sum.of(process, this.#names) });
    }
    const lives = [...this.#lives].flatMap(([lifeId, { sum, process }]) =>
      process === null || (swarmId !== null && process.swarmId !== swarmId)
        ? []
        : [{ lifeId, sum: sum.of(process, this.#names) }],
    );
    return [...lives, ...rest];
  }

  #life(lifeId: number): { readonly sum: Sum; process: AccountedProcess | null } {
    let known = this.#lives.get(lifeId);
    if (known === undefined) {
      known = { sum: new Sum(), process: null };
      this.#lives.set(lifeId, known);
    }
    return known;
  }
}
