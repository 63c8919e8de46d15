import type { AgentRuleInput } from "../protocol/rules.ts";

/**
 * The agents known without configuration. Order matters: the first rule that fits decides. A kind may have several rules.
 *
 * `mcp` and the like are excluded everywhere: `claude mcp serve`, `codex mcp-server` or `claude-flow mcp start` serve another
 * agent and show as its helper.
 */
export const builtInRules: readonly AgentRuleInput[] = [
  {
    kind: "claude-code",
    label: "Claude Code",
    executables: ["claude"],
    scripts: ["claude"],
    interpreter: "node",
    packages: ["@anthropic-ai/claude-code", "@anthropic-ai/claude-agent-sdk"],
    // The native installer links ~/.local/bin/claude to .../claude/versions/2.1.37; editors carry it in their extension folder.
    paths: ["/claude/versions/\\d[^/]*$", "/anthropic\\.claude-code-[^/]+/.*\\.js$"],
    exclude: ["^mcp$", "^--type=", "^--(?:[a-z-]+-)?mcp$"],
    // The desktop application is called the same on Windows, and its own MCP servers and crash handler lie beside it.
    excludePaths: ["AnthropicClaude", "WindowsApps", "/Claude\\.app/"],
    source:
      "github.com/anthropics/claude-code issues 24398 and 61856 (native program named by its version, title `claude`), 22612 (extension's native program), cursor/cursor issue 2780 (`node --no-warnings=… --enable-source-maps /opt/homebrew/bin/claude`)",
  },
  {
    kind: "codex",
    label: "Codex",
    executables: ["codex"],
    scripts: ["codex"],
    interpreter: "node",
    packages: ["@openai/codex"],
    exclude: ["^mcp-server$", "^mcp$", "^--type=", "^completion$"],
    source:
      "github.com/openai/codex-plugin-cc issue 193 (`node /opt/homebrew/bin/codex …` with the native `codex-darwin-arm64/…/codex` below it); openai/codex pull request 934 and karaage0703/claude-coding-assistant issue 2 (`codex mcp-server`)",
  },
  {
    kind: "gemini-cli",
    label: "Gemini CLI",
    executables: ["gemini"],
    scripts: ["gemini"],
    interpreter: "node",
    packages: ["@google/gemini-cli"],
    exclude: ["^mcp$", "^extensions?$"],
    source:
      "github.com/google-gemini/gemini-cli issues 8951 (an inner process is launched with other Node options: one agent, two processes) and 24591 (single executable `gemini`)",
  },
  {
    kind: "qwen-code",
    label: "Qwen Code",
    executables: ["qwen"],
    scripts: ["qwen"],
    interpreter: "node",
    packages: ["@qwen-code/qwen-code"],
    exclude: ["^mcp$", "^extensions?$"],
    source: "a fork of Gemini CLI that starts the same way; the package's own bin entry",
  },
  {
    kind: "opencode",
    label: "OpenCode",
    executables: ["opencode", ".opencode", "opencode-cli"],
    scripts: ["opencode"],
    interpreter: "node",
    packages: ["opencode-ai"],
    exclude: ["^mcp$", "^--type="],
    source:
      "github.com/anomalyco/opencode issues 40812 (`…/bin/opencode serve` and its Bun arguments) and 6859 (`opencode-cli` of the desktop application)",
  },
  {
    kind: "aider",
    label: "Aider",
    executables: ["aider"],
    scripts: ["aider"],
    interpreter: "python",
    modules: ["aider", "aider.main"],
    packages: ["aider-chat", "aider-install"],
    source:
      "github.com/Aider-AI/aider issue 2330 (`uv tool install aider-chat`); installation pages (`python -m aider`)",
  },
  {
    kind: "goose",
    label: "Goose",
    executables: ["goosed"],
    require: ["^agent$"],
    source: "the server of Goose's desktop application is `goosed agent`",
  },
  {
    kind: "goose",
    label: "Goose",
    executables: ["goose"],
    packages: ["goose-ai"],
    // The database migration tool pressly/goose has the same name: `goose -dir db postgres DSN up`. Its verbs are none of these.
    require: ["^(?:session|s|run|r|web|acp|term|project|projects|bench|schedule|serve|gateway|tui)$"],
    bare: true,
    exclude: [
      "^mcp$",
      "^-dir",
      "^(?:postgres|mysql|sqlite3|mssql|redshift|tidb|clickhouse|vertica|ydb|turso|starrocks)$",
    ],
    source:
      "github.com/Kangentic/kangentic pull request 416 (two other programs called goose), hivecommons/hive pull request 1492 (`goose run -s`)",
  },
  {
    kind: "copilot-cli",
    label: "Copilot CLI",
    scripts: ["copilot"],
    interpreter: "node",
    packages: ["@github/copilot"],
    paths: ["/@github/copilot-[a-z0-9]+-[a-z0-9]+/copilot(?:\\.exe)?$"],
    exclude: ["^mcp$", "^--acp-mcp$"],
    source:
      "github.com/github/copilot-cli issue 3244 (npm-loader.js starts the native program of `@github/copilot-linux-x64`)",
  },
  {
    kind: "copilot-cli",
    label: "Copilot CLI",
    executables: ["copilot"],
    // AWS Copilot has the same name; these are its verbs.
    exclude: [
      "^mcp$",
      "^(?:app|deploy|env|init|job|svc|pipeline|task|storage|secret|run|docs|version|completion|upgrade)$",
    ],
    source: "as above; aws.github.io/copilot-cli for the verbs of the other program",
  },
  {
    kind: "cursor-agent",
    label: "Cursor Agent",
    executables: ["cursor-agent"],
    paths: ["/cursor-agent/versions/[^/]+/(?:index\\.js|cursor-agent)$"],
    exclude: ["^mcp$", "^worker-server$"],
    source: 'its launcher runs `exec -a "$0" node --use-system-ca …/cursor-agent/versions/VERSION/index.js`',
  },
  {
    kind: "cursor-agent",
    label: "Cursor Agent",
    // The same launcher is installed under this short name; only its script tells it from any other program called so.
    executables: ["agent"],
    require: ["/cursor-agent/versions/[^/]+/index\\.js$"],
    exclude: ["^mcp$", "^worker-server$"],
    source: "as above, installed as ~/.local/bin/agent",
  },
  {
    kind: "amp",
    label: "Amp",
    scripts: ["amp"],
    interpreter: "node",
    packages: ["@sourcegraph/amp", "@ampcode/amp"],
    paths: ["/\\.amp/bin/amp$"],
    exclude: ["^mcp$"],
    source: "the npm package's bin entry; the native installer's folder",
  },
  {
    kind: "amp",
    label: "Amp",
    executables: ["amp"],
    // A text editor has the same name and is given files; Amp is given options, a verb of its own, or nothing.
    require: [
      "^(?:-x|--execute|--stream-json|--stream-json-input|--dangerously-allow-all|--ide|--no-ide|--jetbrains|-m|--mode|threads|t|review|login)$",
    ],
    bare: true,
    exclude: ["^mcp$"],
    source: "ampcode.com manual; the editor is github.com/jmacdonald/amp",
  },
  {
    kind: "claude-flow",
    label: "claude-flow",
    executables: ["claude-flow", "ruflo"],
    scripts: ["claude-flow", "ruflo"],
    interpreter: "node",
    packages: ["claude-flow", "@claude-flow/cli", "ruflo"],
    // Hooks and memory calls are run by the dozen from inside other agents and end at once.
    exclude: ["^mcp$", "^hooks?$", "^memory$", "^statusline$"],
    // What `claude-flow mcp start` of version 2 runs.
    excludePaths: ["/mcp-server\\.js$"],
    source:
      "github.com/ruvnet/ruflo issues 943 and 1677, pull request 956 (`npx ruflo hive-mind spawn … --claude` starts `claude` below it)",
  },
];
