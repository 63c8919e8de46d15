import { resolve } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..", "..");

// It looks through everything below the root, also what the tests have fetched.
test("the VSIX holds what runs and what its page shows, and nothing else", { timeout: 120_000 }, async () => {
  const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
  const allowed =
    /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|media\/[\w-]+\.(png|svg|css)|media\/skills\/[\w-]+\/SKILL\.md|dist\/(webview\/)?\w+\.js|dist\/[\w-]+\.wasm|dist\/webview\/[\w.]+\.css)$/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(["package.json", "LICENSE", "media/swarm.svg", "media/skills/diagnose-my-swarm/SKILL.md"]),
  );
});
