import { spawn } from "node:child_process";
import { Failure } from "./say.mjs";

const KEPT_OUTPUT_BYTES = 200_000;

/**
 * Runs a program to its end.
 * @param options `show`: its output goes to our stderr (or with "stdout" to stdout) as well; `allowFailure`: resolve with any exit code
 * @returns {Promise<{code: number, output: string}>} what it wrote to both streams, the last 200 KB
 * @throws Failure naming the program, its exit code and what it said
 */
export function run(command, args, { cwd, env, show = false, allowFailure = false, shell = false, label } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = show === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio, shell });
    let output = "";
    const take = (target) => (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT_BYTES);
      if (show) target.write(chunk);
    };
    child.stdout?.on("data", take(show === "stdout" ? process.stdout : process.stderr));
    child.stderr?.on("data", take(process.stderr));
    const name = label ?? [command, ...args].join(" ");
    child.on("error", (error) => reject(new Failure(`Could not run ${name}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0 || allowFailure) return resolve({ code: code ?? 1, output });
      reject(new Failure(`${name} failed (${signal ?? `exit code ${code}`}).${show ? "" : `\n${excerpt(output)}`}`));
    });
  });
}

/** The cause stands at the top with some programs (npm) and at the end with others. */
function excerpt(output) {
  const lines = output.trimEnd().split("\n");
  if (lines.length <= 50) return lines.join("\n");
  return [...lines.slice(0, 25), `… ${lines.length - 50} lines …`, ...lines.slice(-25)].join("\n");
}

/** Environment without what an outer `npm run` left in it, so that an inner npm reads only its own arguments and files. */
export function cleanEnvironment(extra = {}) {
  const env = {};
  for (const [key, value] of Object.entries(process.env)) {
    if (
      /^npm_(config_(loglevel|local_prefix|ignore_scripts|omit|include|global)$|lifecycle|package_|command)/i.test(key)
    ) {
      continue;
    }
    env[key] = value;
  }
  return { ...env, ...extra };
}

/** Runs npm: the one that started us, else the one on the PATH. */
export function npm(args, { cwd, env, label, allowFailure } = {}) {
  const common = { cwd, env: cleanEnvironment(env), label, allowFailure };
  const own = process.env.npm_execpath;
  if (own !== undefined && /npm-cli\.c?js$/.test(own)) return run(process.execPath, [own, ...args], common);
  return run("npm", args, { ...common, shell: process.platform === "win32" });
}
