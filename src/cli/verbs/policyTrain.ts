import { exitCode, policyOutput, policyReportFlags, policyTrainFlags } from "../../engine/protocol/cli.ts";
import type { PolicyReport } from "../../engine/protocol/dqn.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { policyLines } from "./policyLines.ts";

const LOOK_MS = 2_000;

export const policyTrain = defineVerb({
  name: "policy-train",
  summary: "Train a network to size a swarm on its own past, and judge it",
  notes: [
    "A deep Q-network practises on a simulated swarm that meets the earlier 70% of the stored demand, and is judged on the",
    "rest beside all other policies. It then advises in 'status'. It sizes the swarm only where it beats the adaptive policy",
    "there and the swarm's scaling.policy is 'dqn', and never past the adaptive policy's bounds, cooldowns and refusals.",
    "Ctrl-C cancels the training; what was trained before stays.",
  ],
  flags: policyTrainFlags,
  output: policyOutput,
  run: async (flags, context): Promise<PolicyReport> => {
    const connection = await context.connect(!flags["no-start"]);
    const { episodes, days, seed, timeout: deadlineMs } = flags;
    const swarmId = swarmIdOf(flags);
    const asked = { swarmId, episodes, days, seed, deadlineMs };
    const trained = connection.call(calls.trainPolicy, asked, context.interrupt);
    const over = new AbortController();
    const told = tellProgress(connection, swarmId, context, over.signal);
    try {
      return await trained;
    } finally {
      over.abort();
      await told;
    }
  },
  render: (report, width) => policyLines(report, width),
});

export const policyReport = defineVerb({
  name: "policy-report",
  summary: "Show how a swarm's trained network learned and what it is worth",
  notes: ["Exit code 3: none was trained, or the kept one cannot be used any more."],
  flags: policyReportFlags,
  output: policyOutput,
  run: async (flags, context): Promise<PolicyReport> => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.policyReport, { swarmId: swarmIdOf(flags) }, context.interrupt);
  },
  render: (report, width) => policyLines(report, width),
  exit: ({ trained }) => (trained === null ? exitCode.notReady : exitCode.ok),
});

/** Until the signal says that it is over. Never rejects: what is wrong, the training itself says. */
async function tellProgress(
  connection: EngineConnection,
  swarmId: string,
  context: VerbContext,
  over: AbortSignal,
): Promise<void> {
  let percent = -1;
  try {
    for (;;) {
      await context.delay(LOOK_MS, AbortSignal.any([over, context.interrupt]));
      if (over.aborted) return;
      const { trainingRatio } = await connection.call(calls.policyReport, { swarmId }, over);
      const now = trainingRatio === null ? percent : Math.floor(100 * trainingRatio);
      if (now !== percent) context.tell({ code: "training.progress", args: { percent: now } });
      percent = now;
    }
  } catch {
    // Over, interrupted, or not to be had: there is nothing more to tell.
  }
}
