import type { Coded } from "../common/errors.ts";

// The engine's log.

export interface Log {
  debug(code: string, args?: Coded["args"]): void;
  info(code: string, args?: Coded["args"]): void;
  warn(code: string, args?: Coded["args"]): void;
  error(code: string, args?: Coded["args"]): void;
}
