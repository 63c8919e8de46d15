import type { BlamePort } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the call about who used what needs of the engine. */
export interface BlameCallsApi {
  readonly blame: BlamePort;
}

export function createBlameHandlers({ blame }: BlameCallsApi): Pick<Handlers, "blame"> {
  return {
    blame: ({ swarmId, ...asked }, { signal }) => blame.report({ swarmId: swarmId ?? null, ...asked }, signal),
  };
}
