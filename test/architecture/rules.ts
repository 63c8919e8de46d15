import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/** One import of one file: what it asks for, and where that leads (a path from the root, or a package's name). */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of a source text: static, `import type`, re-exports, `import()` of a literal and `import("…")` types. */
export function importsOf(file: string, source: string): readonly Import[] {
  const { program, module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const asked = new Set<string>();
  for (const { moduleRequest } of module.staticImports) asked.add(moduleRequest.value);
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest !== null) asked.add(moduleRequest.value);
  visit(program, asked);
  return [...asked].map((to) => ({ from: file, to: to.startsWith(".") ? posix.join(posix.dirname(file), to) : to }));
}

/** Finds `import("x")` as an expression and as a type, and `require("x")`. Iterative: a source may be nested deeply. */
function visit(root: unknown, asked: Set<string>): void {
  const open: unknown[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (Array.isArray(node)) {
      for (const child of node) if (typeof child === "object" && child !== null) open.push(child);
      continue;
    }
    const { type, source, argument, callee, arguments: args } = node as Record<string, unknown>;
    if (type === "ImportExpression") add(source, asked);
    if (type === "TSImportType") add(source ?? argument, asked);
    if (type === "CallExpression" && (callee as { name?: string }).name === "require")
      add((args as unknown[])[0], asked);
    for (const child of Object.values(node as object))
      if (typeof child === "object" && child !== null) open.push(child);
  }
}

function add(literal: unknown, asked: Set<string>): void {
  const value = (literal as { value?: unknown; literal?: { value?: unknown } } | null)?.value;
  if (typeof value === "string") asked.add(value);
}

const STAGES = new Set([
  "collect",
  "store",
  "analyse",
  "forecast",
  "decide",
  "act",
  "guard",
  "work",
  "serve",
  "providers",
]);
/** Files of `src/engine` that construct, and so may see every stage. */
const COMPOSERS = new Set([
  "src/engine/main.ts",
  "src/engine/lookBack.ts",
  "src/engine/orchestration.ts",
  "src/engine/agentsDoor.ts",
  "src/engine/heavy.ts",
  "src/engine/keeper.ts",
]);
/** Stages without timers, clocks, chance or I/O (rule 4), and the neutral profile with its formats and views. */
const PURE = [
  "src/engine/analyse/",
  "src/engine/forecast/",
  "src/engine/decide/",
  "src/engine/guard/",
  "src/profiler/formats/",
  ...["profile", "hotSpots", "callTree", "diff"].map((name) => `src/profiler/${name}.ts`),
];

