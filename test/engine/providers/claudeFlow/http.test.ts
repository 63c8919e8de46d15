import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { boundedFetch, readToken } from "../../../../src/engine/providers/claudeFlow/httpTransport.ts";
import { claudeFlowSwarm, isSafeUrl } from "../../../../src/engine/protocol/orchestrators.ts";
import { type Asked, farServer } from "./httpServer.ts";
import { followCommand, isRead, never } from "./world.ts";

const servers: { close(): Promise<void> }[] = [];
const folder = mkdtempSync(join(tmpdir(), "sw-token-"));
afterEach(async () => {
  await Promise.all(servers.splice(0).map((one) => one.close()));
});

async function serve(asked: Asked[], answer?: Parameters<typeof farServer>[1]): Promise<string> {
  const server = await farServer(asked, answer);
  servers.push(server);
  return server.url;
}

function tokenFile(text: string, mode = 0o600): string {
  const path = join(folder, `token-${Math.round(performance.now() * 1000)}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("an orchestrator over HTTP", () => {
  test("is reached with the token of the file, which nothing shows", async () => {
    const asked: Asked[] = [];
    const url = await serve(asked);
    const path = tokenFile("canary-4711\n");
    const followed = followCommand({ url, tokenFile: path });
    const view = await followed.until("its records", isRead);
    expect(view).toMatchObject({ recordCount: 1, server: { name: "far", version: "1" }, serverPid: null });
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer canary-4711"]));
    expect(JSON.stringify([view, followed.logged])).not.toContain("canary");
  });

  test("is reached with the token that an editor keeps, once it has given it, and at that address only", async () => {
    const asked: Asked[] = [];
    const url = await serve(asked, (_, response) => {
      if (asked.at(-1)?.authorization === "Bearer canary-4713") return false;
      response.writeHead(401).end();
      return true;
    });
    const followed = followCommand({ url, tokenFromEditor: true, connectTimeoutSeconds: 3 });
    const without = await followed.until("a reason", ({ link }) => link.kind === "waiting");
    expect(without).toMatchObject({ wantsToken: true, problem: { code: "mcp.tokenMissing" } });
    // Nothing goes out without it.
    expect(asked).toEqual([]);
    expect(followed.swarm.takeToken("http://127.0.0.1:1/mcp", "canary-4713")?.code).toBe("mcp.tokenOtherUrl");
    expect(followed.swarm.view().wantsToken).toBe(true);

    expect(followed.swarm.takeToken(url, "canary-wrong")).toBeNull();
    const refused = await followed.until("another reason", ({ problem }) => problem?.code === "mcp.tokenRefused");
    expect(refused).toMatchObject({ wantsToken: false, link: { kind: "waiting" } });

    // Not after the pause that came before: it was given just now.
    expect(followed.swarm.takeToken(url, "canary-4713")).toBeNull();
    const view = await followed.until("its records", isRead);
    expect(new Set(asked.slice(1).map(({ authorization }) => authorization))).toEqual(new Set(["Bearer canary-4713"]));
    expect(JSON.stringify([view, followed.logged])).not.toContain("canary");

    // The same again changes nothing; none at all ends what was reached with it.
    expect(followed.swarm.takeToken(url, "canary-4713")).toBeNull();
    expect(followed.swarm.view().link.kind).toBe("connected");
    expect(followed.swarm.takeToken(url, null)).toBeNull();
    expect(await followed.until("it is gone", ({ link }) => link.kind === "waiting")).toMatchObject({
      wantsToken: true,
      recordCount: null,
    });
  });

  test("is told when its session is over, and may repeat its token without anybody seeing it", async () => {
    const asked: Asked[] = [];
    const token = "canary-4716";
    const agents = { content: [{ type: "text", text: JSON.stringify({ agents: [{ agentId: `a-${token}` }] }) }] };
    const url = await serve(asked, (method, response) => {
      if (method === "initialize") response.setHeader("mcp-session-id", "s1");
      if (method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: asked.at(-1)?.id, result: agents }));
      return true;
    });
    const followed = followCommand({ url, tokenFromEditor: true, connectTimeoutSeconds: 3 });
    followed.swarm.takeToken(url, token);
    const view = await followed.until("its records", isRead);
    expect(view.records.map(({ id }) => id)).toEqual(["a-(withheld)"]);
    expect(JSON.stringify([view, followed.logged])).not.toContain("canary");
    await followed.swarm.end();
    expect(asked.at(-1)).toMatchObject({ method: "DELETE", authorization: `Bearer ${token}` });
  });

  test("takes no token from an editor where the configuration does not say so", async () => {
    const url = await serve([]);
    const followed = followCommand({ url });
    expect(followed.swarm.takeToken(url, "canary")?.code).toBe("mcp.tokenUnasked");
    for (const wrong of [{ tokenFromEditor: true }, { tokenFromEditor: true, url, tokenFile: "/somewhere" }])
      expect(claudeFlowSwarm.safeParse({ id: "a", kind: "claudeFlow", ...wrong }).success).toBe(false);
  });

  test("a server that is gone, redirects, or answers with 10 MB is told as that, without the token", async () => {
    const path = tokenFile("canary-4712");
    for (const [answer, code] of [
      [
        (_: string, r: ServerResponse) => (r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), true),
        "mcp.failed",
      ],
      [(_: string, r: ServerResponse) => (r.writeHead(401).end("canary-4712"), true), "mcp.tokenRefused"],
      [
        (method: string, r: ServerResponse) =>
          method === "initialize" &&
          (r.writeHead(200, { "content-type": "application/json" }).end("x".repeat(10 * 2 ** 20)), true),
        "mcp.tooLong",
      ],
    ] as const) {
      const url = await serve([], answer);
      const followed = followCommand({ url, tokenFile: path, connectTimeoutSeconds: 3 });
      const view = await followed.until("a reason", ({ link }) => link.kind === "waiting");
      expect(view.problem?.code).toBe(code);
      expect(JSON.stringify([view, followed.logged])).not.toContain("canary");
    }
    const gone = followCommand({ url: "http://127.0.0.1:9/mcp", connectTimeoutSeconds: 3 });
    const view = await gone.until("a reason", ({ link }) => link.kind === "waiting");
    expect(view.problem?.code).toBe("mcp.failed");
    expect(await gone.swarm.scale(1, 500, never)).toMatchObject({ kind: "refused" });
  });

  test("a token that others can read, that is missing or no token is not used", () => {
    expect(readToken(tokenFile("one-word"))).toBe("one-word");
    for (const [path, problem] of [
      [tokenFile("secret", 0o644), /chmod 600/],
      [tokenFile(""), /empty/],
      [tokenFile("two words"), /not one word/],
      [tokenFile("line\r\nSet-Cookie: x"), /not one word/],
      [tokenFile("x".repeat(9_000)), /longer than/],
      [join(folder, "none"), /not there/],
      [folder, /not a file/],
    ] as const) {
      const problemOf = (): string => {
        try {
          return `taken: ${readToken(path)}`;
        } catch (error) {
          return String((error as { args: { problem: string } }).args.problem);
        }
      };
      expect(problemOf()).toMatch(problem);
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["https://flow.example/mcp", true],
    ["http://127.0.0.1:3000/mcp", true],
    ["http://[::1]:3000/mcp", true],
    ["http://localhost/mcp", true],
    ["http://flow.example/mcp", false],
    ["http://127.0.0.1.flow.example/mcp", false],
    ["http://localhost.flow.example/", false],
    ["https://name:word@flow.example/", false],
    ["ftp://127.0.0.1/", false],
    ["file:///etc/passwd", false],
    ["javascript:alert(1)", false],
    ["not a url", false],
    ["", false],
  ])("%s may be used: %s", (url, safe) => {
    expect(isSafeUrl(url)).toBe(safe);
    expect(claudeFlowSwarm.safeParse({ id: "a", kind: "claudeFlow", url }).success).toBe(safe);
  });

  test("a stream of events may be long, one event may not", async () => {
    const from = (parts: string[]) => async (): Promise<Response> =>
      new Response(
        new ReadableStream({
          start(controller) {
            for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
            controller.close();
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    const many = await boundedFetch(
      100,
      from(Array.from({ length: 50 }, () => `data: ${"x".repeat(60)}\n\n`)),
    )("http://x");
    expect((await many.text()).length).toBe(50 * 68);
    const long = await boundedFetch(100, from(["data: ", "x".repeat(60), "x".repeat(60)]))("http://x");
    await expect(long.text()).rejects.toMatchObject({ code: "mcp.tooLong" });
  });
});

test.each([
  [{ mode: "auto" }, "mode"],
  [{ minAgents: 5, maxAgents: 2 }, "minAgents"],
  [{ tokenFile: "/x" }, "tokenFile"],
  [{ url: "http://127.0.0.1/", tokenFile: "relative" }, "tokenFile"],
  [{ cwd: "relative" }, "cwd"],
  [{ id: "demo" }, "id"],
  [{ env: { "A=B": "x" } }, "env"],
  [{ agentType: "a b" }, "agentType"],
  [{ token: "secret" }, ""],
])("a configuration with %j is refused by its place", (wrong, place) => {
  const parsed = claudeFlowSwarm.safeParse({ id: "flow", kind: "claudeFlow", ...wrong });
  expect(parsed.error?.issues.map(({ path }) => String(path[0] ?? ""))).toContain(place);
});
