import { gunzipSync } from "node:zlib";
import { describe, expect, expectTypeOf, test } from "vitest";
import { cliError, exitCode, profileConvertOutput, profileShowOutput } from "../../src/engine/protocol/cli.ts";
import type { PackageKind } from "../../src/profiler/packageOf.ts";
import type { Profile, WeightUnit } from "../../src/profiler/profile.ts";
import { decodeProfile } from "../../src/profiler/readProfile.ts";
import { nameOf, plain, profileOf, selfByStack } from "../profiler/support.ts";
import { writerOf } from "../../src/profiler/formats/all.ts";
import { runFake } from "./fakeWorld.ts";

const serve = plain("serve", "file:///app/server.js", 12);
const parse = plain("parse", "file:///app/node_modules/@x/json/parse.js", 3);
const recording = String(
  writerOf("cpuprofile").write(
    profileOf([
      [[serve], 200_000, 0],
      [[serve, parse], 1_400_000, 200_000],
      [[serve, parse, plain("readFileSync", "node:fs", 400)], 350, 1_600_000],
      [[], 2_000_000, 1_600_350],
      [["(garbage collector)"], 90_000, 3_600_350],
    ]),
  ),
);
const two = JSON.stringify({
  shared: { frames: [{ name: "a" }] },
  profiles: ["one", "two"].map((name) => ({
    type: "sampled",
    name,
    unit: "bytes",
    samples: [[0]],
    weights: [2_000_000],
  })),
});
const profiles = { "x.cpuprofile": recording, "two.json": two, "-": "a;b 3\na 4\n", "empty.folded": "" };
const run = (...args: string[]) => runFake(args, { profiles });

describe("profile-show", () => {
  test("is as recorded, and asks no engine", async () => {
    const shown = await run("profile-show", "--input", "x.cpuprofile");
    expect(shown).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    await expect(shown.stdout).toMatchFileSnapshot("../golden/cli/profile-show.txt");
  });

  test("as JSON is of its contract, each figure a part of all that ran", async () => {
    const shown = await run("profile-show", "--input", "x.cpuprofile", "--json");
    const output = profileShowOutput.parse(shown.json());
    expect(output).toEqual(shown.json());
    expect(output).toMatchObject({
      source: { file: "x.cpuprofile", format: "cpuprofile", profiles: 1, profile: 1, unit: "microseconds", samples: 5 },
      ...{ all: 1_690_350, idle: 2_000_000, counts: { functions: 4, files: 4, packages: 4 }, problems: [] },
    });
    expect(output.functions[0]).toEqual({
      ...{ name: "parse", file: parse.file, line: 3, column: null, self: 1_400_000, total: 1_400_350 },
      ...{ selfRatio: 1_400_000 / 1_690_350, totalRatio: 1_400_350 / 1_690_350 },
    });
    expect(output.packages.map(({ kind, name }) => [kind, name])).toEqual([
      ["npm", "@x/json"],
      ["own", null],
      ["native", null],
      ["runtime", "node"],
    ]);
    expectTypeOf<(typeof output)["packages"][number]["kind"]>().toEqualTypeOf<PackageKind>();
    expectTypeOf<(typeof output)["source"]["unit"]>().toEqualTypeOf<WeightUnit>();
  });

  test("shows the first so many, and says how many there are", async () => {
    const shown = await run("profile-show", "--input", "x.cpuprofile", "--top", "1");
    expect(shown.stdout).toContain("The first 1 of 4:");
    expect(shown.stdout).not.toContain("serve");
    const json = await run("profile-show", "--input", "x.cpuprofile", "--top", "1", "--json");
    expect(profileShowOutput.parse(json.json()).functions).toHaveLength(1);
  });

  test("shows one of several profiles, and standard input", async () => {
    const second = await run("profile-show", "--input", "two.json", "--profile", "2");
    expect(second.stdout).toMatch(/^two {2}speedscope · 2 of 2 profiles · 2\.0 MB in 1 sample\n/);
    const piped = await run("profile-show", "--input", "-", "--json");
    expect(piped.json()).toMatchObject({ all: 7, source: { format: "folded", unit: "count" } });
  });

  test("of an empty profile says that nothing ran", async () => {
    const shown = await run("profile-show", "--input", "empty.folded");
    expect(shown).toMatchObject({ exit: exitCode.ok });
    expect(shown.stdout).toContain("Nothing ran in it.");
    const json = await run("profile-show", "--input", "empty.folded", "--json");
    expect(profileShowOutput.parse(json.json())).toMatchObject({ all: 0, functions: [], packages: [] });
  });

  test("tells what it put right", async () => {
    const back = JSON.stringify({ ...JSON.parse(recording), timeDeltas: [0, 5, -3, 9, 9] });
    const shown = await runFake(["profile-show", "--input", "b"], { profiles: { b: back } });
    expect(shown.stdout).toContain("'b': the clock went back 1 time in 5 samples.");
  });

  test.each([
    [["--input", "two.json", "--profile", "3"], exitCode.usage, "profile.noSuch"],
    [["--input", "none"], exitCode.failure, "profile.unreadable"],
    [["--input", "x.cpuprofile", "--top", "0"], exitCode.usage, "flag.invalid"],
    [[], exitCode.usage, "flag.missing"],
  ])("with %j ends with exit code %i and %s", async (args, exit, code) => {
    const refused = await run("profile-show", ...args, "--json");
    expect(refused.exit).toBe(exit);
    expect(cliError.parse(refused.json()).error.code).toBe(code);
  });
});

