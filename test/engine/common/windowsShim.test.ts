import { describe, expect, test } from "vitest";
import { resolveShim, scriptOfShim } from "../../../src/engine/common/windowsShim.ts";

/** As npm's cmd-shim writes it. */
const shim = (script: string): string =>
  [
    "@ECHO off",
    "GOTO start",
    ":find_dp0",
    "SET dp0=%~dp0",
    "EXIT /b",
    ":start",
    "SETLOCAL",
    "CALL :find_dp0",
    'IF EXIST "%dp0%\\node.exe" (',
    '  SET "_prog=%dp0%\\node.exe"',
    ") ELSE (",
    '  SET "_prog=node"',
    "  SET PATHEXT=%PATHEXT:;.JS;=;%",
    ")",
    `endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\${script}" %*`,
  ].join("\r\n");

const npm = "C:\\Users\\me\\AppData\\Roaming\\npm";
const claude = "node_modules\\@anthropic-ai\\claude-code\\cli.js";
const files = (content: Record<string, string>) => ({ read: (path: string) => content[path] ?? null });

describe("a .cmd shim of npm", () => {
  test("is resolved to its script, found on PATH or by its path", () => {
    const there = files({ [`${npm}\\claude.cmd`]: shim(claude) });
    const expected = { command: "C:\\node.exe", args: [`${npm}\\${claude}`] };
    expect(resolveShim("claude", ["C:\\Windows", npm], "C:\\node.exe", there)).toEqual(expected);
    expect(resolveShim(`${npm}\\claude.cmd`, [], "C:\\node.exe", there)).toEqual(expected);
    expect(resolveShim("claude.CMD", [npm], "C:\\node.exe", files({ [`${npm}\\claude.CMD`]: shim(claude) }))).toEqual(
      expected,
    );
  });

  test("a program of that name earlier on PATH is taken instead", () => {
    const there = files({ "C:\\bin\\claude.exe": "MZ", [`${npm}\\claude.cmd`]: shim(claude) });
    expect(resolveShim("claude", ["C:\\bin", npm], "C:\\node.exe", there)).toEqual({
      command: "C:\\bin\\claude.exe",
      args: [],
    });
  });

  test("another batch file is not run: only a shell could, and it would read the prompt as commands", () => {
    for (const text of ["@echo off\r\ndel %1", '"%dp0%\\..%" %*', `"%_prog%" "%dp0%\\a%x%.js" %*`, ""])
      expect(resolveShim("tool", ["C:\\bin"], "C:\\node.exe", files({ "C:\\bin\\tool.cmd": text })), text).toBeNull();
    expect(scriptOfShim("C:\\a.cmd", '"%dp0%\\\\x.js" %*')).toBeNull();
  });

  test("everything else stays as it is", () => {
    expect(resolveShim("C:\\Program Files\\agent.exe", [], "C:\\node.exe", files({}))).toEqual({
      command: "C:\\Program Files\\agent.exe",
      args: [],
    });
  });
});
