import { beforeEach, describe, expect, test, vi } from "vitest";
import type { EngineLog } from "../../src/views/log/engineLog.ts";
import { openWindowSession } from "../../src/views/windowSession.ts";

const window = vi.hoisted(() => ({
  autoStart: undefined as boolean | undefined,
  trusted: true,
  words: Promise.withResolvers<void>(),
  starts: 0,
}));

vi.mock("vscode", () => {
  const nothing = (): { dispose(): void } => ({ dispose: () => undefined });
  return {
    env: { appName: "Editor" },
    workspace: {
      get isTrusted() {
        return window.trusted;
      },
      getConfiguration: () => ({
        inspect: (name: string) => ({ globalValue: name === "autoStart" ? window.autoStart : undefined }),
      }),
      onDidGrantWorkspaceTrust: nothing,
      onDidChangeConfiguration: nothing,
    },
    Disposable: { from: nothing },
  };
});
vi.mock("../../src/views/engineWords.ts", () => ({ loadEngineWords: () => window.words.promise }));
vi.mock("../../src/engine/client.ts", () => ({
  createSession: () => ({
    onState: () => ({ dispose: () => undefined }),
    start: () => void window.starts++,
  }),
}));

function opened(): string[] {
  const warned: string[] = [];
  const log = { warn: (text: string) => warned.push(text) } as unknown as EngineLog;
  openWindowSession({ version: "0.1.0", distFolder: "/dist" }, log);
  return warned;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  Object.assign(window, { autoStart: undefined, trusted: true, words: Promise.withResolvers<void>(), starts: 0 });
});

describe("the window's session", () => {
  test("begins once the words for what an engine tells are there", async () => {
    opened();
    await settled();
    expect(window.starts).toBe(0);
    window.words.resolve();
    await settled();
    expect(window.starts).toBe(1);
  });

  test("begins without them when they cannot be loaded, and says so", async () => {
    const warned = opened();
    window.words.reject(new Error("no words.js"));
    await settled();
    expect(window.starts).toBe(1);
    expect(warned).toEqual([expect.stringContaining("no words.js")]);
  });

  test("of a trusted window waits to be asked when the user has said so; a viewer starts nothing and joins", async () => {
    window.autoStart = false;
    window.words.resolve();
    opened();
    await settled();
    expect(window.starts).toBe(0);
    window.trusted = false;
    opened();
    await settled();
    expect(window.starts).toBe(1);
  });
});
