import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { WorkingDirectories } from "../../../src/engine/collect/workingDirectory.ts";
import { PlantedProc } from "./plantedProc.ts";

const planted: PlantedProc[] = [];
afterEach(() => {
  for (const one of planted.splice(0)) one.dispose();
});

/** Process 7 of a planted table, working in `folder` of the same plant. */
function plant(folder: string): { proc: PlantedProc; directories: WorkingDirectories; work: (path: string) => string } {
  const proc = new PlantedProc();
  planted.push(proc);
  mkdirSync(join(proc.root, folder), { recursive: true });
  mkdirSync(join(proc.root, "7"));
  symlinkSync(join(proc.root, folder), join(proc.root, "7/cwd"));
  return { proc, directories: new WorkingDirectories(proc.root), work: (path) => join(proc.root, path) };
}

const agent = { pid: 7, startTime: 1 };

test("is the Git root above the folder, for a repository and for a worktree", () => {
  const repository = plant("work/a/b");
  repository.proc.folder("work/.git");
  expect(repository.directories.of(agent, 0)).toBe(repository.work("work"));
  const worktree = plant("work/a/b");
  worktree.proc.write("work/a/.git", "gitdir: elsewhere");
  expect(worktree.directories.of(agent, 0)).toBe(worktree.work("work/a"));
});

test("is the folder itself where there is no repository, and null where it may not be read", () => {
  const { directories, work } = plant("alone");
  expect(directories.of(agent, 0)).toBe(work("alone"));
  expect(directories.of({ pid: 8, startTime: 1 }, 0)).toBeNull();
});

test("is looked up again after ten seconds, and at once for another process", () => {
  const { proc, directories, work } = plant("work");
  expect(directories.of(agent, 0)).toBe(work("work"));
  proc.remove("7/cwd");
  expect(directories.of(agent, 9_999)).toBe(work("work"));
  expect(directories.of({ pid: 7, startTime: 2 }, 9_999)).toBeNull();
  expect(directories.of(agent, 10_000)).toBeNull();
});
