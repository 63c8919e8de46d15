import { baseName, splitWords } from "./words.ts";

/**
 * What a command line says about the program behind it.
 * - `native` the program itself
 * - `interpreter` node, bun, deno, python…: the script or module is the program
 * - `shell` a shell with a script, with `-c TEXT`, or waiting for a person
 * - `launcher` npx, uvx, pipx, `docker run`…: fetches and starts `target`, and then only waits
 */
export type CommandLine = {
  /** File name of argument 0, without `.exe` and the dash of login shells. */
  readonly program: string;
  /** Argument 0 as given. */
  readonly programPath: string;
  /** What follows the program, or the script, or the target. */
  readonly rest: readonly string[];
} & (
  | { readonly form: "native" }
  | {
      readonly form: "interpreter";
      readonly family: "node" | "python" | "other";
      readonly script: string | null;
      readonly module: string | null;
    }
  | { readonly form: "shell"; readonly script: string | null; readonly text: string | null }
  | { readonly form: "launcher"; readonly target: string | null }
);

const NODE = /^(?:node|nodejs|node[-.]?\d[\d.]*|bun|bun-\w+|deno|tsx|ts-node)$/;
const PYTHON = /^(?:python|pypy)[\d.]*w?$/i;
const OTHER_INTERPRETER = /^(?:ruby|perl|php|java|dotnet)[\d.]*$/;
const SHELL = /^(?:sh|bash|dash|zsh|ksh|mksh|fish|ash|busybox|cmd|powershell|pwsh)$/;
/** Editors that run a script as Node would when told so by the environment; only then is their first argument a script. */
const ELECTRON =
  /^(?:electron|code|code-insiders|codium|vscodium|cursor|windsurf|Code Helper(?: \(Plugin\))?|Electron|Code|Cursor Helper(?: \(Plugin\))?)$/;
const SCRIPT_FILE = /\.[cm]?[jt]s$/;

/** Options that take their value as the next argument; a value joined by `=` needs no entry. */
const VALUE_OPTIONS = {
  node: new Set(
    "-r --require --import --loader --experimental-loader -C --conditions --input-type --env-file --env-file-if-exists --inspect-port --icu-data-dir --openssl-config --redirect-warnings --title --trace-event-categories --trace-event-file-pattern --unhandled-rejections --max-http-header-size --disable-warning --experimental-default-type --watch-path --diagnostic-dir --report-dir --localstorage-file --stack-trace-limit --cwd --preload --tsconfig".split(
      " ",
    ),
  ),
  python: new Set(["-W", "-X", "--check-hash-based-pycs"]),
  npx: new Set([
    "-p",
    "--package",
    "-w",
    "--workspace",
    "--prefix",
    "--registry",
    "--cache",
    "--userconfig",
    "-c",
    "--call",
    "--loglevel",
  ]),
  uvx: new Set(
    "--from --with --with-editable --with-requirements -p --python --index --index-url -i --extra-index-url --default-index --directory --project --env-file --cache-dir --config-file --spec --pip-args --refresh-package -P --upgrade-package --constraints -c --python-platform --no-build-package --extra --group".split(
      " ",
    ),
  ),
  docker: new Set(
    "-e --env --env-file -v --volume --name --network --net -p --publish -w --workdir -u --user --mount --entrypoint --platform -l --label -m --memory --cpus --add-host --tmpfs -h --hostname --pull --restart --ulimit --cap-add --cap-drop --security-opt --device --gpus --cidfile --log-driver --log-opt --dns --ipc --pid".split(
      " ",
    ),
  ),
} as const;

/** Options of Node after which there is no script: the program is in the argument. */
const NODE_TEXT = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

/**
 * Takes a command line apart. Never throws, whatever the arguments are.
 * A process that renamed itself (`process.title = "npm exec foo"`) has its title as one argument: its words count.
 */
export function parseCommandLine(raw: readonly string[]): CommandLine {
  const args = raw.length === 1 && /\s/.test(raw[0] as string) ? splitWords(raw[0] as string) : raw;
  const programPath = args[0] ?? "";
  const program = programName(programPath);
  const tail = args.slice(1);
  const base = { program, programPath };
  if (NODE.test(program)) return ofNode(base, tail);
  if (PYTHON.test(program)) return ofPython(base, tail);
  if (SHELL.test(program)) return { ...base, form: "shell", ...shellParts(tail) };
  if (OTHER_INTERPRETER.test(program)) {
    const at = firstPlain(tail, new Set());
    return {
      ...base,
      form: "interpreter",
      family: "other",
      script: tail[at] ?? null,
      module: null,
      rest: tail.slice(at + 1),
    };
  }
  if (ELECTRON.test(program) && SCRIPT_FILE.test(tail[0] ?? "")) {
    return {
      ...base,
      form: "interpreter",
      family: "node",
      script: tail[0] as string,
      module: null,
      rest: tail.slice(1),
    };
  }
  return ofLauncher(base, program, tail) ?? { ...base, form: "native", rest: tail };
}

function programName(path: string): string {
  let name = baseName(path).replace(/^-/, "");
  if (/\.(?:exe|cmd|bat|com)$/i.test(name)) name = name.replace(/\.\w+$/, "").toLowerCase();
  return name;
}

