import { reasonText } from "../../text/reasons.ts";
import { codedOf, isAborted } from "../sessionPort.ts";

/** What a page says of something that was asked of it: what came of it, or why not; nothing where the operator gave up. */
export async function saidOf(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    const coded = codedOf(error);
    return isAborted(coded) ? "" : reasonText(coded);
  }
}
