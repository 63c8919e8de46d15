import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { join } from "node:path";

/**
 * Stands in for the engine: passes the lines between its keeper and whoever connects to `<home>/drive.sock`, so that a
 * test speaks to a real keeper through a real pipe. The file `mode` in the state folder (its cwd) says how it behaves.
 */
const mode = existsSync("mode") ? readFileSync("mode", "utf8") : "relay";
const home = process.env["SWARM_ALLOCATOR_HOME"] ?? "";
const drive = join(home, "drive.sock");

if (mode.startsWith("exit ")) {
  process.stderr.write("fixture: last words\n");
  process.exitCode = Number(mode.slice(5));
} else {
  const keeper = new Socket({ fd: 3, readable: true, writable: true });
  let client: Socket | null = null;
  let betweenLines = true;
  keeper.on("data", (chunk) => client?.write(chunk));
  keeper.on("end", () => process.exit(0));
  keeper.on("error", () => process.exit(0));
  if (mode !== "silent") {
    // Never into the middle of a line that is being passed on.
    const beat = (): void => void (betweenLines && keeper.write('{"op":"beat","id":0}\n'));
    beat();
    setInterval(beat, 50);
  }
  process.on("SIGUSR2", () => process.exit(Number(readFileSync("exit-code", "utf8"))));

  rmSync(drive, { force: true });
  createServer((socket) => {
    client = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      if (client !== socket) return;
      keeper.write(chunk);
      betweenLines = chunk.at(-1) === 0x0a;
    });
  }).listen(drive, () => writeFileSync("engine.pid", String(process.pid)));
}
