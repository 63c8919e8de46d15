import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hotSpots } from "../../src/profiler/hotSpots.ts";
import { packageOf } from "../../src/profiler/packageOf.ts";
import { kernelFile, ProfileBuilder } from "../../src/profiler/profile.ts";
import { anyProfile, plain, profileOf } from "./support.ts";

const own = plain("own", "/app/a.js", 1);
const parse = plain("parse", "/app/node_modules/@x/json/lib/p.js", 4);
const lex = plain("lex", "/app/node_modules/@x/json/lib/l.js", 9);

describe("hot spots", () => {
  test("are the most expensive functions, files and packages, by themselves and with all below", () => {
    const profile = profileOf([
      [[own], 10],
      [[own, parse], 20],
      [[own, parse, lex], 40],
      [[own, parse, lex, parse], 5],
      [[], 1_000],
      [["gc"], 3],
    ]);
    const { all, functions, files, packages } = hotSpots(profile);
    expect(all).toBe(78);
    expect(functions.map(({ frame, self, total }) => [profile.frames[frame]?.name, self, total])).toEqual([
      ["lex", 40, 45],
      ["parse", 25, 65],
      ["own", 10, 75],
      ["gc", 3, 3],
    ]);
    expect(files).toEqual([
      { file: lex.file, self: 40, total: 45 },
      { file: parse.file, self: 25, total: 65 },
      { file: own.file, self: 10, total: 75 },
      { file: null, self: 3, total: 3 },
    ]);
    expect(packages).toEqual([
      { kind: "npm", name: "@x/json", self: 65, total: 65 },
      { kind: "own", name: null, self: 10, total: 75 },
      { kind: "native", name: null, self: 3, total: 3 },
    ]);
  });

  test("count a recursion once: nothing weighs more than the whole", () => {
    const profile = profileOf([
      [["a", "b", "a", "b", "a"], 7],
      [["a", "b", "a"], 2],
      [["b", "a"], 4],
    ]);
    expect(hotSpots(profile).functions.map(({ self, total }) => [self, total])).toEqual([
      [13, 13],
      [0, 13],
    ]);
    fc.assert(
      fc.property(anyProfile("count", false), (any) => {
        const { all, functions, files, packages } = hotSpots(any);
        for (const spots of [functions, files, packages]) {
          expect(spots.reduce((sum, { self }) => sum + self, 0)).toBe(all);
          for (const { self, total } of spots) expect(self <= total && total <= all).toBe(true);
        }
        // The slow way: of each sample the functions on its stack, each once.
        const totals = new Map<number, number>();
        for (let n = 0; n < any.sampleNode.length; n++) {
          const met = new Set<number>();
          for (let at = any.sampleNode[n] as number; at >= 0; at = any.nodeParent[at] as number)
            met.add(any.nodeFrame[at] as number);
          for (const frame of met) totals.set(frame, (totals.get(frame) ?? 0) + (any.sampleWeight[n] as number));
        }
        for (const { frame, total } of functions) expect(total).toBe(totals.get(frame));
      }),
    );
  });

  test("of nothing are none", () => {
    expect(hotSpots(profileOf([]))).toEqual({ all: 0, functions: [], files: [], packages: [] });
  });

  test("of a chain of a million calls are found without recursion", () => {
    const builder = new ProfileBuilder("deep", "count", false);
    const frames = [builder.frame(plain("a")), builder.frame(plain("b"))];
    let node = -1;
    for (let n = 0; n < 1_000_000; n++) node = builder.node(node, frames[n % 2] as number);
    builder.sample(node, 3);
    expect(hotSpots(builder.build()).functions.map(({ total }) => total)).toEqual([3, 3]);
  });

  test.each([
    ["/x/node_modules/left-pad/index.js", "npm", "left-pad"],
    ["file:///x/node_modules/.pnpm/@a+b@1/node_modules/%40a/b/i.js", "npm", "@a/b"],
    ["C:\\x\\node_modules\\y\\z.js", "npm", "y"],
    ["node_modules/y/z.js", "npm", "y"],
    ["/x/my_node_modules/y/z.js", "own", null],
    ["/x/node_modules/", "own", null],
    ["node:internal/fs", "runtime", "node"],
    ["internal/fs.js", "runtime", "node"],
    ["bun:sqlite", "runtime", "bun"],
    ["node/x.js", "own", null],
    ["file:///w/node_modules/@scope/one/node_modules/@scope/two/x.js", "npm", "@scope/two"],
    ["/w/node_modules/.pnpm/zod@4.1.0/node_modules/zod/index.js", "npm", "zod"],
    ["/usr/lib/python3.13/json/decoder.py", "runtime", "python"],
    ["/usr/lib/python3/dist-packages/requests/api.py", "python", "requests"],
    ["/root/.cargo/registry/src/index.crates.io-6f17/serde_json-1.0.3/src/de.rs", "cargo", "serde_json"],
    ["/root/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/gin.go", "go", "github.com/gin-gonic/gin"],
    ["", "native", null],
    ["/usr/bin/app", "own", null],
    [null, "native", null],
    [kernelFile(null), "kernel", null],
    [kernelFile("xfs"), "kernel", null],
  ])("%s is of %s %s", (file, kind, name) => expect(packageOf(plain("f", file))).toEqual({ kind, name }));
});
