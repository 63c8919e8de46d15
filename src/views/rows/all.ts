import { loadEngineWords } from "../engineWords.ts";
import { allocationReasons } from "../../text/reasons/allocation.ts";
import { kpiReasons } from "../../text/reasons/kpis.ts";
import { addReasons, reasonText } from "../../text/reasons.ts";
import { breakersTree, bulkheadsTree } from "../guard/model.ts";
import { taskDocument } from "../guard/taskDocument.ts";
import { orchestratedWords } from "../agents/orchestrated.ts";
import { allocationNodes } from "../decisions/allocations.ts";
import { explanation } from "../decisions/explain.ts";
import { sourcePlace } from "../flame/source.ts";
import { giveTokens } from "../secrets.ts";
import { kpisTree } from "../kpis/model.ts";

const rows = {
  ...{ allocationNodes, bulkheadsTree, breakersTree, kpisTree, orchestratedWords },
  ...{ taskDocument, explanation, sourcePlace, reasonText, giveTokens },
};
export type Rows = typeof rows;

/** This bundle has words of its own, taken from where the window takes its. */
export async function rowsInWords(): Promise<Rows> {
  await loadEngineWords();
  addReasons([kpiReasons, allocationReasons]);
  return rows;
}
