import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { waitFor } from "./waitFor.ts";

export interface WorkbenchServer {
  readonly address: string;
  /** Its last output, for a report. */
  output(): string;
  /** Settles when the server ends by itself or is stopped. */
  readonly ended: Promise<string>;
  /** Ends the server and every process of its group; resolves when they are gone. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly serverMain: string;
  readonly dataFolder: string;
  readonly extensionsFolder: string;
  readonly trusted: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 10_000;
const KEPT_OUTPUT_CHARACTERS = 20_000;

/** Starts the workbench's own server on a free loopback port, as the leader of its own process group. */
export async function startWorkbenchServer(options: ServerOptions): Promise<WorkbenchServer> {
  const port = await freePort();
  const args = [
    options.serverMain,
    ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--accept-server-license-terms"],
    ...["--server-data-dir", options.dataFolder, "--extensions-dir", options.extensionsFolder],
    // Only with the smoke-test driver does a built workbench accept the development payload.
    ...["--telemetry-level", "off", "--enable-smoke-test-driver", "--force-disable-user-env"],
    ...(options.trusted ? ["--disable-workspace-trust"] : []),
  ];
  const child = spawn(process.execPath, args, { env: options.env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT_CHARACTERS);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(`could not start: ${error.message}`));
    child.on("exit", (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
  const server: WorkbenchServer = {
    address: `http://127.0.0.1:${port}`,
    output: () => output,
    ended,
    stop: () => stopGroup(child, ended),
  };
  try {
    await Promise.race([
      waitFor("the editor's server to answer", () => answers(server.address), { deadlineMs: START_DEADLINE_MS }),
      ended.then((how) => Promise.reject(new Error(`the editor's server ${how}`))),
    ]);
  } catch (error) {
    await server.stop();
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
  return server;
}

async function answers(address: string): Promise<boolean> {
  const response = await fetch(address, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.ok;
}

async function stopGroup(child: ChildProcess, ended: Promise<string>): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, STOP_DEADLINE_MS).unref())]);
  signalGroup(pid, "SIGKILL");
  await waitFor("the editor's processes to end", () => !signalGroup(pid, 0), { deadlineMs: STOP_DEADLINE_MS });
}

/** @returns false when nothing of the group is left */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
