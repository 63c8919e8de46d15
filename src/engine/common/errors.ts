/** A reason or an error as data; views and the CLI turn it into text (and can translate it). */
export interface Coded {
  readonly code: string;
  readonly args: Readonly<Record<string, string | number | boolean | null>>;
}

/** An expected failure: a code and arguments, so that views and the CLI can word it. `message` is for logs only. */
export class CodedError extends Error implements Coded {
  readonly code: string;
  readonly args: Coded["args"];

  constructor(code: string, args: Coded["args"] = {}, options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(args)}`, options);
    this.name = "CodedError";
    this.code = code;
    this.args = args;
  }

  toJSON(): Coded {
    return { code: this.code, args: this.args };
  }
}

export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

/** The system's name of what `os.getPriority` and `os.setPriority` throw, as `ESRCH`; `null` for anything else. */
export function systemErrno(error: unknown): string | null {
  if (!isErrno(error, "ERR_SYSTEM_ERROR")) return null;
  return (error as { readonly info?: { readonly code?: string } }).info?.code ?? null;
}

/** Any thrown thing as a code: a `CodedError` keeps its own, everything else becomes `internal` with its text. */
export function toCoded(error: unknown): Coded {
  if (error instanceof CodedError) return error.toJSON();
  return { code: "internal", args: { message: messageOf(error) } };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
