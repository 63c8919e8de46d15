import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { run as runProgram } from "./lib/child.mjs";
import { ensureEditor } from "./lib/editor.mjs";
import { endEngine } from "./lib/engine.mjs";
import { isAlive } from "./lib/lock.mjs";
import { freePort } from "./lib/ports.mjs";
import { described, listProcesses, processesOfHome, signalEach, stillAlive } from "./lib/processes.mjs";
import { CACHE, DIST } from "./lib/project.mjs";
import { Failure, say, seconds, step } from "./lib/say.mjs";
import { makeVsix } from "./package.mjs";

const DEFAULT_PORT = 8123;
const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 8_000;
/** A Unix socket path has room for 100 bytes; the rest of it needs 20. */
const MAX_HOME_BYTES = 80;

const HELP = `npm start [-- --port N | --desktop | --help]

  Builds the extension, installs it into the real editor and opens that with the demo swarm at work.
  --port N    where the editor listens on 127.0.0.1 (${DEFAULT_PORT}, or a free one when that is taken)
  --desktop   use the installed VS Code (\`code\`) instead
  Ctrl-C      ends the editor, the engine and every agent
`;

/** `start [--port N] [--desktop] [--help]` */
export async function run(args) {
  const options = parse(args);
  if (options.help) return void process.stdout.write(HELP);
  const stop = stopSignal();
  const folders = prepare();
  const vsix = await step("Building the extension", () => makeVsix({ out: join(folders.base, "extension.vsix") }));
  const environment = { ...process.env, SWARM_ALLOCATOR_HOME: folders.home };
  if (options.desktop) return startDesktop(vsix, folders, environment, stop);

  const running = alreadyRunning(folders);
  if (running !== null) throw new Failure(`Already running: ${running}\nEnd that one first (Ctrl-C in its terminal).`);
  const { entry } = await ensureEditor();
  const dirs = ["--user-data-dir", folders.data, "--extensions-dir", folders.extensions];
  await step("Installing it into the editor", () =>
    runProgram(process.execPath, [entry, ...dirs, "--force", "--install-extension", vsix], { env: environment }),
  );
  if (stop.requested()) return 0;
  const demo = await startDemo(environment);
  const port = await freePort(options.port);
  if (port !== options.port) say(`  port ${options.port} is taken, using ${port}`);
  const address = `http://127.0.0.1:${port}/?folder=${encodeURI(folders.workspace)}`;
  const editor = await openEditor(entry, port, dirs, folders, environment, stop);
  try {
    if (editor.ready) announce(address, folders, demo);
    const how = await Promise.race([stop.promise, editor.ended]);
    if (how !== "stop") say(`The editor ${how}.\n${editor.output()}`);
    return (await end(editor, folders)) && how === "stop" ? 0 : 1;
  } finally {
    rmSync(folders.running, { force: true });
  }
}

function parse(args) {
  const options = { port: DEFAULT_PORT, desktop: false, help: false };
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--desktop") options.desktop = true;
    else if (args[at] === "--help" || args[at] === "-h") options.help = true;
    else if (args[at] === "--port") {
      options.port = Number(args[++at]);
      if (!Number.isInteger(options.port) || options.port < 1 || options.port > 65_535) {
        throw new Failure(`start: --port ${args[at] ?? ""} is no port (1 to 65535)`, 2);
      }
    } else throw new Failure(`start: unknown argument "${args[at]}".\n\n${HELP}`, 2);
  }
  return options;
}

/** From here on Ctrl-C and friends only ask; the end is done in order. */
function stopSignal() {
  let requested = false;
  const promise = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        requested = true;
        resolve("stop");
      });
    }
  });
  return { promise, requested: () => requested };
}

