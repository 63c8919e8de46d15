import { evidence, type Look, meanOf, NOT_TOLD, untold } from "./finding.ts";

/** What goes over the wires is known; what they could carry is not, nor what was lost. */
export const network: Look = ({ machine, windowMs }) => {
  const received = meanOf(machine.networkReceiveBytesPerSecond);
  const sent = meanOf(machine.networkTransmitBytesPerSecond);
  const both = received === null || sent === null ? null : received + sent;
  return [
    untold({ component: "network", kind: "utilisation" }, { code: "bottleneck.linkSpeed", args: {} }, [
      evidence("networkBytesPerSecond", both, "window", { windowMs }),
    ]),
    untold({ component: "network", kind: "saturation" }, NOT_TOLD),
    untold({ component: "network", kind: "errors" }, NOT_TOLD),
  ];
};
