import type { PackageKind } from "../engine/protocol/profiling.ts";
import { type Frame, inKernel } from "./profile.ts";

export type { PackageKind };

export interface Package {
  readonly kind: PackageKind;
  /** Of a package, with its scope, or of a runtime. */
  readonly name: string | null;
}

const RUNTIME = /^(node|deno|bun|internal)[:/]/;
const PYTHON = /\/lib(?:64)?\/python\d/;
/** In a URL the sign of a scope may be escaped. */
const NPM = /(?:^|\/)node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?((?:(?:@|%40)[^/]+\/)?[^/]+)(?=\/)/gi;
const PIP = /\/(?:site|dist)-packages\/([^/]+)/g;
const CRATE = /\/registry\/src\/[^/]+\/([^/]+)-\d[^/]*(?=\/)/g;
const GO = /\/pkg\/mod\/((?:[^/@]+\/)*[^/@]+)@/g;

/** Whose code a frame is, as the path of its file tells. */
export function packageOf(frame: Pick<Frame, "file">): Package {
  const { file } = frame;
  if (file === null || file === "") return { kind: "native", name: null };
  if (inKernel(frame)) return { kind: "kernel", name: null };
  const [, runtime] = RUNTIME.exec(file) ?? [];
  if (runtime === "internal") return { kind: "runtime", name: "node" };
  if (runtime !== undefined && file[runtime.length] === ":") return { kind: "runtime", name: runtime };
  const path = file.replaceAll("\\", "/");
  const npm = lastOf(NPM, path);
  if (npm !== null) return { kind: "npm", name: npm.replace(/^%40/i, "@") };
  const pip = lastOf(PIP, path);
  if (pip !== null) return { kind: "python", name: pip.replace(/\.py$/, "") };
  if (PYTHON.test(path)) return { kind: "runtime", name: "python" };
  const crate = lastOf(CRATE, path);
  if (crate !== null) return { kind: "cargo", name: crate };
  const go = lastOf(GO, path);
  return go === null ? { kind: "own", name: null } : { kind: "go", name: go };
}

/** The innermost one: a package may bring others along. */
function lastOf(pattern: RegExp, path: string): string | null {
  let found: string | null = null;
  for (const [, name = ""] of path.matchAll(pattern)) found = name;
  return found;
}
