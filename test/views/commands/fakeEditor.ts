import { vi } from "vitest";

/** What commands ask of the editor, as a record of what was shown and the answers a test has prepared. */
export interface FakeEditor {
  readonly shown: string[];
  /** Answers to modal questions and pick lists, by a part of their text; no answer means Escape. */
  readonly answers: Map<string, string>;
  trusted: boolean;
  setting: unknown;
  readonly commands: Map<string, (argument?: unknown) => Promise<void>>;
  savePath: string | null;
  openPath: string | null;
  document: string | null;
  /** What modal questions said below their first line, and what progress said. */
  readonly details: string[];
  readonly said: string[];
  /** By how much the bar of the progress grew, in per cent. */
  readonly increments: number[];
  /** Before a list is answered. */
  onPick: (title: string) => void;
  /** Files, by path. */
  readonly files: Map<string, string>;
  active: { readonly uri: object; readonly languageId: string; getText(): string } | null;
  /** Presses Cancel on the progress that is shown. */
  cancel: () => void;
}

export function freshEditor(): FakeEditor {
  return {
    shown: [],
    answers: new Map(),
    trusted: true,
    setting: undefined,
    commands: new Map(),
    savePath: null,
    openPath: null,
    document: null,
    details: [],
    said: [],
    increments: [],
    onPick: () => undefined,
    files: new Map(),
    active: null,
    cancel: () => undefined,
  };
}

/** The editor's API as far as commands use it. Nothing here waits. */
export function fakeVscode(editor: () => FakeEditor): object {
  const answer = (text: string, options: readonly string[]): string | undefined => {
    for (const [part, choice] of editor().answers) if (text.includes(part) && options.includes(choice)) return choice;
    return undefined;
  };
  const message =
    (kind: string) =>
    async (text: string, ...rest: unknown[]): Promise<string | undefined> => {
      const modal = typeof rest[0] === "object";
      if (modal) editor().details.push((rest[0] as { detail: string }).detail);
      const options = (modal ? rest.slice(1) : rest) as string[];
      editor().shown.push(`${modal ? "modal" : kind}: ${text}${options.length > 0 ? ` [${options.join(", ")}]` : ""}`);
      return answer(text, options);
    };
  class Emitter {
    readonly event = (): { dispose(): void } => ({ dispose: () => undefined });
    fire = vi.fn();
    dispose = vi.fn();
  }
  class Uri {
    readonly scheme = "file";
    readonly path: string;

    constructor(path: string) {
      this.path = path;
    }

    get fsPath(): string {
      return this.path;
    }

    toString(): string {
      return `file://${this.path}`;
    }

    static file(path: string): Uri {
      return new Uri(path);
    }

    static joinPath({ path }: Uri, ...parts: string[]): Uri {
      return new Uri([path, ...parts].join("/"));
    }
  }
  return {
    version: "1.105.0",
    EventEmitter: Emitter,
    Disposable: { from: (...all: { dispose(): void }[]) => ({ dispose: () => all.forEach((one) => one.dispose()) }) },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    ThemeIcon: vi.fn(),
    ThemeColor: vi.fn(),
    TreeItem: vi.fn(),
    UIKind: { Desktop: 1, Web: 2 },
    ConfigurationTarget: { Global: 1 },
    ProgressLocation: { Notification: 15 },
    Uri,
    env: {
      appName: "Editor",
      appHost: "desktop",
      uiKind: 1,
      remoteName: undefined,
      clipboard: { writeText: async () => undefined },
    },
    commands: {
      registerCommand: (id: string, run: (argument?: unknown) => Promise<void>) => {
        editor().commands.set(id, run);
        return { dispose: () => void editor().commands.delete(id) };
      },
      getCommands: async () => [...editor().commands.keys()],
      executeCommand: async (id: string, argument?: unknown) => editor().commands.get(id)?.(argument),
    },
    workspace: {
      get isTrusted() {
        return editor().trusted;
      },
      getConfiguration: () => ({
        inspect: () => ({ globalValue: editor().setting }),
        update: async (_: string, value: unknown) => void (editor().setting = value),
      }),
      openTextDocument: async ({ content }: { content: string }) => {
        editor().document = content;
        return { uri: Uri.file("Untitled-1"), getText: () => content };
      },
      get textDocuments() {
        const { active } = editor();
        return active === null ? [] : [active];
      },
      fs: {
        stat: async ({ path }: Uri) => ({ size: editor().files.get(path)?.length ?? 0 }),
        readFile: async ({ path }: Uri) => new TextEncoder().encode(editor().files.get(path)),
      },
    },
    window: {
      get activeTextEditor() {
        const { active } = editor();
        return active === null ? undefined : { document: active };
      },
      showInformationMessage: message("info"),
      showWarningMessage: message("warning"),
      showErrorMessage: message("error"),
      setStatusBarMessage: (text: string) => void editor().shown.push(`status: ${text}`),
      showTextDocument: async () => undefined,
      showSaveDialog: async () => {
        const path = editor().savePath;
        return path === null ? undefined : { scheme: "file", fsPath: path };
      },
      showOpenDialog: async () => {
        const path = editor().openPath;
        return path === null ? undefined : [Uri.file(path)];
      },
      showQuickPick: async (
        items: readonly { label: string }[],
        { title, canPickMany = false }: { title: string; canPickMany?: boolean },
      ) => {
        editor().onPick(title);
        editor().shown.push(`pick: ${title} [${items.map(({ label }) => label).join(", ")}]`);
        if (canPickMany) {
          // Labels with commas between them; an answer without any is Escape.
          const picked = [...editor().answers].find(([part]) => title.includes(part))?.[1].split(", ");
          return picked === undefined ? undefined : items.filter((item) => picked.includes(item.label));
        }
        const label = answer(
          title,
          items.map((item) => item.label),
        );
        return items.find((item) => item.label === label);
      },
      showInputBox: async ({
        prompt,
        value,
        validateInput,
      }: {
        prompt: string;
        value: string;
        validateInput: (typed: string) => string | null;
      }) => {
        editor().shown.push(`input: ${prompt} (${value})`);
        const typed = [...editor().answers].find(([part]) => prompt.includes(part))?.[1];
        const problem = typed === undefined ? null : validateInput(typed);
        if (problem !== null) editor().shown.push(`invalid: ${problem}`);
        return problem === null ? typed : undefined;
      },
      withProgress: async (
        { title }: { title: string },
        work: (progress: object, token: object) => Promise<unknown>,
      ): Promise<unknown> => {
        editor().shown.push(`progress: ${title}`);
        const report = ({ message: step, increment }: { message: string; increment?: number }): void => {
          editor().said.push(step);
          if (increment !== undefined) editor().increments.push(Math.round(increment));
        };
        const onCancellationRequested = (listener: () => void): { dispose(): void } => {
          editor().cancel = listener;
          return { dispose: () => undefined };
        };
        return work({ report }, { onCancellationRequested });
      },
    },
  };
}
