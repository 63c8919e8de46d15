import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, violation } from "./architecture/rules.ts";

/** The import rules of the design, read off the sources. */
const ROOT = resolve(import.meta.dirname, "..");
const MAX_LINES = 400;

function sources(folder: string): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => ({
      path: `${folder}/${name.replaceAll("\\", "/")}`,
      text: readFileSync(join(ROOT, folder, name), "utf8"),
    }));
}

const product = [...sources("src"), ...sources("webview")];

describe("the sources", () => {
  test("keep the import rules", () => {
    const broken = product
      .flatMap(({ path, text }) => importsOf(path, text))
      .flatMap((one) => {
        const why = violation(one);
        return why === null ? [] : [`${one.from} → ${one.to}: ${why}`];
      });
    expect(broken).toEqual([]);
    expect(product.length).toBeGreaterThan(100);
  });

  test(`stay files of one concept: none above ${MAX_LINES} lines`, () => {
    const long = product.filter(({ text }) => text.split("\n").length > MAX_LINES).map(({ path }) => path);
    expect(long).toEqual([]);
  });

  test("have one barrel, providers/index.ts", () => {
    expect(product.filter(({ path }) => path.endsWith("/index.ts")).map(({ path }) => path)).toEqual([
      "src/engine/providers/index.ts",
    ]);
  });

  test("of pure stages ask no clock and no chance", () => {
    const pure = product.filter(({ path }) =>
      /^src\/(engine\/(analyse|forecast|decide|guard)|profiler\/flame)\//.test(path),
    );
    const impure = pure.filter(({ text }) =>
      /\b(Date\.now|Math\.random|setTimeout|setInterval|performance\.now)\b/.test(text),
    );
    expect(impure.map(({ path }) => path)).toEqual([]);
  });

  test("import no deleted or misspelt file of ours", () => {
    const known = new Set(product.map(({ path }) => path));
    const missing = product
      .flatMap(({ path, text }) => importsOf(path, text))
      .filter(({ to }) => /^(?:src|webview)\//.test(to) && to.endsWith(".ts") && !known.has(to));
    expect(missing).toEqual([]);
  });
});

describe("the tests", () => {
  test("leave no one out and single no one out", () => {
    const marked = sources("test").filter(({ text }) => /\b(?:test|it|describe|suite)\.(?:only|skip)\(/.test(text));
    expect(marked.map(({ path }) => path)).toEqual([]);
  });
});

describe("the checker itself", () => {
  test.each([
    ["src/engine/collect/x.ts", 'import "vscode";', "rule 1"],
    ["src/engine/collect/x.ts", 'import type { A } from "../store/journal.ts";', "rule 2"],
    ["src/engine/act/x.ts", 'export { a } from "../serve/api.ts";', "rule 2"],
    ["src/engine/act/x.ts", 'const a = await import("../work/dispatcher.ts");', "rule 2"],
    ["src/engine/act/x.ts", 'let a: import("../work/dispatcher.ts").Dispatcher;', "rule 2"],
    ["src/engine/engine.ts", 'import type { S } from "./act/swarmSet.ts";', "through ports"],
    ["src/engine/common/x.ts", 'import type { A } from "../ports.ts";', "common/"],
    ["src/engine/decide/x.ts", 'import { readFileSync } from "node:fs";', "rule 4"],
    ["src/views/x.ts", 'import { A } from "../engine/common/event.ts";', "rule 3"],
    ["webview/x.ts", 'import { A } from "../src/engine/client.ts";', "rule 3"],
    ["src/cli/x.ts", 'import { A } from "../engine/store/journal.ts";', "rule 5"],
    ["src/engine/keeper/x.ts", 'import { A } from "../ports.ts";', "the keeper"],
    ["src/engine/x.ts", 'import { A } from "../profiler/session.ts";', "through a port"],
    ["src/profiler/x.ts", 'import { A } from "../engine/act/pilot.ts";', "the profiler"],
  ])("%s with %s breaks %s", (path, source, rule) => {
    expect(importsOf(path, source).map(violation)).toEqual([expect.stringContaining(rule)]);
  });

  test.each([
    ["src/engine/act/x.ts", 'import type { P } from "../providers/provider.ts";'],
    ["src/engine/collect/x.ts", 'import { G } from "../guard/circuitBreaker.ts";'],
    ["src/engine/main.ts", 'import { S } from "./act/swarmSet.ts";'],
    ["src/views/x.ts", 'import * as vscode from "vscode";'],
  ])("%s may have %s", (path, source) => {
    expect(importsOf(path, source).map(violation)).toEqual([null]);
  });
});
