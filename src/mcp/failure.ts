import type { Coded } from "../engine/protocol/model.ts";

/** How a tool ends when it does not succeed. */
export class ToolFailure extends Error implements Coded {
  readonly code: string;
  readonly args: Coded["args"];

  constructor(code: string, args: Coded["args"] = {}) {
    super(`${code} ${JSON.stringify(args)}`);
    this.name = "ToolFailure";
    this.code = code;
    this.args = args;
  }
}

/** Whatever was thrown, as a reason. By shape, not by class: errors cross bundles; one of Node's has no `args`. */
export function failureOf(error: unknown): Coded {
  if (error instanceof Error && "code" in error && "args" in error) {
    const { code, args } = error as { code: unknown; args: unknown };
    if (typeof code === "string" && typeof args === "object" && args !== null)
      return { code, args: args as Coded["args"] };
  }
  return { code: "internal", args: { message: error instanceof Error ? error.message : String(error) } };
}
