import { diffOf, shareChange } from "../../src/profiler/flame/diff.ts";
import { type FrameWeights, frameWeights } from "../../src/profiler/flame/hotList.ts";
import { type FlameLayout, leftHeavy } from "../../src/profiler/flame/layout.ts";
import { packagesOf } from "../../src/profiler/flame/packages.ts";
import { sandwich } from "../../src/profiler/flame/sandwich.ts";
import { timeOrder } from "../../src/profiler/flame/timeOrder.ts";
import { type FlameTree, treeOf } from "../../src/profiler/flame/tree.ts";
import type { Frame, Profile, WeightUnit } from "../../src/profiler/profile.ts";

export const ORDERS = ["time", "heavy", "sandwich"] as const;
export type Order = (typeof ORDERS)[number];
export const WIDTHS = ["after", "before"] as const;
/** Of a comparison: whose weights make the boxes wide. */
export type Width = (typeof WIDTHS)[number];

/** What colours tell apart: the group of each frame. */
export interface FrameGroups {
  readonly names: readonly string[];
  readonly of: Int32Array;
}

/** One picture of what was received. */
export interface Picture {
  readonly tree: FlameTree;
  readonly layout: FlameLayout;
  /** Of the profile that the picture is made of: what shares are shares of. */
  readonly all: number;
  /** What the picture leaves out, in words; empty when nothing. */
  readonly note: string;
  /** How each node's share has changed; `null` where nothing is compared. */
  readonly change: Float64Array | null;
}

/** A profile, or the comparison of two, ready to be looked at. Pictures are made when they are asked for, and kept. */
export class Scene {
  readonly name: string;
  readonly baselineName: string | null;
  readonly unit: WeightUnit;
  readonly frames: readonly Frame[];
  readonly samples: number;
  readonly isTimed: boolean;
  readonly tree: FlameTree;
  readonly before: FlameTree | null;
  readonly packages: FrameGroups;
  /** Groups of another kind than packages: each keeps its colour, and they have no weights of their own. */
  readonly isGrouped: boolean;
  readonly #profile: Profile;
  readonly #pictures = new Map<string, Picture>();
  #weights: FrameWeights | null = null;
  #weightsBefore: FrameWeights | null = null;

  /** @throws RangeError for two profiles of different units */
  constructor(profile: Profile, baseline: Profile | null, groups: FrameGroups | null = null) {
    this.#profile = profile;
    this.name = profile.name;
    this.baselineName = baseline?.name ?? null;
    this.unit = profile.unit;
    this.samples = profile.sampleNode.length;
    this.isTimed = baseline === null && profile.sampleAtUs !== null;
    if (baseline === null) {
      this.frames = profile.frames;
      this.tree = treeOf(profile);
      this.before = null;
    } else {
      const { frames, before, after } = diffOf(baseline, profile);
      this.frames = frames;
      this.tree = after;
      this.before = before;
    }
    this.isGrouped = groups !== null;
    this.packages = groups ?? packagesOf(this.frames);
  }

  get weights(): FrameWeights {
    this.#weights ??= frameWeights(this.tree, this.frames.length);
    return this.#weights;
  }

  get weightsBefore(): FrameWeights | null {
    if (this.before !== null) this.#weightsBefore ??= frameWeights(this.before, this.frames.length);
    return this.#weightsBefore;
  }

  /** What the widths are weights of. */
  treeOf(width: Width): FlameTree {
    return width === "before" && this.before !== null ? this.before : this.tree;
  }

  /** @param frame of a sandwich */
  picture(order: Order, frame: number, width: Width): Picture {
    const key = order === "sandwich" ? `${width} ${frame}` : order === "time" ? order : `${order} ${width}`;
    const known = this.#pictures.get(key);
    if (known !== undefined) return known;
    // Sandwiches are made as they are asked for; the others stay.
    for (const old of this.#pictures.keys()) if (/^\w+ \d+$/.test(old)) this.#pictures.delete(old);
    const made = this.#make(order, frame, this.treeOf(width));
    this.#pictures.set(key, made);
    return made;
  }

  #make(order: Order, frame: number, tree: FlameTree): Picture {
    switch (order) {
      case "time": {
        const { layout, samplesAStep } = timeOrder(this.#profile);
        const note =
          samplesAStep === 1
            ? ""
            : `Too many changes for this page: each step of the picture stands for ${samplesAStep} samples, and shows the heaviest. Figures are of all samples.`;
        return { tree, layout, all: tree.all, note, change: null };
      }
      case "heavy": {
        const change = this.before === null ? null : shareChange(this.before, this.tree);
        return { tree, layout: leftHeavy(tree), all: tree.all, note: "", change };
      }
      case "sandwich": {
        const made = sandwich(tree, this.frames.length, frame);
        const note = made.isCut ? "There are more callers than this page shows; those furthest up are left out." : "";
        return {
          ...{ tree: made.tree, layout: made.layout, all: tree.all, note },
          change: this.#frameChange(made.tree),
        };
      }
    }
  }

  /** In a sandwich a box is coloured by what has become of its function wherever it is called. */
  #frameChange(tree: FlameTree): Float64Array | null {
    const { before, weightsBefore } = this;
    if (before === null || weightsBefore === null) return null;
    const share = (weight: number | undefined, all: number): number => (all > 0 ? (weight ?? 0) / all : 0);
    return Float64Array.from(
      tree.nodeFrame,
      (frame) => share(this.weights.total[frame], this.tree.all) - share(weightsBefore.total[frame], before.all),
    );
  }
}
