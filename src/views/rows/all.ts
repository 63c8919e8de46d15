import { loadEngineWords } from "../engineWords.ts";
import { breakersTree, bulkheadsTree } from "../guard/model.ts";
import { taskDocument } from "../guard/taskDocument.ts";

const rows = { bulkheadsTree, breakersTree, taskDocument };
export type Rows = typeof rows;

/** This bundle has words of its own, taken from where the window takes its. */
export async function rowsInWords(): Promise<Rows> {
  await loadEngineWords();
  return rows;
}
