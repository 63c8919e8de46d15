import type { ImportsPort } from "../ports.ts";
import type { ImportUndoResult } from "../protocol/imports.ts";
import type { Coded } from "../protocol/model.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about imports need of the engine. */
export interface ImportCallsApi {
  readonly imports: ImportsPort;
  /** Kept for the operator's look back. */
  readonly record: (event: Coded, swarmId: string | null) => void;
}

type ImportCall = "importBegin" | "importPiece" | "importRead" | "importCommit" | "importCancel" | "importUndo";

/** @throws CodedError `swarm.unknown`, `swarm.observed` by `managed` */
export function createImportHandlers(
  { imports, record }: ImportCallsApi,
  managed: (swarmId: string) => { readonly id: string },
): Pick<Handlers, ImportCall> {
  return {
    importBegin: (params, { client }) => ({
      importId: imports.begin({ ...params, swarmId: managed(params.swarmId).id }, client.id),
    }),
    importPiece: async ({ importId, data }, { client, signal }) => ({
      rows: await imports.piece(importId, Buffer.from(data, "base64"), client.id, signal),
    }),
    importRead: ({ importId }, { client, signal }) => imports.read(importId, client.id, signal),
    importCommit: async (params, { client, signal }) => {
      const result = await imports.commit(params, client, signal);
      const { file, rows, series, swarmId } = result;
      record({ code: "event.imported", args: { file, rows, by: client.name, ...spanArgs(series) } }, swarmId);
      return result;
    },
    importCancel: async ({ importId }, { client }) => {
      await imports.cancel(importId, client.id);
      return null;
    },
    importUndo: async ({ swarmId, runId }, { client }) => {
      const undone = await imports.undo(managed(swarmId).id, runId);
      const args = { file: undone.file, by: client.name, ...spanArgs(undone.series) };
      record({ code: "event.importUndone", args }, undone.swarmId);
      return undone;
    },
  };
}

function spanArgs(series: ImportUndoResult["series"]): Coded["args"] {
  return {
    metric: series.map(({ metric }) => metric).join(", "),
    from: new Date(Math.min(...series.map(({ fromMs }) => fromMs))).toISOString(),
    to: new Date(Math.max(...series.map(({ toMs }) => toMs))).toISOString(),
  };
}
