import type { PackageKind } from "../engine/protocol/profiling.ts";
import { printable } from "./printable.ts";

/** Of what is no npm package. */
const KINDS: Readonly<Record<PackageKind, string>> = {
  own: "(own code)",
  runtime: "(Node)",
  native: "(native)",
  kernel: "(kernel)",
  npm: "(npm)",
};

export function packageText({ kind, name }: { readonly kind: PackageKind; readonly name: string | null }): string {
  return name === null ? KINDS[kind] : printable(name);
}

/** A file of a profile; what has none is V8's and the system's own. */
export function scriptText({ file }: { readonly file: string | null }): string {
  return file === null ? "(no file)" : printable(file);
}
