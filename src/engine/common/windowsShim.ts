import { posix, win32 } from "node:path";

/** What a command line starts: a program and the arguments that go before the caller's. */
export interface Resolved {
  readonly command: string;
  readonly args: readonly string[];
}

export interface ShimFiles {
  /** `null` when there is no such file. */
  readonly read: (path: string) => string | null;
}

/**
 * The script behind a `.cmd` shim as npm writes them for packages with a command (`cmd-shim`): it calls Node with a path
 * relative to its own folder (`"%dp0%\\node_modules\\…\\cli.js" %*`). Such a file could only be run through a shell, which
 * would read the prompt among its arguments as commands of its own; so the script is run by Node directly.
 * @returns `null` when the text is no such shim: then it is not run at all
 */
export function scriptOfShim(shimPath: string, text: string): string | null {
  const [, relative] = /"%(?:~)?dp0%?\\([^"%]+\.(?:c|m)?js)"\s+%\*/i.exec(text) ?? [];
  if (relative === undefined || relative.split("\\").some((part) => part === "")) return null;
  return win32.join(win32.dirname(shimPath), relative);
}

/**
 * On Windows: a command that is a `.cmd` or `.bat` file, by its path or found on `PATH`, becomes Node with its script.
 * Everything else stays as it is.
 * @param path entries of PATH
 * @returns `null`: it is a batch file and not a shim of a package, so there is no way to run it without a shell
 */
export function resolveShim(
  command: string,
  path: readonly string[],
  nodePath: string,
  files: ShimFiles,
): Resolved | null {
  const named = win32.isAbsolute(command) || command.includes("\\") || command.includes(posix.sep);
  const places = named ? [command] : path.map((folder) => win32.join(folder, command));
  for (const place of places) {
    const extension = win32.extname(place).toLowerCase();
    // A real program before a shim of the same name, as the system looks.
    if (extension === "" && files.read(`${place}.exe`) !== null) return { command: `${place}.exe`, args: [] };
    const shims = extension === "" ? [`${place}.cmd`, `${place}.bat`] : [place];
    for (const shim of shims) {
      if (!/\.(cmd|bat)$/i.test(shim)) continue;
      const text = files.read(shim);
      if (text === null) continue;
      const script = scriptOfShim(shim, text);
      return script === null ? null : { command: nodePath, args: [script] };
    }
  }
  return { command, args: [] };
}
