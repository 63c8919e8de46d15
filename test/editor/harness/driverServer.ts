import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { OperationAnswer, OperationCall } from "./operations.ts";

export interface DriverServer {
  /** Address with its token; whoever knows it may drive the page. */
  readonly url: string;
  close(): Promise<void>;
}

/** Answers operation calls on a loopback port, one after the other. */
export async function startDriverServer(perform: (call: OperationCall) => Promise<unknown>): Promise<DriverServer> {
  const path = `/${randomUUID()}`;
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    if (request.url !== path || request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    const work = async (): Promise<void> => {
      let answer: OperationAnswer;
      try {
        const call = JSON.parse(await bodyOf(request)) as OperationCall;
        answer = { ok: true, value: (await perform(call)) ?? null };
      } catch (error) {
        answer = { ok: false, error: error instanceof Error ? error.message : String(error) };
      }
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    };
    turn = turn.then(work, work);
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the driver got no port");
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
