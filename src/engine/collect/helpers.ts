import { type CommandLine, parseCommandLine } from "./commandLine.ts";
import { baseName, splitWords } from "./words.ts";

/** "mcp" as a word: between dashes, underscores, dots, slashes… `mcp-server-git`, `playwright-mcp`, `mcp_server_fetch`. */
const SAYS_MCP = /(?:^|[^a-z0-9])mcp(?:[^a-z0-9]|$)|modelcontextprotocol/i;
/** `--mcp`, `--mcp-stdio`, `--claude-in-chrome-mcp`; but not `--mcp-config`, which an agent is given. */
const MCP_OPTION = /^--(?:[a-z0-9-]+-)?mcp(?:-server|-stdio)?$/i;
const SUB_COMMAND = /^[a-z][a-z0-9:_-]*$/i;
/** Programs whose arguments are things to look at or work on, not servers to start. */
const WORKS_ON_ARGUMENTS =
  /^(?:grep|egrep|fgrep|rg|ag|ack|git|gh|cat|bat|ls|ll|eza|find|fd|sed|awk|head|tail|less|more|vim|vi|nvim|nano|emacs|code|cp|mv|rm|mkdir|touch|echo|printf|diff|jq|curl|wget|tar|ssh|scp|rsync|make|man|which|sudo|kill|pkill|pgrep|ps|stat|du|df|tree|wc|sort|test|chmod|chown|ln|open|xdg-open|tmux|screen|sleep|watch|tee|xargs|time|cd|pushd|popd|source|\.|export|set|unset|eval|read|alias|type|cargo|go|pytest|tsc)$/;
/** Marks of the shells in which agents run their tools: whatever the text says, this is work, not a server. */
const TOOL_SHELL = /shell-snapshots?[/-]|SNAPSHOT_FILE=/;
/** How deep a shell's text may wrap another shell. */
const MAX_NESTING = 3;

/**
 * Whether a process started by an agent is an MCP server, as far as its own command line tells. Only words in the place of
 * a program, package, module or sub-command count, so that searching for "mcp" or working in a folder of that name does not.
 */
export function isHelperCommand(command: CommandLine, nesting = 0): boolean {
  if (command.rest.some((word) => MCP_OPTION.test(word))) return true;
  switch (command.form) {
    case "launcher":
      // `docker run … mcp/github` names the image; `npx -y tool mcp` says it behind the package.
      return (command.target !== null && SAYS_MCP.test(command.target)) || saysSubCommand(command.rest);
    case "interpreter":
      if (command.module !== null) return SAYS_MCP.test(command.module) || saysSubCommand(command.rest);
      if (command.script === null) return false;
      return SAYS_MCP.test(tellingPath(command.script)) || saysSubCommand(command.rest);
    case "shell":
      if (command.script !== null) return SAYS_MCP.test(baseName(command.script));
      if (command.text === null || nesting >= MAX_NESTING || TOOL_SHELL.test(command.text)) return false;
      return startedBy(command.text).some((words) => isHelperCommand(parseCommandLine(words), nesting + 1));
    case "native":
      if (WORKS_ON_ARGUMENTS.test(command.program)) return false;
      return SAYS_MCP.test(command.program) || saysSubCommand(command.rest);
  }
}

/** The first two words that are no options: `mcp serve`, `server mcp`; a path or a sentence is no sub-command. */
function saysSubCommand(rest: readonly string[]): boolean {
  return rest
    .filter((word) => !word.startsWith("-"))
    .slice(0, 2)
    .some((word) => SUB_COMMAND.test(word) && SAYS_MCP.test(word));
}

/**
 * The part of a script's path that tells what it is: behind the last `node_modules` or `site-packages` the package; else
 * without the home folder's owner, who may be called anything.
 */
function tellingPath(script: string): string {
  const path = script.replaceAll("\\", "/");
  const inPackage = Math.max(path.lastIndexOf("/node_modules/"), path.lastIndexOf("/site-packages/"));
  if (inPackage >= 0) return path.slice(inPackage + 1);
  return path.replace(/^(?:[A-Za-z]:)?\/(?:home|Users)\/[^/]+\//, "");
}

/** The commands that a shell text starts, each as words; settings of variables, `exec` and `cd X` left out. */
function startedBy(text: string): string[][] {
  const commands: string[][] = [];
  for (const part of text.slice(0, 4_000).split(/&&|\|\||[;|&\n]/)) {
    const words = [...splitWords(part)];
    while (
      words.length > 0 &&
      (/^\w+=/.test(words[0] as string) || /^(?:exec|env|nohup|command|time)$/.test(words[0] as string))
    )
      words.shift();
    if (words.length > 0) commands.push(words);
  }
  return commands;
}