describe("profile-convert", () => {
  test("names the new file after the old one, and is as recorded", async () => {
    const converted = await run("profile-convert", "--input", "x.cpuprofile");
    expect(converted).toMatchObject({ exit: exitCode.ok, stderr: "", connects: [] });
    expect(Object.keys(converted.written)).toEqual(["x.speedscope.json"]);
    await expect(converted.stdout).toMatchFileSnapshot("../golden/cli/profile-convert.txt");
    const folded = await run("profile-convert", "--input", "x.cpuprofile", "--to", "folded");
    expect(folded.stdout).toContain("Not kept: the order in time.");
    expect(folded.written["x.folded"]).toContain("serve (file:///app/server.js:12) 200000\n");
  });

  test.each([
    [["--out", "y.pb"], "y.pb", "pprof"],
    [["--out", "y.pb.gz"], "y.pb.gz", "pprof"],
    [["--out", "y.folded.GZ"], "y.folded.GZ", "folded"],
    [["--out", "y.txt", "--to", "cpuprofile"], "y.txt", "cpuprofile"],
    [["--out", "y.txt"], "y.txt", "speedscope"],
    [["--to", "pprof"], "x.pprof", "pprof"],
  ] as const)("%j writes %s as %s, and it can be read again", async (args, name, format) => {
    const converted = await run("profile-convert", "--input", "x.cpuprofile", ...args, "--json");
    const output = profileConvertOutput.parse(converted.json());
    expect(output).toEqual(converted.json());
    expect(output).toMatchObject({ format, path: `/work/here/${name}` });
    const content = converted.writtenBytes[name] ?? new TextEncoder().encode(converted.written[name]);
    expect(output.bytes).toBe(content.length);
    if (/gz$/i.test(name)) expect(gunzipSync(content).length).toBeGreaterThan(0);
    const again = await decodeProfile(content, "again");
    expect(again.format).toBe(format);
    expect(selfByStack(again.profiles[0] as Profile, nameOf)).toMatchObject({ "serve\u0001parse": 1_400_000 });
  });

  test("replaces a file only when told to, and refuses bytes as times", async () => {
    const files = { "x.pprof": "mine" };
    const args = ["profile-convert", "--input", "x.cpuprofile", "--to", "pprof"];
    expect(await runFake(args, { profiles, files })).toMatchObject({ exit: exitCode.failure, writtenBytes: {} });
    expect((await runFake([...args, "--force"], { profiles, files })).writtenBytes["x.pprof"]).toBeDefined();
    const heap = await run("profile-convert", "--input", "two.json", "--to", "cpuprofile", "--json");
    expect(heap.exit).toBe(exitCode.failure);
    expect(cliError.parse(heap.json()).error).toMatchObject({
      code: "profile.unit",
      message: "A cpuprofile file cannot hold bytes. Choose another format, such as speedscope.",
    });
  });
});
