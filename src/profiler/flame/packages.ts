import type { Frame } from "../profile.ts";

/** Of a function that lies in no file: the runtime's own, the kernel's, a process. */
export const NATIVE = "native";
/** What belongs to no package: mostly what is being worked on. */
export const OWN = "own code";

/** The package that a frame's file belongs to, as its path tells: of npm, of Python, of Cargo, of Go, the runtime's, or own code. */
export function packageOf({ file }: Pick<Frame, "file">): string {
  if (file === null || file === "") return NATIVE;
  const path = file.replaceAll("\\", "/");
  if (/^(?:node|deno|bun):/.test(path)) return (/^[^/:]+:/.exec(path)?.[0] ?? "").slice(0, -1);
  // The innermost one: a package may bring others along.
  const npm = lastOf(/(?:^|\/)node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?((?:@[^/]+\/)?[^/]+)(?=\/)/g, path);
  if (npm !== null) return npm;
  const python = lastOf(/\/(?:site|dist)-packages\/([^/]+)/g, path);
  if (python !== null) return python.replace(/\.py$/, "");
  if (/\/lib(?:64)?\/python\d/.test(path)) return "python";
  const crate = lastOf(/\/registry\/src\/[^/]+\/([^/]+)-\d[^/]*(?=\/)/g, path);
  if (crate !== null) return crate;
  const go = lastOf(/\/pkg\/mod\/((?:[^/@]+\/)*[^/@]+)@/g, path);
  return go ?? OWN;
}

function lastOf(pattern: RegExp, path: string): string | null {
  let found: string | null = null;
  for (const [, name = ""] of path.matchAll(pattern)) found = name;
  return found;
}

/** The packages of all frames, each once, and which one each frame's is. */
export function packagesOf(frames: readonly Frame[]): { readonly names: readonly string[]; readonly of: Int32Array } {
  const names: string[] = [];
  const known = new Map<string, number>();
  const of = Int32Array.from(frames, (frame) => {
    const name = packageOf(frame);
    const found = known.get(name);
    if (found !== undefined) return found;
    known.set(name, names.length);
    return names.push(name) - 1;
  });
  return { names, of };
}
