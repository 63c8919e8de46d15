import type { Coded } from "../../engine/protocol/model.ts";
import { reasonText } from "../../text/reasons.ts";

/** Why policies could not be compared, and what the operator can do about it. */
export function failureText(coded: Coded): string {
  switch (coded.code) {
    case "replay.empty":
      return `${reasonText(coded)} Let the swarm run for a while, compare more days, or import its past with "Swarm: Import Metrics…".`;
    case "rpc.closed":
      // A comparison changes nothing: that it may go on in the engine, as other requests do, says nothing here.
      return "The connection to the engine was lost, and the comparison with it. Nothing of the swarm was changed.";
    case "rpc.timeout":
    case "heavy.deadline":
      return `${reasonText(coded)} Compare fewer days, or fewer policies.`;
    default:
      return reasonText(coded);
  }
}