/** Why an import breaks the house's rules, or `null`. The rules and their numbers are those of the design. */
export function violation({ from, to }: Import): string | null {
  // 1. The editor's API.
  if (to === "vscode" && from !== "src/extension.ts" && !from.startsWith("src/views/"))
    return "rule 1: vscode outside the editor's side";
  if (PURE.some((folder) => from.startsWith(folder)) && to.startsWith("node:"))
    return "rule 4: a pure stage does no I/O";
  if (!to.startsWith("src/") && !to.startsWith("webview/")) return null;

  const stage = stageOf(from);
  const target = stageOf(to);
  // 2. Stages.
  if (from.startsWith("src/engine/common/"))
    return to.startsWith("src/engine/common/") ? null : "common/ imports no other folder";
  if (from.startsWith("src/engine/protocol/")) {
    return to.startsWith("src/engine/protocol/") || to.startsWith("src/engine/common/errors.ts")
      ? null
      : "protocol/ imports only itself and the shape of errors";
  }
  if (from.startsWith("src/engine/keeper/") || from === "src/engine/keeper.ts") {
    return ["src/engine/keeper/", "src/engine/common/", "src/engine/protocol/"].some((folder) => to.startsWith(folder))
      ? null
      : "the keeper stands alone";
  }
  if (stage !== null) {
    if (target === stage || target === "guard") return null;
    if (
      ["src/engine/common/", "src/engine/protocol/"].some((folder) => to.startsWith(folder)) ||
      to.startsWith("src/engine/ports")
    )
      return null;
    if (["act", "work", "collect"].includes(stage) && to === "src/engine/providers/provider.ts") return null;
    return `rule 2: stage ${stage}/ imports another`;
  }
  if (from === "src/engine/engine.ts" || from === "src/engine/overview.ts" || from.startsWith("src/engine/ports")) {
    return target === null ? null : "rule 2: engine.ts sees stages through ports";
  }
  if (from.startsWith("src/engine/client")) {
    return ["src/engine/client", "src/engine/common/", "src/engine/protocol/"].some((folder) => to.startsWith(folder))
      ? null
      : "the client knows no stage";
  }
  if (from.startsWith("src/engine/") && target !== null && !COMPOSERS.has(from))
    return "rule 2: only main, heavy and keeper construct";
  if (from.startsWith("src/engine/") && to.startsWith("src/profiler/") && !COMPOSERS.has(from))
    return "rule 3: the engine reaches profiler/ through a port";
  if (from.startsWith("src/profiler/")) {
    return ["src/profiler/", "src/engine/common/", "src/engine/protocol/"].some((folder) => to.startsWith(folder))
      ? null
      : "the profiler knows no stage";
  }

  // 3. The editor's side and the pages.
  const clientSide = ["src/engine/client", "src/engine/protocol/", "src/text/"];
  // Profiles that lie in files are read where they are shown: the pure part of profiler/ alone, none of its sources.
  const pureProfiles = ["src/profiler/profile.ts", "src/profiler/flame/", "src/profiler/formats/"];
  if (from.startsWith("src/views/") || from === "src/extension.ts") {
    const own = to.startsWith("src/views/");
    // The tools of the agents' door, apart from the protocol that serves them.
    const tools = ["src/mcp/tools/", "src/mcp/tool.ts", "src/mcp/failure.ts", "src/mcp/shapes.ts", "src/mcp/clean.ts"];
    if (from.startsWith("src/views/agentTools/") && tools.some((one) => to.startsWith(one))) return null;
    return own || [...clientSide, ...pureProfiles].some((folder) => to.startsWith(folder))
      ? null
      : "rule 3: views import client, protocol, text and the pure profiles only";
  }
  if (from.startsWith("webview/")) {
    const allowed = ["webview/", "src/engine/protocol/", "src/profiler/flame/", "src/profiler/profile.ts", "src/text/"];
    return allowed.some((folder) => to.startsWith(folder))
      ? null
      : "rule 3: pages import protocol, text and the pure flame only";
  }
  // 5. The command line.
  if (from === "src/cli.ts" || from.startsWith("src/cli/")) {
    // The pure parts behind verbs that work on a file alone.
    const pureParts = [
      ...["src/engine/common/", "src/engine/forecast/", "src/engine/analyse/", "src/engine/decide/"],
      "src/profiler/",
    ];
    if (from === "src/cli.ts" && to === "src/mcp/main.ts") return null;
    const allowed = [...clientSide, "src/cli", ...pureParts];
    return allowed.some((folder) => to.startsWith(folder))
      ? null
      : "rule 5: the command line talks to the engine through its client";
  }
  // The agents' door is a client like the command line; its tools are served by the editor as well.
  if (from.startsWith("src/mcp/")) {
    const allowed = [...clientSide, "src/mcp/", "src/engine/common/"];
    return allowed.some((folder) => to.startsWith(folder))
      ? null
      : "the agents' door talks to the engine through its client";
  }
  if (from.startsWith("src/text/"))
    return to.startsWith("src/text/") || to.startsWith("src/engine/protocol/") ? null : "text/ knows words only";
  return null;
}

function stageOf(path: string): string | null {
  const folder = path.startsWith("src/engine/") ? path.split("/")[2] : undefined;
  return folder !== undefined && STAGES.has(folder) ? folder : null;
}
