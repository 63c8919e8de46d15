import { describe, expect, it } from "vitest";
import type { SwarmRow } from "../../src/engine/protocol/model.ts";
import { giveTokens, keepToken, keptToken } from "../../src/views/secrets.ts";
import { orchestratedSample } from "../cli/orchestratedSample.ts";
import { FakeSession } from "./fakeSession.ts";
import { fakeSecrets } from "./fakeSecrets.ts";

const KEPT = { url: "https://flow.example/mcp", token: "canary" };
const row = (id: string, wantsToken: boolean): SwarmRow => orchestratedSample({ id, wantsToken });

function connected() {
  const connection = new FakeSession().connect();
  connection.answer = () => Promise.resolve(null);
  return connection;
}

describe("tokens of orchestrators", () => {
  it("are given to an engine that lacks them, each once, and no other", async () => {
    const secrets = fakeSecrets();
    await keepToken(secrets, "far", KEPT);
    await keepToken(secrets, "near", { ...KEPT, token: "other" });
    const connection = connected();
    const given = new Set<string>();
    const rows = [row("far", true), row("near", false), row("unknown", true)];
    await giveTokens(connection, secrets, rows, given);
    await giveTokens(connection, secrets, rows, given);
    expect(connection.calls).toEqual([{ method: "orchestrator/token", params: { swarmId: "far", ...KEPT } }]);

    // Another token is another try; another engine as well.
    await keepToken(secrets, "far", { ...KEPT, token: "newer" });
    await giveTokens(connection, secrets, rows, given);
    expect(connection.calls).toHaveLength(2);
    const next = Object.assign(connected(), { info: { ...connection.info, epoch: 2 } });
    await giveTokens(next, secrets, rows, given);
    expect(next.calls).toHaveLength(1);
  });

  it("are given anew after the connection broke off in the middle", async () => {
    const secrets = fakeSecrets();
    await keepToken(secrets, "far", KEPT);
    const connection = connected();
    const given = new Set<string>();
    connection.answer = () => Promise.reject(Object.assign(new Error("closed"), { code: "rpc.closed", args: {} }));
    await expect(giveTokens(connection, secrets, [row("far", true)], given)).rejects.toThrow("closed");
    connection.answer = () => Promise.resolve(null);
    await giveTokens(connection, secrets, [row("far", true)], given);
    expect(connection.calls).toHaveLength(2);
  });

  it("are none where something else stands under their name", async () => {
    const secrets = fakeSecrets();
    for (const wrong of ["", "no JSON", "null", "7", '{"url":1,"token":"x"}', '{"token":"x"}']) {
      await secrets.store("orchestratorToken:far", wrong);
      expect(await keptToken(secrets, "far"), wrong).toBeNull();
    }
  });
});
