import { diffOf, share } from "../../profiler/flame/diff.ts";
import { frameWeights, hottest } from "../../profiler/flame/hotList.ts";
import { type FlameTree, treeOf } from "../../profiler/flame/tree.ts";
import type { Frame, Profile } from "../../profiler/profile.ts";
import { csvText } from "../../text/csv.ts";
import { printableJson } from "../../text/printable.ts";

interface HotFunction extends Frame {
  readonly self: number;
  readonly selfRatio: number;
  readonly total: number;
  readonly totalRatio: number;
  /** `null` where nothing is compared. */
  readonly before: { readonly self: number; readonly total: number; readonly totalRatio: number } | null;
}

/** All functions of a profile, the hottest first. @param baseline what it is compared with */
function hotFunctions(profile: Profile, baseline: Profile | null): readonly HotFunction[] {
  const compared = baseline === null ? null : diffOf(baseline, profile);
  const frames = compared?.frames ?? profile.frames;
  const weigh = (tree: FlameTree) => ({ ...frameWeights(tree, frames.length), all: tree.all });
  const now = weigh(compared?.after ?? treeOf(profile));
  const was = compared === null ? null : weigh(compared.before);
  const larger = (one: Float64Array, other: Float64Array | undefined): Float64Array =>
    other === undefined ? one : one.map((weight, at) => Math.max(weight, other[at] as number));
  const order = hottest({ self: larger(now.self, was?.self), total: larger(now.total, was?.total) });
  return order.map((at) => {
    const { name, file, line, column } = frames[at] as Frame;
    const [self, total] = [now.self[at] as number, now.total[at] as number];
    const before =
      was === null
        ? null
        : {
            self: was.self[at] as number,
            total: was.total[at] as number,
            totalRatio: share(was.total[at] as number, was.all),
          };
    return {
      ...{ name, file, line, column, self, total, before },
      ...{ selfRatio: share(self, now.all), totalRatio: share(total, now.all) },
    };
  });
}

export function hotListCsv(profile: Profile, baseline: Profile | null): string {
  const { unit } = profile;
  const head = ["function", "file", "line", "column", `self_${unit}`, "self_ratio", `total_${unit}`, "total_ratio"];
  const compared = [`self_before_${unit}`, `total_before_${unit}`, "total_before_ratio"];
  const rows = hotFunctions(profile, baseline).map((one) => [
    ...[one.name, one.file, one.line, one.column, one.self, one.selfRatio, one.total, one.totalRatio],
    ...(one.before === null ? [] : [one.before.self, one.before.total, one.before.totalRatio]),
  ]);
  return csvText([[...head, ...(baseline === null ? [] : compared)], ...rows]);
}

export function hotListJson(profile: Profile, baseline: Profile | null): string {
  const { name, unit, startedAtMs } = profile;
  const functions = hotFunctions(profile, baseline);
  return `${printableJson({ name, unit, startedAtMs, comparedWith: baseline?.name ?? null, functions }, 2)}\n`;
}
