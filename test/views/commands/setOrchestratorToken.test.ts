import { beforeEach, describe, expect, it, vi } from "vitest";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { keptToken, type Secrets } from "../../../src/views/secrets.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { fakeSecrets } from "../fakeSecrets.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { setOrchestratorToken } = await import("../../../src/views/commands/setOrchestratorToken.ts");

const FAR = "https://flow.example/mcp";
const far = { id: "far", label: "Far", url: FAR, tokenFromEditor: true };
let orchestrators: readonly object[];
let refusal: { readonly code: string; readonly args: Record<string, never> } | null;
let secrets: Secrets;
let connection: FakeConnection;
let world: CommandWorld;

beforeEach(() => {
  editor = freshEditor();
  orchestrators = [{ id: "flow", tokenFromEditor: false }, far];
  refusal = null;
  secrets = fakeSecrets();
  const session = new FakeSession();
  connection = session.connect();
  connection.answer = (method) => {
    if (method === calls.configGet.method) return Promise.resolve({ revision: 1, values: { orchestrators } });
    return refusal === null ? Promise.resolve(null) : Promise.reject(new Failure(refusal));
  };
  world = { session, secrets } as unknown as CommandWorld;
});

const given = () =>
  connection.calls.filter(({ method }) => method === "orchestrator/token").map(({ params }) => params);

describe("Set Token of Orchestrator", () => {
  it("says where the token goes, gives it to the engine and keeps it, and shows it nowhere", async () => {
    editor.answers.set(`Sent to ${FAR} only`, "  canary-1 ");
    await setOrchestratorToken.run(world, null, undefined);
    expect(given()).toEqual([{ swarmId: "far", url: FAR, token: "canary-1" }]);
    expect(await keptToken(secrets, "far")).toEqual({ url: FAR, token: "canary-1" });
    expect(editor.shown).toEqual([
      `input: Sent to ${FAR} only, and kept in this editor's secret storage. None is kept now. ()`,
      "status: $(check) Token of Far set; connecting",
    ]);
  });

  it("forgets the one that is kept when it is left empty, and asks for one where none is", async () => {
    editor.answers.set("None is kept now", "");
    await setOrchestratorToken.run(world, { kind: "swarm", swarmId: "far" }, undefined);
    expect(editor.shown[1]).toBe("invalid: Type or paste the token that the server's operator has issued.");
    await secrets.store("orchestratorToken:far", JSON.stringify({ url: FAR, token: "x" }));
    editor.answers.set("Leave it empty to forget", "");
    await setOrchestratorToken.run(world, { kind: "swarm", swarmId: "far" }, undefined);
    expect(given()).toEqual([{ swarmId: "far", url: FAR, token: null }]);
    expect(await keptToken(secrets, "far")).toBeNull();
  });

  it.each([
    ["two words", "A token is one word of letters, digits and signs, without blanks."],
    ["x".repeat(8_193), "It is longer than 8192 characters."],
  ])("does not take %.20s", async (typed, said) => {
    editor.answers.set("Sent to", typed);
    await setOrchestratorToken.run(world, null, undefined);
    expect(editor.shown[1]).toBe(`invalid: ${said}`);
    expect(given()).toEqual([]);
  });

  it("keeps none that the engine has refused, and changes nothing on Escape", async () => {
    await setOrchestratorToken.run(world, null, undefined);
    editor.answers.set("Sent to", "canary");
    refusal = { code: "mcp.tokenOtherUrl", args: {} };
    await expect(setOrchestratorToken.run(world, null, undefined)).rejects.toMatchObject({ code: "mcp.tokenOtherUrl" });
    expect(await keptToken(secrets, "far")).toBeNull();
  });

  it("asks of which where there are several, and says what to set where there is none", async () => {
    orchestrators = [far, { ...far, id: "farther", label: undefined }];
    editor.answers.set("Set Token", "farther").set("Sent to", "canary");
    await setOrchestratorToken.run(world, null, undefined);
    expect(given()).toEqual([{ swarmId: "farther", url: FAR, token: "canary" }]);
    await setOrchestratorToken.run(world, { kind: "swarm", swarmId: "flow" }, undefined);
    orchestrators = [];
    await setOrchestratorToken.run(world, null, undefined);
    const remedy = "set 'url' and 'tokenFromEditor' of it in the setting swarm.orchestrators. [Open Setting]";
    expect(editor.shown.slice(-2)).toEqual([
      `info: 'flow' takes no token from the editor: ${remedy}`,
      `info: No orchestrator takes a token from the editor: ${remedy}`,
    ]);
  });
});
