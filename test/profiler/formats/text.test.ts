import { describe, expect, test } from "vitest";
import { folded } from "../../../src/profiler/formats/folded.ts";
import { perfScript } from "../../../src/profiler/formats/perfScript.ts";
import { inKernel, type Profile } from "../../../src/profiler/profile.ts";
import { bytes, nameOf, plain, profileOf, refusal, runs, selfByStack } from "../support.ts";

describe("folded stacks", () => {
  const only = (text: string): Profile => folded.read(bytes(text), "f").profiles[0] as Profile;

  test("may have blanks, other scripts, lines of Windows and parts of a number", () => {
    const profile = only("main;run it;日本 3\r\nmain;run it 2.5\r\n\r\n main\t1e3  \nx 4");
    expect(selfByStack(profile, nameOf)).toEqual({
      ...{ "main\u0001run it\u0001日本": 3, "main\u0001run it": 2.5, " main": 1_000, x: 4 },
    });
    expect(profile).toMatchObject({ unit: "count", sampleAtUs: null });
  });

  test("have places as py-spy writes them, and names with brackets otherwise", () => {
    expect(only("f (app/x.py:12);g (y:3:7);operator() (int) 1\nh (native) 2").frames).toEqual([
      plain("f", "app/x.py", 12),
      { name: "g", file: "y", line: 3, column: 7 },
      plain("operator() (int)"),
      plain("h (native)"),
    ]);
  });

  test.each(["a;b", "a;b NaN", "a;b -3", "12", " 12", "a;b 1,5"])("the line '%s' is refused by its number", (line) => {
    expect(refusal(() => only(`a 1\n\n${line}\n`))).toEqual({
      code: "profile.foldedLine",
      args: { file: "f", line: 3, value: line },
    });
  });

  test("a line of a million characters is read at once, whether or not it is one", () => {
    const stack = Array.from({ length: 12_000 }, (_, n) => `function ${n} (of ${"x".repeat(60)})`).join(";");
    expect(only(`${stack} 1`).nodeFrame).toHaveLength(12_000);
    expect(refusal(() => only(stack)).code).toBe("profile.foldedLine");
  });

  test("what would end a frame or a line is replaced when it is written", () => {
    const text = folded.writer?.write(
      profileOf([
        [["a;b", plain("c\nd", "/x;y.js", 3)], 2],
        [["a;b"], 1],
      ]),
    );
    expect(text).toBe("a:b 1\na:b;c d (/x:y.js:3) 2\n");
  });
});

const PERF = `# captured on: Thu Nov 26
node 4711/4712 [003]  100.000500:     250000 cpu-clock:u:
\t    7f3c00001010 LazyCompile:*run it /app/worker.js:10:5 (/tmp/perf-4711.map)
\t    7f3c00001000 std::map<int, (anonymous namespace)::x>::at(int)+0x10 (/usr/lib/libx.so (deleted))
\t    55d000000000 [unknown] (/usr/bin/node)

    my prog    12  100.000000:     500000 cpu-clock:u:
\tffffffff81000000 do_syscall_64+0x5b ([kernel.kallsyms])
\tffffffffc0000000 nf_hook ([nf_tables])
\tffffffffc0000001 vfs (/lib/modules/6.1/kernel/fs/xfs.ko.xz)
\t    7ffd00000000 clock_gettime ([vdso])
\t    7ffd00000001 ([unknown])

swapper     0 [000]   100.25: cycles:
\tffffffff81000000 idle ([kernel.kallsyms])
`;

describe("perf script", () => {
  const read = (text: string) => perfScript.read(bytes(text), "f");

  test("makes a profile of each event, in order of time, the program at the root", () => {
    const { profiles, problems } = read(PERF);
    expect(problems).toEqual([]);
    expect(profiles.map(({ name, unit }) => [name, unit])).toEqual([
      ["f", "microseconds"],
      ["f cycles", "count"],
    ]);
    const told = runs(profiles[0] as Profile, nameOf).map(([stack, weight, at]) => [
      stack.split("\u0001"),
      weight,
      Math.round(at),
    ]);
    expect(told).toEqual([
      [["my prog", "0x7ffd00000001", "clock_gettime", "vfs", "nf_hook", "do_syscall_64"], 500, 0],
      [["node", "[unknown]", "std::map<int, (anonymous namespace)::x>::at(int)", "run it"], 250, 500],
    ]);
    expect(runs(profiles[1] as Profile, nameOf)).toEqual([["swapper\u0001idle", 1, 0]]);
  });

  test("has the object as the file, marks the kernel, and finds the script of compiled JavaScript", () => {
    const [first] = read(PERF).profiles as [Profile];
    const fileOf = (name: string) => first.frames.find((frame) => frame.name === name)?.file;
    expect(first.frames.find(({ name }) => name === "run it")).toEqual({
      ...{ name: "run it", file: "/app/worker.js", line: 10, column: 5 },
    });
    expect(fileOf("std::map<int, (anonymous namespace)::x>::at(int)")).toBe("/usr/lib/libx.so");
    expect(fileOf("[unknown]")).toBe("/usr/bin/node");
    expect(fileOf("clock_gettime")).toBe("[vdso]");
    expect(fileOf("0x7ffd00000001")).toBeNull();
    expect(first.frames.filter(inKernel).map(({ name, file }) => [name, file])).toEqual([
      ["vfs", "[kernel] xfs"],
      ["nf_hook", "[kernel] nf_tables"],
      ["do_syscall_64", "[kernel]"],
    ]);
  });

  test("without call chains has a sample a line", () => {
    const { profiles } = read(
      "a 1 1.000000: 10 cycles:\nb 2 [001] 1.000001: 20 cycles:\nb 2 [001] 1.000002: 5 cycles: \n",
    );
    expect(selfByStack(profiles[0] as Profile, nameOf)).toEqual({ a: 10, b: 25 });
  });

  test("lines inside of a stack that are none are left out, and it is said; others are refused by their number", () => {
    const { profiles, problems } = read(
      PERF.replace("\t    55d000000000", "  worker.c:12\n  other.c:13\n\t    55d000000000"),
    );
    expect(profiles[0]?.sampleNode).toHaveLength(2);
    expect(problems).toEqual([{ code: "profile.skippedLines", args: { file: "f", count: 2, line: 5 } }]);
    expect(refusal(() => read(`${PERF}\nno sample at all\n`))).toEqual({
      code: "profile.perfLine",
      args: { file: "f", line: 17, value: "no sample at all" },
    });
  });

  test("with blanks and brackets without an end is read at once", () => {
    expect(refusal(() => read(`a${" ".repeat(1_000_000)}`)).code).toBe("profile.perfLine");
    const long = `\t ff ${" (x".repeat(300_000)}`;
    expect(read(`a 1 1.5: cycles:\n${long}\n${long})\n`).problems).toHaveLength(1);
  });
});
