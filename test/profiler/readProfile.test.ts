import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOST_PROFILE_BYTES } from "../../src/engine/protocol/profiles.ts";
import { writerOf } from "../../src/profiler/formats/all.ts";
import { hotSpots } from "../../src/profiler/hotSpots.ts";
import { nodeWeights, type Profile } from "../../src/profiler/profile.ts";
import { decodeProfile, readProfileFile, readProfilePieces } from "../../src/profiler/readProfile.ts";
import { reasonText } from "../../src/text/reasons.ts";
import { bytes, nameOf, profileOf, selfByStack } from "./support.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "profile-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SPIN = `
function burn() { const end = process.cpuUsage().user + 150_000; let x = 0; while (process.cpuUsage().user < end) x += Math.sqrt(x + 1); return x; }
function outer() { return burn(); }
globalThis.kept = [];
function keep() { for (let i = 0; i < 40; i++) kept.push(new Array(20_000).fill(i)); }
outer(); keep();
`;

async function recorded(flag: string, ending: string): Promise<string> {
  const script = join(folder, "spin.cjs");
  writeFileSync(script, SPIN);
  const out = mkdtempSync(join(folder, "out-"));
  await promisify(execFile)(process.execPath, [flag, `${flag}-dir=${out}`, script], { cwd: out, env: {} });
  const name = readdirSync(out).find((one) => one.endsWith(ending));
  if (name === undefined) throw new Error(`no ${ending} was written`);
  return join(out, name);
}

describe("a file that Node itself has written", () => {
  test("of its processor names the function that burnt it", async () => {
    const { format, profiles, problems } = await readProfileFile(await recorded("--cpu-prof", ".cpuprofile"));
    expect([format, profiles.length]).toEqual(["cpuprofile", 1]);
    const [profile] = profiles as [Profile];
    expect(problems.every(({ code }) => code === "profile.clockBack")).toBe(true);
    const spots = hotSpots(profile);
    const own = (name: string) => spots.functions.find(({ frame }) => profile.frames[frame]?.name === name);
    // 150 ms of user time; the sampler's own share and pauses go both ways.
    expect(own("outer")?.total).toBeGreaterThan(75_000);
    expect(own("burn")?.total).toBeLessThanOrEqual(spots.all);
    expect(profile.frames.find(({ name }) => name === "burn")?.line).toBe(2);
    // And there and back in every format that keeps it.
    for (const id of ["cpuprofile", "speedscope"] as const) {
      const again = (await decodeProfile(bytes(String(writerOf(id).write(profile))), "again")).profiles[0] as Profile;
      expect(again.frames.length).toBe(profile.frames.length);
      expect(nodeWeights(again).all).toBeCloseTo(spots.all, 3);
    }
  });

  test("of its heap names the function that kept the memory", async () => {
    const { format, profiles, problems } = await readProfileFile(await recorded("--heap-prof", ".heapprofile"));
    expect([format, problems]).toEqual(["heapprofile", []]);
    const [profile] = profiles as [Profile];
    expect(profile.unit).toBe("bytes");
    const { functions, all } = hotSpots(profile);
    const keep = functions.find(({ frame }) => profile.frames[frame]?.name === "keep");
    // 40 arrays of 20,000 entries, each 4 or 8 bytes; what is sampled is an estimate.
    expect(keep?.total).toBeGreaterThan(1_000_000);
    expect(all).toBeGreaterThanOrEqual(keep?.total ?? Number.POSITIVE_INFINITY);
  });
});

const profile = profileOf([
  [["a", "b"], 3],
  [["a"], 4],
]);

describe("reading a file", () => {
  test("decompresses what is compressed, of any format", async () => {
    for (const id of ["cpuprofile", "speedscope", "pprof", "folded"] as const) {
      const content =
        id === "cpuprofile"
          ? writerOf(id).write(
              profileOf([
                [["a", "b"], 3, 0],
                [["a"], 4, 3],
              ]),
            )
          : writerOf(id).write(profile);
      const path = join(folder, `x-${id}.gz`);
      writeFileSync(path, gzipSync(content));
      const read = await readProfileFile(path);
      expect(read.format).toBe(id);
      expect(selfByStack(read.profiles[0] as Profile, nameOf)).toEqual({ "a\u0001b": 3, a: 4 });
    }
  });

  test("refuses a file above the limit by its size alone", async () => {
    const path = join(folder, "huge.cpuprofile");
    writeFileSync(path, "");
    // Sparse: it takes no room, and reading it would take long.
    truncateSync(path, MOST_PROFILE_BYTES + 1);
    const refused = await readProfileFile(path).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "profile.tooLarge",
      args: { file: "huge.cpuprofile", bytes: MOST_PROFILE_BYTES + 1, mostBytes: MOST_PROFILE_BYTES },
    });
    expect(reasonText(refused as never)).toContain("'huge.cpuprofile' has 500 MB, and at most 500 MB are read");
  });

  test("stops at the limit in what comes in pieces, and in what is decompressed", async () => {
    let taken = 0;
    const pieces = async function* () {
      for (;;) {
        taken++;
        yield new Uint8Array(10);
      }
    };
    await expect(readProfilePieces(pieces(), "-", { mostBytes: 25 })).rejects.toMatchObject({
      code: "profile.tooLarge",
      args: { bytes: 30, mostBytes: 25 },
    });
    expect(taken).toBe(3);
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    await expect(decodeProfile(bomb, "b", 10_000)).rejects.toMatchObject({
      code: "profile.tooLarge",
      args: { bytes: null, mostBytes: 10_000 },
    });
  });

  test("says what is wrong with what is no file, or no whole one", async () => {
    await expect(readProfileFile(join(folder, "none"))).rejects.toMatchObject({
      code: "profile.unreadable",
      args: { file: join(folder, "none"), reason: "ENOENT" },
    });
    await expect(readProfileFile(folder)).rejects.toMatchObject({ code: "profile.noFile" });
    await expect(decodeProfile(gzipSync("a 1").subarray(0, 15), "z")).rejects.toMatchObject({
      code: "profile.notGzip",
    });
  });

  test("in pieces is the same as at once", async () => {
    const pieces = async function* () {
      yield bytes("a;b 3\na");
      yield bytes(" 4\n");
    };
    const read = await readProfilePieces(pieces(), "-");
    expect(selfByStack(read.profiles[0] as Profile, nameOf)).toEqual({ "a\u0001b": 3, a: 4 });
  });

  test("ends when it is cancelled", async () => {
    const path = join(folder, "y.folded");
    writeFileSync(path, "a 1");
    await expect(readProfileFile(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
  });
});
