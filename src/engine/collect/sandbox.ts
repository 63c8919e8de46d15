import { existsSync } from "node:fs";
import { readText } from "./procFile.ts";

/** Where to look; tests plant a folder. */
export interface SandboxRoots {
  readonly fileRoot: string;
  readonly procRoot: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What stands between us and the machine, most telling first and joined by ", "; empty when nothing was found. A
 * container or Flatpak shows its own processes only, and WSL only those of its distribution.
 * @param virtual what `systeminformation` says about a virtual machine; `null` = not known
 */
export function detectSandbox(roots: SandboxRoots, virtual: boolean | null): string {
  const found: string[] = [];
  const at = (path: string) => existsSync(`${roots.fileRoot}${path}`);
  if (at("/.flatpak-info")) found.push("flatpak");
  if (roots.env["SNAP_NAME"] !== undefined && roots.env["SNAP"] !== undefined) found.push("snap");
  if (inContainer(roots, at)) found.push("container");
  if (/microsoft/i.test(readText(`${roots.procRoot}/version`) ?? "")) found.push("wsl");
  // WSL is a virtual machine itself; naming both would say the same twice.
  if (virtual === true && !found.includes("wsl")) found.push("virtual machine");
  return found.join(", ");
}

function inContainer(roots: SandboxRoots, at: (path: string) => boolean): boolean {
  if (at("/.dockerenv") || at("/run/.containerenv")) return true;
  if (roots.env["KUBERNETES_SERVICE_HOST"] !== undefined) return true;
  // Version 1 of control groups shows the outside path; with version 2 in its own namespace it is "/" and says nothing.
  const groups = readText(`${roots.procRoot}/1/cgroup`) ?? "";
  return /\/(?:docker|kubepods|libpod|lxc|containerd|crio|buildkit)[-/.]/.test(groups);
}
