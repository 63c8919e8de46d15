import { cleanText } from "../common/text.ts";
import type { CommandLine } from "./commandLine.ts";
import { baseName } from "./words.ts";

const MAX_NAME = 60;
const MAX_COMMAND = 300;
/** File names that say nothing: the folder above them does. */
const GENERIC_FILE = /^(?:index|main|cli|server|app|start|run|worker|bin|entry|__main__|launch|launcher)(?:\.\w+)?$/;
const GENERIC_FOLDER = /^(?:dist|build|lib|src|bin|out|esm|cjs|scripts?|\.bin|current|node_modules)$/;

/** A short human name for a process: `vitest`, `tsc`, `mcp-server-git`. */
export function nameOf(command: CommandLine, comm: string): string {
  const name = cleanText(rawName(command), MAX_NAME);
  return name !== "" ? name : cleanText(comm, MAX_NAME);
}

function rawName(command: CommandLine): string {
  switch (command.form) {
    case "launcher":
      return command.target === null ? command.program : command.target;
    case "interpreter":
      if (command.module !== null) return command.module;
      return command.script === null ? command.program : scriptName(command.script);
    case "shell":
      return command.script === null ? command.program : baseName(command.script);
    case "native":
      return command.program;
  }
}

function scriptName(script: string): string {
  const path = script.replaceAll("\\", "/");
  const file = baseName(path);
  const inPackage = path.lastIndexOf("/node_modules/");
  if (/\/\.?bin\/[^/]+$/.test(path) && !GENERIC_FILE.test(file)) return withoutExtension(file);
  if (inPackage >= 0) {
    const parts = path.slice(inPackage + "/node_modules/".length).split("/");
    return parts[0]?.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? file);
  }
  if (!GENERIC_FILE.test(file)) return withoutExtension(file);
  const folder = path
    .split("/")
    .slice(0, -1)
    .findLast((part) => part !== "" && part !== "." && part !== ".." && !GENERIC_FOLDER.test(part));
  return folder ?? withoutExtension(file);
}

function withoutExtension(file: string): string {
  return file.replace(/\.(?:[cm]?[jt]s|py|rb|sh)$/, "") || file;
}

const SECRET_OPTION = /^--?[\w-]*(?:key|token|secret|password|passwd|credential|auth)[\w-]*$/i;
const SECRET_ASSIGNMENT = /^([\w-]*(?:key|token|secret|password|passwd|credential)[\w-]*[=:]).+$/i;
const SECRET_VALUE = /\b(?:sk-|sk_|ghp_|gho_|github_pat_|xox[abp]-|AKIA|AIza|glpat-|hf_|npm_)[\w-]{8,}/g;

/** The command as shown: one line, cleaned, and without what looks like a secret, since people do pass keys as arguments. */
export function displayCommand(args: readonly string[]): string {
  const shown: string[] = [];
  let length = 0;
  for (let at = 0; at < args.length && length <= MAX_COMMAND; at++) {
    let word = (args[at] as string).slice(0, MAX_COMMAND + 1);
    if (at > 0 && SECRET_OPTION.test(args[at - 1] as string) && !word.startsWith("-")) word = "***";
    else word = word.replace(SECRET_ASSIGNMENT, "$1***").replace(SECRET_VALUE, "***");
    shown.push(word);
    length += word.length + 1;
  }
  return cleanText(shown.join(" "), MAX_COMMAND);
}
