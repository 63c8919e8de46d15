import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AgentToolsWorld } from "../../../src/views/agentTools/register.ts";
import { FakeConnection } from "../fakeSession.ts";

interface Tool {
  prepareInvocation(
    options: { input: unknown },
    token: unknown,
  ): Promise<{ confirmationMessages?: { title: string; message: { value: string } } }>;
  invoke(options: { input: unknown }, token: unknown): Promise<{ content: { value: string }[] }>;
}

const editor = vi.hoisted(() => ({
  trusted: true,
  lm: {} as Record<string, unknown>,
  tools: new Map<string, unknown>(),
  providers: new Map<string, { provideMcpServerDefinitions(): unknown[] }>(),
}));

vi.mock("vscode", () => {
  class MarkdownString {
    value = "";
    appendText(text: string) {
      this.value += text.replaceAll(/[\\`*_{}[\]()#+\-!<>]/g, "\\$&");
      return this;
    }
  }
  // Called with `new`, as the editor's classes are.
  const made = (make: (...args: unknown[]) => object) =>
    function construct(...args: unknown[]) {
      return make(...args);
    };
  return {
    Disposable: {
      from: (...all: { dispose(): void }[]) => ({ dispose: () => all.forEach((one) => one.dispose()) }),
    },
    MarkdownString,
    EventEmitter: class {
      event = () => undefined;
      fire = () => undefined;
      dispose = () => undefined;
    },
    LanguageModelTextPart: made((value) => ({ value })),
    LanguageModelToolResult: made((content) => ({ content })),
    McpStdioServerDefinition: made((label, command, args, env, version) => ({ label, command, args, env, version })),
    Uri: {
      file: (fsPath: string) => ({ fsPath }),
      joinPath: ({ fsPath }: { fsPath: string }, name: string) => ({ fsPath: `${fsPath}/${name}` }),
    },
    workspace: {
      get isTrusted() {
        return editor.trusted;
      },
      onDidGrantWorkspaceTrust: () => ({ dispose: () => undefined }),
      getConfiguration: () => ({ inspect: () => undefined }),
    },
    get lm() {
      return editor.lm;
    },
  };
});

const { registerAgentTools } = await import("../../../src/views/agentTools/register.ts");
const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };
let connection: FakeConnection;

function register(): void {
  connection = new FakeConnection();
  const session = { connection: () => Promise.resolve(connection) } as unknown as AgentToolsWorld["session"];
  registerAgentTools({ session, version: "1.2.3", distFolder: "/ext/dist" });
}

function tool(name: string): Tool {
  return (editor.tools.get(name) ?? expect.fail(`no tool ${name}`)) as Tool;
}

beforeEach(() => {
  editor.trusted = true;
  editor.tools.clear();
  editor.providers.clear();
  editor.lm = {
    registerTool: (name: string, one: unknown) => {
      editor.tools.set(name, one);
      return { dispose: () => undefined };
    },
    registerMcpServerDefinitionProvider: (id: string, provider: never) => {
      editor.providers.set(id, provider);
      return { dispose: () => undefined };
    },
  };
});

const row = { id: "s", label: "api <b>", kind: "managed", demo: false, mode: "recommend", agents: [], usage: {} };

function answers(by: Readonly<Record<string, unknown>>): void {
  connection.answer = (method) =>
    method in by
      ? Promise.resolve(by[method])
      : Promise.reject(Object.assign(new Error("x"), { code: "rpc.closed", args: {} }));
}

describe("in the editor", () => {
  test("that has neither tools nor servers nothing is registered, and nothing breaks", () => {
    editor.lm = {};
    register();
    expect([editor.tools.size, editor.providers.size]).toEqual([0, 0]);
  });

  test("the agents' door is offered in trusted windows, run by the editor's own Node", () => {
    register();
    const [provider] = editor.providers.values();
    expect(provider?.provideMcpServerDefinitions()).toMatchObject([
      {
        command: process.execPath,
        args: ["/ext/dist/cli.js", "mcp"],
        env: { ELECTRON_RUN_AS_NODE: "1" },
        version: "1.2.3",
      },
    ]);
    editor.trusted = false;
    expect(provider?.provideMcpServerDefinitions()).toEqual([]);
  });

  test("a tool that reads answers without a question, with text that has nothing to act on", async () => {
    register();
    const gate = {
      gate: "hold",
      lane: null,
      swarmId: "s",
      reason: { code: "throttle.held", args: { label: "a\u001b[31m\u202eb" } },
      sinceMs: null,
      sinceSource: "unknown",
      untilMs: null,
    };
    answers({ "guard/throttles": { wallMs: 1, gates: [gate] } });
    const prepared = await tool("swarm_why_throttled").prepareInvocation({ input: {} }, token);
    expect(prepared.confirmationMessages).toBeUndefined();
    const { content } = await tool("swarm_why_throttled").invoke({ input: {} }, token);
    expect(content[0]?.value).toContain('"throttle.held"');
    expect(content[0]?.value).not.toMatch(/[\p{Cc}\p{Cf}]|\\u001b|\\u202e/u);
    // Nobody here holds a lease, so nobody is told that it has none.
    expect(connection.calls).toEqual([{ method: "guard/throttles", params: {} }]);
  });

  test("scale says what it would do before it does, and then what was seen", async () => {
    register();
    const preview = { label: "api <b>", from: 4, live: 4, to: 6, ending: [], refusal: null };
    answers({
      "swarm/scalePreview": preview,
      overview: { swarms: [row] },
      "swarm/ask": { kind: "recommended", decisionId: "d", from: 4, to: 6, untilMs: 9 },
    });
    const input = { swarmId: "s", target: 6 };
    const { confirmationMessages } = await tool("swarm_scale").prepareInvocation({ input }, token);
    expect(confirmationMessages?.title).toBe("Ask for 6 agents of s?");
    expect(confirmationMessages?.message.value).toBe(
      "api \\<b\\>: 4 → 6 agents, 4 alive. The swarm's mode is recommend: nothing is done now. It waits in Decisions until you apply it.",
    );
    expect(connection.calls.map(({ method }) => method)).not.toContain("swarm/ask");
    const { content } = await tool("swarm_scale").invoke({ input }, token);
    expect(JSON.parse(content[0]?.value ?? "")).toMatchObject({ outcome: "recommended", decisionId: "d" });
  });

  test("scale asks also when nothing can be told, and does nothing in a window that is not trusted", async () => {
    register();
    answers({});
    const input = { swarmId: "s", target: 6 };
    const { confirmationMessages } = await tool("swarm_scale").prepareInvocation({ input }, token);
    expect(confirmationMessages?.message.value).toMatch(/^What this would do cannot be told now/);
    editor.trusted = false;
    const before = connection.calls.length;
    await expect(tool("swarm_scale").invoke({ input }, token)).rejects.toThrow(/^role\.denied: /);
    expect(connection.calls.length).toBe(before);
  });

  test.each([
    {},
    { swarmId: "s", target: -1 },
    { swarmId: "s", target: Number.POSITIVE_INFINITY },
    { swarmId: "s", target: 2, force: true },
    null,
  ])("scale refuses %j by its schema", async (input) => {
    register();
    await tool("swarm_scale").prepareInvocation({ input }, token);
    await expect(tool("swarm_scale").invoke({ input }, token)).rejects.toThrow(/^params\.invalid: /);
    expect(connection.calls).toEqual([]);
  });
});
