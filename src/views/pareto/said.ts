import type { Coded } from "../../engine/protocol/model.ts";
import type { SwarmOptimization } from "../../engine/protocol/optimize.ts";
import type { PageOptimization } from "../../engine/protocol/paretoPage.ts";
import { aimName } from "../../text/allocation.ts";
import { modelErrorText } from "../../text/performancePlan.ts";
import { reasonText } from "../../text/reasons.ts";

/** The answer of a search for the page: reasons in words. */
export function optimizationOf(found: SwarmOptimization): PageOptimization {
  const { calibration } = found;
  return {
    ...found,
    said: {
      waitError: modelErrorText(calibration.waitWape, calibration.waitWapeReason, calibration.observations),
      aimsLeftOut: [
        ...found.aimsLeftOut.map(({ id, reason }) => `${aimName(id)} is no aim: ${leftOutText(reason)}`),
        ...(found.caveats ?? []).map(reasonText),
      ],
      current: currentText(found),
    },
  };
}

/** Nobody has given it a weight here: what to do is another thing than where a search is refused for it. */
function leftOutText(reason: Coded): string {
  return reason.args["datum"] === "price"
    ? 'no prices are configured. Set "prices" with "swarm-allocator config-set", and search again.'
    : reasonText(reason);
}

function currentText({ current }: SwarmOptimization): string {
  if (current === null) return "What the allocation in force comes to is not known.";
  const reason = current.objectives.find(({ value }) => value === null)?.reason ?? null;
  return reason === null ? "" : `The allocation in force: ${reasonText(reason)}`;
}

/** Why nothing was found, and what the operator can do about it. */
export function searchFailure(coded: Coded): string {
  switch (coded.code) {
    case "rpc.closed":
      // A search changes nothing: that it may go on in the engine says nothing here.
      return "The connection to the engine was lost, and the search with it. Nothing of the swarm was changed.";
    case "rpc.timeout":
    case "heavy.deadline":
      return `${reasonText(coded)} Search with fewer solutions, or fewer generations.`;
    default:
      return reasonText(coded);
  }
}