function prepare() {
  const base = join(CACHE, "start");
  const long = join(base, "home");
  const key = createHash("sha256").update(base).digest("hex").slice(0, 8);
  const user = typeof process.getuid === "function" ? process.getuid() : userInfo().username;
  const home = Buffer.byteLength(long) <= MAX_HOME_BYTES ? long : join(tmpdir(), `swarm-start-${user}-${key}`);
  const folders = {
    base,
    home,
    data: join(base, "data"),
    extensions: join(base, "extensions"),
    workspace: join(base, "workspace"),
    running: join(base, "running.json"),
  };
  for (const folder of [home, folders.data, folders.extensions]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWorkspace(folders.workspace);
  const settings = join(folders.data, "User", "settings.json");
  mkdirSync(join(folders.data, "User"), { recursive: true });
  // Only once: what the operator changes afterwards stays.
  if (!existsSync(settings)) writeFileSync(settings, `${JSON.stringify(SETTINGS, null, 2)}\n`);
  return folders;
}

const SETTINGS = {
  "git.openRepositoryInParentFolders": "never",
  "workbench.startupEditor": "readme",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "telemetry.telemetryLevel": "off",
};

function writeWorkspace(folder) {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(
    join(folder, "README.md"),
    `# What to look at

1. The hexagon in the bar at the left opens the **Swarm** view. Its *Agents* list shows the demo swarm (real worker
   processes, simulated tasks) and every AI coding agent found on this machine.
2. The status bar at the bottom sums it up; a click opens the same view.
3. \`F1\`, then \`Swarm:\` lists all commands. Try *Swarm: Scale Swarm…* and watch the agents come and go.

This folder and the editor's settings live in the project's \`.cache/start\`. Ctrl-C in the terminal ends everything.
`,
  );
  writeFileSync(join(folder, "src", "hello.js"), 'console.log("hello");\n');
}

function alreadyRunning({ running }) {
  if (!existsSync(running)) return null;
  try {
    const { pid, address } = JSON.parse(readFileSync(running, "utf8"));
    return pid !== process.pid && isAlive(pid) ? address : null;
  } catch (error) {
    // Cut off while it was written: nothing that could be trusted.
    say(`  ignoring ${running}: ${error.message}`);
    return null;
  }
}

/** @returns {Promise<boolean>} whether the demo swarm works */
async function startDemo(env) {
  const cli = join(DIST, "cli.js");
  if (!existsSync(cli)) {
    say("  the command line is not built yet, so no demo swarm was started");
    return false;
  }
  try {
    await step("Starting the demo swarm", () =>
      runProgram(process.execPath, [cli, "swarm-start", "--demo"], {
        env,
        label: "swarm-allocator swarm-start --demo",
      }),
    );
    return true;
  } catch (error) {
    say(`  ${error.message}\n  The editor opens all the same; "Swarm: Start Demo Swarm" tries again.`);
    return false;
  }
}

async function openEditor(entry, port, dirs, folders, env, stop) {
  const args = [
    "--auth",
    "none",
    "--bind-addr",
    `127.0.0.1:${port}`,
    "--disable-workspace-trust",
    "--disable-telemetry",
  ];
  const child = spawn(
    process.execPath,
    [entry, ...dirs, ...args, "--disable-update-check", "--disable-getting-started-override", folders.workspace],
    // Its own process group, so that all of it can be ended; and Ctrl-C does not reach it before us. PORT would win over ours.
    { env: { ...env, PORT: undefined }, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output = (output + chunk).slice(-10_000);
    });
  }
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(`could not start: ${error.message}`));
    child.on("exit", (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
  let gone = false;
  void ended.then(() => (gone = true));
  writeFileSync(folders.running, JSON.stringify({ pid: process.pid, address: `http://127.0.0.1:${port}` }));
  const begun = performance.now();
  let ready = false;
  while (!ready && !gone && !stop.requested() && performance.now() - begun < READY_DEADLINE_MS) {
    ready = await answers(port);
    if (!ready) await delay(150);
  }
  if (!ready && !gone && !stop.requested()) say(`The editor has not answered for ${seconds(begun)}.\n${output}`);
  return { pid: child.pid, ready, ended, output: () => output };
}

async function answers(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

function announce(address, { workspace }, demo) {
  process.stdout.write(`\nOpen ${address}\n\n`);
  say(`${demo ? "The demo swarm is at work. " : ""}The hexagon at the left is the Swarm view. Workspace: ${workspace}`);
  say("Ctrl-C ends the editor, the engine and all agents.");
}

/** Ends engine, agents and editor, then looks. @returns whether nothing was left */
async function end({ pid }, { home }) {
  say("\nStopping …");
  const group = (facts) => facts.group === pid;
  const editor = pid === undefined ? [] : [...listProcesses().filter(group), ...processesOfHome(home)];
  signalGroup(pid, "SIGTERM");
  const forced = await endEngine(home);
  const left = () => [...stillAlive(editor), ...(pid === undefined ? [] : listProcesses().filter(group))];
  for (const deadline = Date.now() + STOP_DEADLINE_MS; left().length > 0 && Date.now() < deadline;) await delay(100);
  const stubborn = left();
  signalEach(stubborn, "SIGKILL");
  await delay(stubborn.length > 0 ? 300 : 0);
  const remaining = [...new Map([...left(), ...processesOfHome(home)].map((it) => [it.pid, it])).values()];
  for (const process of forced) say(`  had to be killed: ${process}`);
  for (const process of stubborn) say(`  had to be killed: ${described(process)}`);
  for (const process of remaining) say(`  still there: ${described(process)}`);
  if (remaining.length === 0) say("Stopped; no process is left.");
  return remaining.length === 0;
}

function signalGroup(pid, signal) {
  if (!(pid > 1)) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch (error) {
    // Already gone.
    if (error.code !== "ESRCH") throw error;
  }
}

/** Uses the VS Code that is installed, in folders of its own; it stays until Ctrl-C or its window is closed. */
async function startDesktop(vsix, folders, env, stop) {
  const shell = process.platform === "win32";
  const found = spawnSync("code", ["--version"], { shell, env });
  if (found.status !== 0) {
    throw new Failure(
      "No installed VS Code was found (no `code` on the PATH). Without --desktop this command brings its own editor.",
    );
  }
  const dirs = [
    "--user-data-dir",
    join(folders.base, "desktop-data"),
    "--extensions-dir",
    join(folders.base, "desktop-extensions"),
  ];
  await step("Installing it into VS Code", () =>
    runProgram("code", [...dirs, "--force", "--install-extension", vsix], { env, shell }),
  );
  await startDemo(env);
  const child = spawn("code", [...dirs, "--wait", "--new-window", "--disable-workspace-trust", folders.workspace], {
    env,
    shell,
    detached: !shell,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => {
    child.on("exit", () => resolve("closed"));
    child.on("error", (error) => resolve(error.message));
  });
  say("VS Code is opening. Ctrl-C here, or closing its window, ends the engine and all agents.");
  await Promise.race([stop.promise, ended]);
  return (await end({ pid: child.pid }, folders)) ? 0 : 1;
}
