import type { WeightUnit } from "../../src/profiler/profile.ts";
import type { Colouring } from "./colours.ts";
import { weightText } from "./figures.ts";
import type { Order, Scene } from "./scene.ts";
import { sceneSentence } from "./sentence.ts";
import { HotTable } from "./table.ts";

/** The words in which a page with a flame graph speaks of what it shows. */
export interface PageWords {
  readonly title: string;
  /** Before anything has come. */
  readonly waiting: string;
  /** `Flame graph of`, before the name. */
  readonly picture: string;
  readonly search: string;
  /** What a frame is: `function`. */
  readonly noun: string;
  readonly orders: Readonly<Record<Order, string>>;
  readonly colours: Readonly<Record<Colouring, string>>;
  readonly totalHere: string;
  readonly selfHere: string;
  readonly totalAll: string;
  readonly selfAll: string;
  readonly copy: string;
  readonly around: string;
  /** `and 3 more callers` */
  readonly callers: string;
  /** Of one without any. */
  readonly alone: string;
  /** A weight in its own unit. */
  readonly weight: (weight: number, unit: WeightUnit) => string;
  /** Where a frame is that lies in no file. */
  readonly placeless: (frame: number) => string;
}

/** The figures as rows. */
export interface PageTable {
  readonly element: HTMLElement;
  /** @param match what was searched for, by frame: only these rows are shown */
  show(scene: Scene, match: Uint8Array | null): void;
}

/** What a page with a flame graph shows, beside the picture that is alike for all. */
export interface PageMode {
  readonly words: PageWords;
  /** Of its own in the header. */
  readonly header: readonly HTMLElement[];
  /** @param chosen a frame whose surroundings are to be seen */
  readonly table: (chosen: (frame: number) => void) => PageTable;
  /** What the picture shows, in words. */
  readonly sentence: (scene: Scene, rows: number) => string;
}

/** A profile, or the comparison of two. */
export const FLAME_MODE: PageMode = {
  words: {
    title: "Flame",
    waiting: "Reading the profile…",
    picture: "Flame graph of",
    search: "Search functions and files",
    noun: "function",
    orders: { time: "Time order", heavy: "Left heavy", sandwich: "Callers and callees" },
    colours: { package: "By package", self: "By self time", change: "By change" },
    totalHere: "Total of this call",
    selfHere: "Self of this call",
    totalAll: "Total, all calls",
    selfAll: "Self, all calls",
    copy: "Copy Stack (C)",
    around: "Callers and Callees (X)",
    callers: "callers",
    alone: "Called by nothing that is known.",
    weight: weightText,
    placeless: () => "in no file: native code, or the runtime's own",
  },
  header: [],
  table: (chosen) => new HotTable(chosen),
  sentence: sceneSentence,
};
