import { beforeEach, describe, expect, it, vi } from "vitest";
import { readProfiles } from "../../../src/profiler/formats/all.ts";
import { nodeWeights } from "../../../src/profiler/profile.ts";
import { profileOf } from "../../profiler/support.ts";

let picked = "";
let shown: string[] = [];
let saved: { readonly name: string; readonly filters: object; readonly bytes: Uint8Array } | null = null;
let refuses = false;
vi.mock("vscode", () => {
  const uri = (path: string) => ({ scheme: "file", fsPath: path, path });
  let asked: { defaultUri: { path: string }; filters: object };
  return {
    Uri: { file: uri, joinPath: ({ path }: { path: string }, name: string) => uri(`${path}/${name}`) },
    window: {
      showQuickPick: async (items: { label: string; description: string }[]) => {
        shown = items.map(({ label, description }) => `${label}: ${description}`);
        return items.find(({ label }) => label === picked);
      },
      showSaveDialog: async (options: typeof asked) => {
        asked = options;
        return options.defaultUri;
      },
    },
    workspace: {
      workspaceFolders: [{ uri: uri("/w") }],
      fs: {
        writeFile: async (file: { path: string }, bytes: Uint8Array) => {
          if (refuses) throw new Error("disk full");
          saved = { name: file.path, filters: asked.filters, bytes };
        },
      },
    },
  };
});
const { exportProfile } = await import("../../../src/views/flame/exporting.ts");

const timed = profileOf([
  [["main", "scan"], 300, 0],
  [["main"], 100, 300],
]);
const heap = profileOf([[["main", "make"], 512]], "bytes");
const draw = () => Promise.resolve(Uint8Array.of(1));

beforeEach(() => {
  picked = "";
  saved = null;
  refuses = false;
});

describe("the export of a profile", () => {
  it("offers what the page shows and every format that can hold it, and says what that cannot", async () => {
    expect(await exportProfile([timed], draw)).toBeNull();
    expect(shown).toEqual([
      "CSV: every function with its own and its total weight",
      "JSON: the same, for a program",
      "PNG: the picture as it is shown now",
      "cpuprofile: the profile for DevTools and VS Code",
      "speedscope: the profile for speedscope",
      "pprof: the profile for pprof and what reads its files; not kept: the order in time",
      "Folded stacks: the profile for flamegraph.pl and what reads its lines; not kept: the unit (they become counts), the order in time",
    ]);
    await exportProfile([heap, heap], draw);
    expect(shown.some((one) => one.startsWith("cpuprofile"))).toBe(false);
    expect(shown).toContain("speedscope: the later profile for speedscope");
  });

  it.each([
    ["cpuprofile", "cpuprofile", "cpuprofile"],
    ["speedscope", "speedscope", "json"],
    ["pprof", "pprof", "pprof"],
    ["Folded stacks", "folded", "folded"],
  ])("as %s is a file of that format with the same weights", async (label, format, end) => {
    picked = label;
    const said = await exportProfile([timed], draw);
    expect(saved?.name).toMatch(new RegExp(`^/w/profile-by-hand-.*\\.${end}$`));
    expect(saved?.filters).toEqual({ [label]: [end] });
    const { bytes, name } = saved ?? expect.fail("nothing was saved");
    const read = readProfiles(bytes, name);
    expect(read.format).toBe(format);
    expect(nodeWeights(read.profiles[0] ?? expect.fail("none")).all).toBe(400);
    expect(said?.includes("Not kept")).toBe(label === "pprof" || label === "Folded stacks");
  });

  it("that cannot be written says so", async () => {
    picked = "CSV";
    refuses = true;
    await expect(exportProfile([timed], draw)).rejects.toMatchObject({ code: "file.unwritable" });
  });
});
