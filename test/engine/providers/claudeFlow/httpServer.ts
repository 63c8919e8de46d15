import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly authorization: string | undefined;
  readonly method: string;
  readonly id?: unknown;
}

export interface FarServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A server of one tool over HTTP, on loopback; `answer` may take a request over. @param asked what it was asked, oldest first */
export async function farServer(
  asked: Asked[],
  answer?: (method: string, response: ServerResponse) => boolean,
): Promise<FarServer> {
  const server = createServer((request, response) => {
    if (request.method === "DELETE") asked.push({ authorization: request.headers.authorization, method: "DELETE" });
    if (request.method !== "POST") return void response.writeHead(405).end();
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { id, method, params } = JSON.parse(body);
      asked.push({ authorization: request.headers.authorization, method, id });
      if (answer?.(method, response) === true) return;
      if (id === undefined) return void response.writeHead(202).end();
      const results: Record<string, unknown> = {
        initialize: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "far", version: "1" },
        },
        "tools/list": { tools: [{ name: "agent_list", inputSchema: { type: "object" } }] },
        "tools/call": { content: [{ type: "text", text: '{"agents":[{"agentId":"a"}]}' }] },
      };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
}
