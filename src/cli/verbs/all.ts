import type { Verb } from "../verb.ts";
import { agentStop } from "./agentStop.ts";
import { configGet, configSet } from "./config.ts";
import { engineStop } from "./engineStop.ts";
import { helpVerb } from "./help.ts";
import { metricsCollect } from "./metricsCollect.ts";
import { status } from "./status.ts";
import { swarmScale, swarmStart, swarmStop } from "./swarm.ts";
import { version } from "./version.ts";

/** Every verb, in the order in which help lists them. A new verb is one file and one line here. */
export const verbs: readonly Verb[] = [
  status,
  swarmStart,
  swarmStop,
  swarmScale,
  agentStop,
  metricsCollect,
  configGet,
  configSet,
  engineStop,
  helpVerb(() => verbs),
  version,
];
