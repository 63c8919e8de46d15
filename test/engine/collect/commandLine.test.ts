import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../../../src/engine/collect/commandLine.ts";
import { displayCommand, nameOf } from "../../../src/engine/collect/commandName.ts";
import { baseName, splitWords } from "../../../src/engine/collect/words.ts";

const parse = (text: string) => parseCommandLine(splitWords(text));

describe("taking a command line apart", () => {
  test.each([
    ["node --no-warnings -r dotenv/config --title claude /srv/app.js serve", "/srv/app.js", ["serve"]],
    ["/usr/bin/node --import=tsx --inspect-port 9229 a.mjs", "a.mjs", []],
    ["bun run /x/cli.ts -v", "/x/cli.ts", ["-v"]],
    ["deno run -A main.ts", "main.ts", []],
    ["python3.12 -X utf8 -W ignore /usr/bin/aider --model x", "/usr/bin/aider", ["--model", "x"]],
    ["/usr/share/code/code /home/a/cli.js --stdio", "/home/a/cli.js", ["--stdio"]],
    ["node -- app.js", "app.js", []],
  ])("%s runs the script %s", (text, script, rest) => {
    expect(parse(text)).toMatchObject({ form: "interpreter", script, rest });
  });

  test.each(["node", "node -e 'spawn(1)' claude", "node -p 1", "python -c 'import claude' claude", "node --inspect"])(
    "%s runs no script",
    (text) => {
      expect(parse(text)).toMatchObject({ form: "interpreter", script: null });
    },
  );

  test.each([
    ["npx -y @scope/name@1.2 mcp", "@scope/name", ["mcp"]],
    ["npm exec --package foo bar", "bar", []],
    ["pnpm dlx foo@latest", "foo", []],
    ["bunx foo", "foo", []],
    ["bun x foo", "foo", []],
    ["uvx --from aider-chat aider", "aider", []],
    ["uv --directory /x run server.py", "server.py", []],
    ["uv tool run ruff", "ruff", []],
    ["pipx run --spec x aider", "aider", []],
    ["python3 /usr/bin/pipx run aider", "aider", []],
    ["docker run -i --rm -e A -v /a:/b mcp/github stdio", "mcp/github", ["stdio"]],
    ["node /usr/lib/node_modules/npm/bin/npx-cli.js -y foo", "foo", []],
  ])("%s launches %s", (text, target, rest) => {
    expect(parse(text)).toMatchObject({ form: "launcher", target, rest });
  });

  test.each(["npm install claude", "npm run claude", "uv sync", "docker ps", "pipx install aider", "uv pip install x"])(
    "%s launches nothing",
    (text) => {
      expect(parse(text).form).toBe("native");
    },
  );

  test.each([
    ["bash -lc 'make x'", { script: null, text: "make x" }],
    ["-zsh", { script: null, text: null }],
    ["sh -e /x/run.sh a", { script: "/x/run.sh", text: null }],
    ["/usr/bin/zsh -c -l 'source a'", { script: null, text: "source a" }],
    ["bash -o pipefail -c x", { text: "x" }],
    ["cmd.exe /c npx foo", { text: "npx foo" }],
  ])("%s is a shell", (text, parts) => {
    expect(parse(text)).toMatchObject({ form: "shell", ...parts });
  });

  test("a title is cut into words, an empty command line is a program without a name", () => {
    expect(parseCommandLine(["npm exec @openai/codex"])).toMatchObject({ form: "launcher", target: "@openai/codex" });
    expect(parseCommandLine([])).toMatchObject({ form: "native", program: "" });
  });

  test("Windows paths and endings are understood", () => {
    expect(parseCommandLine(["C:\\Program Files\\nodejs\\NODE.EXE", "C:\\x\\cli.js"])).toMatchObject({
      program: "node",
      script: "C:\\x\\cli.js",
    });
    expect(baseName("C:\\a\\claude.exe")).toBe("claude.exe");
  });
});

describe("names", () => {
  test.each([
    ["node /p/node_modules/.bin/vitest run", "vitest"],
    ["node /p/node_modules/vitest/dist/worker.js", "vitest"],
    ["node /p/node_modules/typescript/bin/tsc -p .", "tsc"],
    ["node /p/node_modules/@modelcontextprotocol/server-git/dist/index.js", "@modelcontextprotocol/server-git"],
    ["node /home/a/weather-mcp/dist/index.js", "weather-mcp"],
    ["python3 -m mcp_server_git", "mcp_server_git"],
    ["python3 /x/train.py", "train"],
    ["/usr/bin/cargo build", "cargo"],
    ["npx -y foo@1", "foo"],
    ["bash -c make", "bash"],
    ["bash /x/start-mcp.sh", "start-mcp.sh"],
    ["node index.js", "index"],
  ])("%s is called %s", (text, name) => {
    expect(nameOf(parse(text), "comm")).toBe(name);
  });

  test("a process without a command line has its short name", () => {
    expect(nameOf(parseCommandLine([]), "kworker\u001b[31m")).toBe("kworker");
  });

  test("what looks like a secret is not shown", () => {
    const shown = displayCommand([
      "x",
      "--api-key",
      "abc",
      "--token=abc",
      "OPENAI_API_KEY=abc",
      "ghp_abcdefghijklmnop",
      "--auth-token",
      "--verbose",
      "path/key",
    ]);
    expect(shown).toBe("x --api-key *** --token=*** OPENAI_API_KEY=*** *** --auth-token --verbose path/key");
  });
});

describe("words", () => {
  test("are cut as a shell would", () => {
    expect(splitWords(`a "b c" 'd "e"' f\\g '' don't`)).toEqual(["a", "b c", 'd "e"', "f\\g", "", "don't"]);
    expect(splitWords("  ")).toEqual([]);
    expect(splitWords("'open to the end")).toEqual(["open to the end"]);
  });
});