type Base = Pick<CommandLine, "program" | "programPath">;

function ofNode(base: Base, tail: readonly string[]): CommandLine {
  if (base.program.startsWith("bun") && tail[0] === "x") return launcher(base, tail.slice(1), VALUE_OPTIONS.npx);
  for (let at = 0; at < tail.length; at++) {
    const word = tail[at] as string;
    if (NODE_TEXT.has(word))
      return { ...base, form: "interpreter", family: "node", script: null, module: null, rest: tail.slice(at + 1) };
    if (VALUE_OPTIONS.node.has(word)) at++;
    else if (!word.startsWith("-") && !((word === "run" || word === "--") && base.program !== "node")) {
      const rest = tail.slice(at + 1);
      // npm's own scripts before they take their title: what they start is what counts.
      const npm = /[\\/]npm[\\/]bin[\\/](npx|npm)-cli\.js$/.exec(word)?.[1];
      const asLauncher = npm === undefined ? null : ofLauncher(base, npm, rest);
      return asLauncher ?? { ...base, form: "interpreter", family: "node", script: word, module: null, rest };
    }
  }
  return { ...base, form: "interpreter", family: "node", script: null, module: null, rest: tail };
}

function ofPython(base: Base, tail: readonly string[]): CommandLine {
  for (let at = 0; at < tail.length; at++) {
    const word = tail[at] as string;
    const rest = tail.slice(at + 1);
    if (word === "-c") return { ...base, form: "interpreter", family: "python", script: null, module: null, rest };
    if (word === "-m")
      return {
        ...base,
        form: "interpreter",
        family: "python",
        script: null,
        module: rest[0] ?? null,
        rest: rest.slice(1),
      };
    if (VALUE_OPTIONS.python.has(word)) at++;
    else if (!word.startsWith("-")) {
      // `python /usr/bin/pipx run aider` and the like.
      const asLauncher = ofLauncher(base, baseName(word), rest);
      return asLauncher ?? { ...base, form: "interpreter", family: "python", script: word, module: null, rest };
    }
  }
  return { ...base, form: "interpreter", family: "python", script: null, module: null, rest: tail };
}

function shellParts(tail: readonly string[]): { script: string | null; text: string | null; rest: readonly string[] } {
  let wantsText = false;
  for (let at = 0; at < tail.length; at++) {
    const word = tail[at] as string;
    if (/^\/[ck]$/i.test(word)) return { script: null, text: tail.slice(at + 1).join(" "), rest: [] };
    if (/^-[a-zA-Z]*c[a-zA-Z]*$/.test(word)) wantsText = true;
    else if (word === "-o" || word === "+o" || word === "--rcfile" || word === "--init-file") at++;
    else if (!/^[-+]/.test(word)) {
      return wantsText
        ? { script: null, text: word, rest: tail.slice(at + 1) }
        : { script: word, text: null, rest: tail.slice(at + 1) };
    }
  }
  return { script: null, text: null, rest: [] };
}

/** `null` when the program starts nothing on another's behalf. */
function ofLauncher(base: Base, name: string, tail: readonly string[]): CommandLine | null {
  const verb = tail[0];
  switch (name) {
    case "npx":
    case "bunx":
    case "pnpx":
      return launcher(base, tail, VALUE_OPTIONS.npx);
    case "npm":
    case "pnpm":
    case "yarn":
      return verb === "exec" || verb === "x" || verb === "dlx"
        ? launcher(base, tail.slice(1), VALUE_OPTIONS.npx)
        : null;
    case "uvx":
      return launcher(base, tail, VALUE_OPTIONS.uvx);
    case "uv": {
      const at = firstPlain(tail, VALUE_OPTIONS.uvx);
      if (tail[at] === "run") return launcher(base, tail.slice(at + 1), VALUE_OPTIONS.uvx);
      // `uvx x` becomes `uv tool uvx x`.
      return tail[at] === "tool" && (tail[at + 1] === "run" || tail[at + 1] === "uvx")
        ? launcher(base, tail.slice(at + 2), VALUE_OPTIONS.uvx)
        : null;
    }
    case "pipx":
      return verb === "run" ? launcher(base, tail.slice(1), VALUE_OPTIONS.uvx) : null;
    case "docker":
    case "podman":
      return verb === "run" ? launcher(base, tail.slice(1), VALUE_OPTIONS.docker) : null;
    default:
      return null;
  }
}

function launcher(base: Base, tail: readonly string[], valueOptions: ReadonlySet<string>): CommandLine {
  const at = firstPlain(tail, valueOptions);
  const target = tail[at];
  return {
    ...base,
    form: "launcher",
    target: target === undefined ? null : withoutVersion(target),
    rest: tail.slice(at + 1),
  };
}

/** `@scope/name@1.2` → `@scope/name`. */
function withoutVersion(target: string): string {
  const at = target.indexOf("@", 1);
  return at > 0 ? target.slice(0, at) : target;
}

/** Index of the first word that is neither an option nor the value of one; the length when there is none. */
function firstPlain(words: readonly string[], valueOptions: ReadonlySet<string>): number {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (valueOptions.has(word)) at++;
    else if (!word.startsWith("-")) break;
  }
  return Math.min(at, words.length);
}
