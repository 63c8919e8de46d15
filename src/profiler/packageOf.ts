import type { PackageKind } from "../engine/protocol/profiling.ts";
import { type Frame, inKernel } from "./profile.ts";

export type { PackageKind };

export interface Package {
  readonly kind: PackageKind;
  /** Of an npm package, with its scope. */
  readonly name: string | null;
}

const FOLDER = "node_modules/";
const RUNTIME = /^(?:node:|internal\/)/;

/** Whose code a frame is, by the innermost `node_modules` of its path. */
export function packageOf(frame: Frame): Package {
  const { file } = frame;
  if (file === null) return { kind: "native", name: null };
  if (inKernel(frame)) return { kind: "kernel", name: null };
  if (RUNTIME.test(file)) return { kind: "runtime", name: null };
  const path = file.replaceAll("\\", "/");
  const at = path.lastIndexOf(`/${FOLDER}`);
  const from = at >= 0 ? at + 1 + FOLDER.length : path.startsWith(FOLDER) ? FOLDER.length : -1;
  const [first, second] = from < 0 ? [] : path.slice(from).split("/", 2);
  if (first === undefined || first === "") return { kind: "own", name: null };
  // In a URL the sign of a scope may be escaped.
  const scope = first.replace(/^%40/i, "@");
  return { kind: "npm", name: scope.startsWith("@") && second !== undefined ? `${scope}/${second}` : scope };
}
