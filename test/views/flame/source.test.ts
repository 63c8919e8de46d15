import { describe, expect, it } from "vitest";
import { hotListCsv, hotListJson } from "../../../src/views/flame/hotListFile.ts";
import { readHere } from "../../../src/views/flame/readHere.ts";
import { sourcePlace } from "../../../src/views/flame/source.ts";
import { frameWeights, hottest } from "../../../src/profiler/flame/hotList.ts";
import { treeOf } from "../../../src/profiler/flame/tree.ts";
import { profileOf } from "../../profiler/flame/profiles.ts";

describe("the source of a frame", () => {
  it.each([
    ["/work/src/a.ts", { kind: "absolute", path: "/work/src/a.ts" }],
    ["file:///work/my%20app/a.ts", { kind: "absolute", path: "/work/my app/a.ts" }],
    ["file:///C:/work/a.ts", { kind: "absolute", path: "C:/work/a.ts" }],
    ["C:\\work\\a.ts", { kind: "absolute", path: "C:\\work\\a.ts" }],
    ["src/./a.ts", { kind: "relative", path: "src/a.ts" }],
  ])("%s is looked for", (file, place) => {
    expect(sourcePlace(file)).toEqual(place);
  });

  it.each([
    "node:internal/fs",
    "command:workbench.action.terminal.new",
    "https://example.invalid/a.js",
    "\\\\server\\share\\a.js",
    "//server/share/a.js",
    "file://server/share/a.js",
    "file:///%00",
    "file:///%zz",
    "../../etc/passwd",
    "",
  ])("%j is none that is looked for", (file) => {
    expect(sourcePlace(file).kind).toBe("none");
  });
});

describe("the hot list as a file", () => {
  const profile = profileOf([
    ["=cmd();b", 3],
    ["c", 1],
  ]);

  it("has every function, the hottest first, and nothing that a spreadsheet runs", () => {
    const [head, ...rows] = hotListCsv(profile, null).trimEnd().split("\r\n");
    expect(head).toBe("function,file,line,column,self_microseconds,self_ratio,total_microseconds,total_ratio");
    expect(rows).toEqual([
      "b,/w/b.js,1,,3,0.75,3,0.75",
      "c,/w/c.js,1,,1,0.25,1,0.25",
      "'=cmd(),/w/=cmd().js,1,,0,0,3,0.75",
    ]);
  });

  it("has what was before, also of what is no more", () => {
    const later = profileOf([["c", 4]]);
    expect(JSON.parse(hotListJson(later, profile))).toMatchObject({
      ...{ unit: "microseconds", comparedWith: "test" },
      functions: [
        { name: "c", total: 4, totalRatio: 1, before: { total: 1, totalRatio: 0.25 } },
        { name: "b", total: 0, before: { self: 3, totalRatio: 0.75 } },
        { name: "=cmd()" },
      ],
    });
    expect(hotListCsv(later, profile)).toContain("self_before_microseconds,total_before_microseconds");
  });
});

describe("the reader of files", () => {
  const call = (functionName: string, lineNumber = 0) => ({
    functionName,
    url: "/w/a.js",
    lineNumber,
    columnNumber: 4,
  });

  it("reads what V8 writes of processor and heap", () => {
    const cpu = {
      nodes: [
        { id: 1, callFrame: { ...call("(root)", -1), url: "" }, children: [2, 4] },
        { id: 2, callFrame: call("main", 9), children: [3] },
        { id: 3, callFrame: call("") },
        { id: 4, callFrame: { ...call("(idle)", -1), url: "" } },
      ],
      samples: [3, 4, 2],
      timeDeltas: [10, 30, 20],
    };
    const profile = readHere(Buffer.from(JSON.stringify(cpu)), "a.cpuprofile");
    expect(profile.frames).toEqual([
      { name: "main", file: "/w/a.js", line: 10, column: 5 },
      { name: "(anonymous)", file: "/w/a.js", line: 1, column: 5 },
    ]);
    expect([...profile.sampleNode]).toEqual([1, -1, 0]);
    expect([...profile.sampleWeight]).toEqual([30, 20, 0]);
    const leaf = { callFrame: call("leaf"), selfSize: 70, children: [] };
    const heap = {
      head: {
        callFrame: { ...call("(root)"), url: "" },
        selfSize: 0,
        children: [{ ...leaf, selfSize: 30, children: [leaf] }],
      },
    };
    const read = readHere(Buffer.from(JSON.stringify(heap)), "a.heapprofile");
    const weights = frameWeights(treeOf(read), read.frames.length);
    expect(
      hottest(weights).map((frame) => [read.frames[frame]?.name, weights.self[frame], weights.total[frame]]),
    ).toEqual([["leaf", 100, 100]]);
  });

  it.each(["", "{", "[]", "3", '{"nodes":[],"samples":[1],"timeDeltas":[1]}', "\u0000"])(
    "refuses %j with a code",
    (text) => {
      expect(() => readHere(Buffer.from(text), "a.cpuprofile")).toThrow(/^profile\./);
    },
  );
});
