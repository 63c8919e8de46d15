import type { FootprintReading, FootprintSizes, FootprintsPort, ModelStore } from "../ports.ts";
import type { GrowthRoom } from "../protocol/model.ts";
import { growthRoom, type MachineLeft } from "./capacity.ts";
import { type AgentUse, FootprintBook } from "./footprint.ts";

const KIND = "footprint";
const VERSION = 1;
/** Written this often when something was learned. A store that cannot write says so itself; the next time tries again. */
const KEEP_MS = 5 * 60_000;
const NOTHING: MachineLeft = {
  memoryAvailableBytes: null,
  memoryCapacityBytes: null,
  cpuIdleCores: null,
  pressure: { memory: null, cpu: null },
};

export interface FootprintsParts {
  readonly models: Pick<ModelStore, "save" | "load">;
  /** Targets as they are at this moment: what was decided for one swarm is taken for the next. */
  readonly targetOf: (swarmId: string) => number;
  /** Memory that was leased to others and does not show yet, bytes; none when left out. */
  readonly leasedBytes?: () => number;
}

interface Track {
  readonly book: FootprintBook;
  readonly sinceWallMs: number;
  agents: readonly AgentUse[];
  savedMs: number;
  saved: string;
}

/** What agents of each managed swarm need, and how many more of them the machine has room for now. */
export class Footprints implements FootprintsPort {
  readonly #parts: FootprintsParts;
  readonly #tracks = new Map<string, Track>();
  #machine: MachineLeft = NOTHING;
  #monotonicMs = 0;

  constructor(parts: FootprintsParts) {
    this.#parts = parts;
  }

  look(
    readings: readonly FootprintReading[],
    machine: MachineLeft,
    stamp: { readonly wallMs: number; readonly monotonicMs: number },
  ): void {
    this.#machine = machine;
    this.#monotonicMs = stamp.monotonicMs;
    const there = new Set(readings.map(({ swarmId }) => swarmId));
    for (const [id, track] of this.#tracks) {
      if (there.has(id)) continue;
      this.#keep(id, track, stamp);
      this.#tracks.delete(id);
    }
    for (const { swarmId, agents, ranMs } of readings) {
      const track = this.#track(swarmId, stamp.wallMs);
      track.agents = agents;
      track.book.look(agents, ranMs, stamp.monotonicMs);
      if (stamp.monotonicMs - track.savedMs >= KEEP_MS) this.#keep(swarmId, track, stamp);
    }
  }

  room(swarmId: string): GrowthRoom {
    const book = this.#tracks.get(swarmId)?.book ?? new FootprintBook();
    return growthRoom(this.#machine, book.footprint(), book.expectedBytes(), this.#promisedBytes());
  }

  taskSeconds(swarmId: string): number | null {
    return this.#tracks.get(swarmId)?.book.footprint().taskSeconds ?? null;
  }

  /** Peaks of single agents, bytes, and what those that are there take together. */
  memory(swarmId: string): { readonly peakBytes: readonly number[]; readonly usedBytes: number } {
    const track = this.#tracks.get(swarmId);
    if (track === undefined) return { peakBytes: [], usedBytes: 0 };
    const usedBytes = track.agents.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0);
    return { peakBytes: track.book.keep().rssBytes, usedBytes };
  }

  /** For planning ahead; of a swarm that is stopped what was kept. */
  sizes(swarmId: string): FootprintSizes {
    return (this.#tracks.get(swarmId)?.book ?? new FootprintBook(this.#load(swarmId))).sizes();
  }

  /** Of all swarms, and of leases: they share one memory. */
  #promisedBytes(): number {
    let bytes = this.#parts.leasedBytes?.() ?? 0;
    for (const [swarmId, { book, agents }] of this.#tracks) {
      for (const agent of agents) bytes += book.unshownBytes(agent, this.#monotonicMs);
      bytes += Math.max(0, this.#parts.targetOf(swarmId) - agents.length) * book.expectedBytes();
    }
    return bytes;
  }

  #track(swarmId: string, wallMs: number): Track {
    const known = this.#tracks.get(swarmId);
    if (known !== undefined) return known;
    const track: Track = {
      book: new FootprintBook(this.#load(swarmId)),
      sinceWallMs: wallMs,
      agents: [],
      savedMs: Number.NEGATIVE_INFINITY,
      saved: "",
    };
    this.#tracks.set(swarmId, track);
    return track;
  }

  #load(swarmId: string): unknown {
    try {
      const stored = this.#parts.models.load(swarmId, KIND);
      return stored?.version === VERSION ? JSON.parse(stored.json) : undefined;
    } catch {
      // Unreadable is as good as none: it is learned anew, one agent at a time.
      return undefined;
    }
  }

  #keep(swarmId: string, track: Track, { wallMs, monotonicMs }: { wallMs: number; monotonicMs: number }): void {
    if (track.book.footprint().rssBytes === null) return;
    track.savedMs = monotonicMs;
    const json = JSON.stringify(track.book.keep());
    if (json === track.saved) return;
    const times = { trainedAtMs: wallMs, fromMs: Math.min(track.sinceWallMs, wallMs), toMs: wallMs };
    if (this.#parts.models.save({ swarmId, kind: KIND, version: VERSION, ...times, json })) track.saved = json;
  }
}
