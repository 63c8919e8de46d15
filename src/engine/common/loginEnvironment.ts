import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { platform, userInfo } from "node:os";
import { isAbsolute } from "node:path";
import type { Coded } from "./errors.ts";
import { sendSignal } from "./sendSignal.ts";

export type Environment = Readonly<Record<string, string>>;

export interface LoginEnvironment {
  readonly env: Environment;
  /** Set when the login shell could not be asked and this is the environment we were started with. */
  readonly notice: Coded | null;
}

const DEADLINE_MS = 5_000;
/** An environment is limited to about 2 MB by the kernel; start-up files may print more than that around it. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

let cached: Promise<LoginEnvironment> | null = null;

/** The environment of the user's login shell; asked once per process. Never rejects. */
export function loginEnvironment(): Promise<LoginEnvironment> {
  cached ??= readLoginEnvironment(process.env, loginShell(process.env), DEADLINE_MS);
  return cached;
}

/**
 * Runs `SHELL -lic` and reads what `env -0` prints between two random markers, so that whatever start-up files print is
 * told apart. The shell gets a session of its own (an interactive one would otherwise take our terminal) and no stdin,
 * and its whole group is ended at the deadline.
 */
export async function readLoginEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  shell: string | null,
  deadlineMs: number,
): Promise<LoginEnvironment> {
  if (shell === null) return { env: defined(own), notice: null };
  const marker = randomBytes(16).toString("hex");
  const result = await runShell(
    shell,
    `printf %s ${marker}; env -0; printf %s ${marker}`,
    inherited(own),
    marker,
    deadlineMs,
  );
  if (result.kind === "failed") {
    return { env: defined(own), notice: { code: "loginShell.failed", args: { shell, reason: result.reason } } };
  }
  const parts = result.output.split(marker);
  const env = parseEnvironment(parts[1] ?? "");
  if (parts.length !== 3 || env["PATH"] === undefined) {
    return {
      env: defined(own),
      notice: { code: "loginShell.failed", args: { shell, reason: "no environment in its output" } },
    };
  }
  return { env, notice: null };
}

/** `null` where there is none to ask: Windows, and accounts that may not log in. */
export function loginShell(own: Readonly<Record<string, string | undefined>>): string | null {
  if (platform() === "win32") return null;
  const shell = own["SHELL"] || accountShell();
  if (shell === null || !isAbsolute(shell) || /\/(?:nologin|false)$/.test(shell)) return null;
  return shell;
}

function accountShell(): string | null {
  try {
    return userInfo().shell;
  } catch {
    // A user id without an account, as in many containers: there is no login shell then.
    return null;
  }
}

type ShellResult =
  | { readonly kind: "done"; readonly output: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Done when the second marker is out: a daemon that start-up files have left behind may hold the pipe open for ever. */
function runShell(
  shell: string,
  script: string,
  env: Environment,
  marker: string,
  deadlineMs: number,
): Promise<ShellResult> {
  return new Promise((resolve) => {
    const child = spawn(shell, ["-lic", script], { detached: true, stdio: ["ignore", "pipe", "ignore"], env });
    const chunks: Buffer[] = [];
    let length = 0;
    let ended = false;
    const settle = (result: ShellResult) => {
      clearTimeout(timer);
      child.stdout.destroy();
      resolve(result);
    };
    const output = () => Buffer.concat(chunks).toString("utf8");
    const stop = (reason: string) => {
      // Un-reaped until `exit` was emitted in this loop, so the pid is still this child's.
      if (!ended && child.pid !== undefined) sendSignal(process.kill, { pid: child.pid, wholeGroup: true }, "SIGKILL");
      settle({ kind: "failed", reason });
    };
    const timer = setTimeout(() => stop(`no answer within ${deadlineMs} ms`), deadlineMs);
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT_BYTES) return stop(`more than ${MAX_OUTPUT_BYTES} bytes of output`);
      chunks.push(chunk);
      // The marker is the last thing printed, so only an end can hold the second one.
      if (chunk.subarray(-marker.length).toString("latin1").endsWith(marker.slice(-chunk.length))) {
        const text = output();
        if (text.split(marker).length === 3) settle({ kind: "done", output: text });
      }
      return undefined;
    });
    child.on("error", (error) => settle({ kind: "failed", reason: error.message }));
    child.on("exit", () => (ended = true));
    child.on("close", () => settle({ kind: "done", output: output() }));
  });
}

function parseEnvironment(text: string): Environment {
  const env: Record<string, string> = {};
  for (const line of text.split("\0")) {
    const equals = line.indexOf("=");
    if (equals > 0) define(env, line.slice(0, equals), line.slice(equals + 1));
  }
  return env;
}

// What an agent gets ------------------------------------------------------------------------------------------------

const ALLOWED = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TERM", "TMPDIR", "SSH_AUTH_SOCK"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy"],
  ...["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
]);
const ALLOWED_PREFIXES = ["LC_", "XDG_"];
/** Compared in upper case: names do not tell case apart there. */
const ALLOWED_ON_WINDOWS = new Set([
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATHEXT", "COMSPEC", "TEMP", "TMP", "OS", "NUMBER_OF_PROCESSORS"],
  ...[
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMW6432",
    "COMMONPROGRAMFILES",
  ],
  ...["USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "PROCESSOR_ARCHITECTURE", "PSMODULEPATH"],
]);

/**
 * The environment of an agent: built, not inherited. Allow-listed names of the login environment, then the swarm's own,
 * minus what belongs to the editor and to our own runtime whoever set it.
 */
export function agentEnvironment(
  login: Environment,
  own: Environment,
  os: NodeJS.Platform = platform(),
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(login)) if (allowed(name, os)) define(env, name, value);
  for (const [name, value] of Object.entries(own)) define(env, name, value);
  for (const name of Object.keys(env)) if (belongsToEditor(name)) delete env[name];
  return env;
}

function allowed(name: string, os: NodeJS.Platform): boolean {
  if (ALLOWED.has(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix))) return true;
  if (os !== "win32") return false;
  const upper = name.toUpperCase();
  return ALLOWED.has(upper) || ALLOWED_ON_WINDOWS.has(upper);
}

/** `ELECTRON_RUN_AS_NODE` and its kin change what a program is; `NODE_OPTIONS` was meant for somebody else's Node. */
export function belongsToEditor(name: string): boolean {
  const upper = name.toUpperCase();
  return upper.startsWith("ELECTRON_") || upper.startsWith("VSCODE_") || upper === "NODE_OPTIONS";
}

function inherited(own: Readonly<Record<string, string | undefined>>): Environment {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(defined(own))) if (!belongsToEditor(name)) define(env, name, value);
  return env;
}

function defined(own: Readonly<Record<string, string | undefined>>): Environment {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) if (value !== undefined) define(env, name, value);
  return env;
}

/** A variable may be called `__proto__`; assigning it would set the prototype instead. */
function define(env: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(env, name, { value, enumerable: true, configurable: true, writable: true });
}
