import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { NOT_FOR_THE_ENGINE } from "../../src/engine/client/install.ts";

interface Entry {
  readonly out: string;
  readonly kind: "editor" | "node" | "browser";
  readonly maxBytes?: number;
}
// A string in a variable: the build is plain JavaScript, without types.
const script = join(resolve(import.meta.dirname, "..", ".."), "esbuild.mjs");
const { ENTRIES } = (await import(script)) as { ENTRIES: readonly Entry[] };

test("what every window loads has a limit that the build holds it to", () => {
  expect(ENTRIES.find(({ out }) => out === "extension.js")?.maxBytes).toBeLessThanOrEqual(175 * 1024);
});

test("no bundle of the editor is copied to where the engine runs", () => {
  const ofTheEditor = ENTRIES.filter(({ kind }) => kind === "editor").map(({ out }) => out);
  expect(ofTheEditor).toContain("words.js");
  expect(ofTheEditor.filter((out) => !NOT_FOR_THE_ENGINE.has(out))).toEqual([]);
});
