import { beforeEach, describe, expect, test } from "vitest";
import type { ResourceAllocator } from "../../../../src/engine/act/allocators/allocator.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import {
  RESOURCES,
  type Resource,
  resourceLimits,
  type ResourceLimits,
} from "../../../../src/engine/protocol/allocators.ts";
import { moreReasons } from "../../../../src/text/moreReasons.ts";
import { MEGABYTE, signal, World } from "./world.ts";

/** One change of each resource that the machine of the tests can make, and one that is refused before anything is done. */
const CASES: Readonly<
  Record<Resource, { less: ResourceLimits; more: ResourceLimits; refused: ResourceLimits; code: string }>
> = {
  agents: {
    less: { resource: "agents", swarmId: "s", agents: 1 },
    more: { resource: "agents", swarmId: "s", agents: 4 },
    refused: { resource: "agents", swarmId: "s", agents: 11 },
    code: "scale.aboveMax",
  },
  cpu: {
    less: { resource: "cpu", swarmId: "s", nice: 10, ioLevel: 7 },
    more: { resource: "cpu", swarmId: "s", nice: -5, ioLevel: 0 },
    refused: { resource: "cpu", swarmId: "s", weight: 50 },
    code: "allocation.noCgroup",
  },
  memory: {
    less: { resource: "memory", swarmId: "s", highBytes: 200 * MEGABYTE, dataBytes: 300 * MEGABYTE },
    more: { resource: "memory", swarmId: "s", highBytes: null, dataBytes: null },
    refused: { resource: "memory", swarmId: "s", highBytes: 99 * MEGABYTE },
    code: "allocation.belowNeed",
  },
  storage: {
    less: { resource: "storage", swarmId: "s", outputBytes: 4_096, workspaceBytes: 2 ** 40 },
    more: { resource: "storage", swarmId: "s", outputBytes: 1 << 24, workspaceBytes: null },
    refused: { resource: "storage", swarmId: "s", outputBytes: 4_096, workspaceBytes: 2 ** 40 },
    code: "allocation.noIdentity",
  },
  network: {
    less: { resource: "network", lanes: { standard: 3, background: 5 } },
    more: { resource: "network", lanes: { standard: 40, critical: 11 } },
    refused: { resource: "network", lanes: {} },
    code: "allocation.noLane",
  },
};

let world: World;
let all: readonly ResourceAllocator[];
beforeEach(() => {
  world = new World();
  all = world.allocators().all;
});
const of = (resource: Resource): ResourceAllocator => {
  const found = all.find(({ id }) => id === resource);
  if (found === undefined) throw new Error(`no allocator for ${resource}`);
  return found;
};

const wordless = (code: string) => !moreReasons.some((texts) => code in texts);

test("there is one allocator for each resource", () => {
  expect(all.map(({ id }) => id)).toEqual(RESOURCES);
});

describe.each(RESOURCES)("the allocator of %s", (resource) => {
  const { less, more, refused, code } = CASES[resource];

  test("says by what it limits here, and every note has words", () => {
    const support = of(resource).can();
    expect(support.kind).toBe("supported");
    if (support.kind !== "supported") return;
    expect(support.means.length).toBeGreaterThan(0);
    for (const note of support.notes) expect(wordless(note.code)).toBe(false);
  });

  test.each(["less", "more"] as const)(
    "gives %s: what was asked for is read back, and undone it is as before",
    async (which) => {
      const wanted = CASES[resource][which];
      const before = await of(resource).read(wanted, signal);
      expect(resourceLimits.parse(before)).toEqual(before);
      expect(Object.keys(before)).toEqual(expect.arrayContaining(Object.keys(wanted)));
      expect(await of(resource).apply(wanted, signal)).toMatchObject({ kind: "confirmed" });
      expect(await of(resource).read(wanted, signal)).toEqual(wanted);
      expect(await of(resource).undo(before, signal)).toMatchObject({ kind: "confirmed" });
      expect(await of(resource).read(wanted, signal)).toEqual(before);
    },
  );

  test("tells taking from giving, and its way from one to the other ends there and never turns round", async () => {
    const now = await of(resource).read(more, signal);
    expect(of(resource).direction(more, less)).toBe(-1);
    expect(of(resource).direction(now, now)).toBe(0);
    for (const [from, to] of [
      [now, more],
      [more, more],
    ] as const) {
      const path = of(resource).path(from, to);
      expect(path.at(-1)).toEqual(to);
      for (const [n, step] of path.entries()) {
        expect(resourceLimits.parse(step)).toEqual(step);
        if (n > 0) expect(of(resource).direction(path[n - 1] ?? from, step)).toBe(of(resource).direction(from, to));
      }
    }
  });

  test("refuses what cannot be, with words, and does nothing", async () => {
    if (code === "allocation.noIdentity") all = world.allocators({ groups: null }).all;
    const reason = of(resource).refusal(refused);
    expect(reason?.code).toBe(code);
    expect(wordless(code)).toBe(false);
    const before = await of(resource)
      .read(refused, signal)
      .catch(() => null);
    expect(await of(resource).apply(refused, signal)).toEqual({ kind: "refused", reason });
    expect(
      await of(resource)
        .read(refused, signal)
        .catch(() => null),
    ).toEqual(before);
  });

  test("knows swarms of ours only: agents that were found belong to none", async () => {
    if (less.resource === "network") return;
    const found = { ...less, swarmId: "found" } as ResourceLimits;
    expect(() => of(resource).refusal(found)).toThrow(CodedError);
    await expect(of(resource).read(found, signal)).rejects.toThrow("swarm.unknown");
  });

  test("does nothing once it was aborted", async () => {
    const before = await of(resource).read(less, signal);
    const ended = AbortSignal.abort(new CodedError("aborted"));
    await expect(of(resource).read(less, ended)).rejects.toThrow("aborted");
    if (resource === "agents") return;
    await expect(of(resource).apply(less, ended)).rejects.toThrow("aborted");
    const after = await of(resource).read(less, signal);
    if (resource === "memory" || resource === "cpu")
      expect(world.commands.filter((c) => / -P | --/.test(c))).toEqual([]);
    else expect(after).toEqual(before);
  });

  test("takes no limits of another resource", () => {
    const other = CASES[resource === "agents" ? "network" : "agents"].less;
    expect(() => of(resource).refusal(other)).toThrow(RangeError);
  });

  test("a look never throws", () => {
    of(resource).remember(less);
    for (let n = 0; n < 5; n++) {
      of(resource).look();
      world.clock.advance(60_000);
    }
    world.agents = [];
    world.processes.clear();
    expect(() => of(resource).look()).not.toThrow();
  });
});
