import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCli } from "./cli/run.ts";
import { terminalWorld } from "./cli/terminal.ts";
import { verbs } from "./cli/verbs/all.ts";
import { connect } from "./engine/client.ts";
import { exitCode } from "./engine/protocol/cli.ts";

const version = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0";

/** The folder of the running `dist/cli.js`, also when it was called through a link; from source the one of the build. */
function distFolder(): string {
  const script = realpathSync(process.argv[1] ?? ".");
  return script.endsWith(".ts") ? join(dirname(script), "..", "dist") : dirname(script);
}

const interrupt = new AbortController();
let interrupts = 0;
process.on("SIGINT", () => {
  // The first gives up waiting and says what goes on; the second does not wait even for that.
  if (++interrupts > 1) process.exit(exitCode.interrupted);
  interrupt.abort();
});
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `… | head`: the reader has what it wants.
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCode.ok);
});

const folder = distFolder();
const world = terminalWorld({
  version,
  distFolder: folder,
  connect,
  interrupt: interrupt.signal,
  // Not before it is needed: no other verb pays for the models and their WebAssembly.
  loadForecaster: async () => (await import("./cli/fileForecaster.ts")).fileForecaster(folder),
  serveAgents: async (start) => {
    const { serveAgents } = await import("./mcp/main.ts");
    await serveAgents({
      ...{ version, input: process.stdin, output: process.stdout, interrupt: interrupt.signal },
      connect: (name, signal) =>
        connect({ role: "agent", client: { name, version, kind: "agent" }, start, distFolder: folder }, signal),
    });
  },
});
const code = runCli(process.argv.slice(2), verbs, world);
void code.then((exit) => {
  process.exitCode = exit;
  // Nothing may keep the process: it ends when both streams have taken all that was written, which for a pipe is later
  // than `write` returns.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(exit)));
});
