import { existsSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { basename, dirname, join } from "node:path";
import { KeeperClient } from "../../../src/engine/act/keeperClient.ts";
import { systemClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { resolvePaths } from "../../../src/engine/common/paths.ts";
import { readStartTime } from "../../../src/engine/common/processIdentity.ts";
import { engineExit, KEEPER_FD } from "../../../src/engine/protocol/keeper.ts";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import { startRpcServer } from "../../../src/engine/serve/rpcServer.ts";
import { takeLock } from "../../../src/engine/store/lock.ts";

/**
 * An engine with the real lock, keeper channel and door, and nothing behind them. Its version is that of the folder it
 * runs from; a file `misbehave` in the state folder makes it crash (`crash`) or never open its door (`hang`).
 */
const paths = resolvePaths();
const plan = join(paths.state, "misbehave");
const misbehaviour = existsSync(plan) ? readFileSync(plan, "utf8") : "";
const version = /^(.+)-[0-9a-f]{12}$/.exec(basename(dirname(process.argv[1] ?? "")))?.[1] ?? "0.0.0";

if (misbehaviour === "crash") throw new Error("told to crash");
if (misbehaviour === "hang") setInterval(() => undefined, 1_000);
else void serve();

async function serve(): Promise<void> {
  const { epoch } = takeLock(paths);
  const never = new AbortController().signal;
  const pipe = new Socket({ fd: KEEPER_FD, readable: true, writable: true });
  const keeper = await KeeperClient.connect(pipe, { epoch }, never);
  setInterval(() => keeper.beat(), 1_000);
  const absent = () => {
    throw new CodedError("test.absent");
  };
  const end = async (code: number) => {
    await server.close();
    process.exit(code);
  };
  const overview = (wallMs: number): Overview => ({
    wallMs,
    intervalMs: null,
    host: null,
    facts: null,
    swarms: [],
    engine: { epoch } as Overview["engine"],
  });
  const server = await startRpcServer({
    paths,
    identity: {
      pid: process.pid,
      startTime: readStartTime(process.pid),
      bootId: "fixture",
      epoch,
      version,
      buildId: "fixture",
      keeperPid: keeper.keeperPid,
      startedAtMs: Date.now(),
    },
    handlers: {
      overview: () => overview(server.counts().lookers),
      swarmStart: absent,
      swarmStop: absent,
      scalePreview: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new CodedError("aborted")));
        }),
      swarmScale: absent,
      stopPreview: absent,
      agentStop: absent,
      metricsCollect: absent,
      doors: absent,
      metricsText: absent,
      agentCapacity: absent,
      configGet: absent,
      configPatch: absent,
      importBegin: absent,
      importPiece: absent,
      importRead: absent,
      importCommit: absent,
      importCancel: absent,
      importUndo: absent,
      swarmMode: absent,
      swarmHold: absent,
      decisions: absent,
      decisionApply: absent,
      decisionDismiss: absent,
      decisionUndo: absent,
      history: absent,
      forecast: absent,
      forecastReport: absent,
      predictScaling: absent,
      patterns: absent,
      kpis: absent,
      capacityPlan: absent,
      performanceReport: absent,
      bottlenecks: absent,
      comparePolicies: absent,
      optimize: absent,
      optimizePerformance: absent,
      allocationPreview: absent,
      allocationApply: absent,
      allocationUndo: absent,
      allocations: absent,
      trainPolicy: absent,
      policyReport: absent,
      anomalies: absent,
      backup: absent,
      blame: absent,
      profilePreview: absent,
      profile: absent,
      profileEngine: absent,
      profileStacks: absent,
      claimed: absent,
      orchestratorToken: absent,
      allocateResources: absent,
      predictiveScale: absent,
      diagnostics: absent,
      taskSubmit: absent,
      tasks: absent,
      task: absent,
      taskCancel: absent,
      taskRetry: absent,
      guard: absent,
      capacityRequest: absent,
      capacityRenew: absent,
      capacityRelease: absent,
      throttles: absent,
      estimate: absent,
      scaleAsk: absent,
      profileLatest: absent,
      laneAction: absent,
      laneResize: absent,
      breakerAction: absent,
      faultInject: absent,
      engineRestart: () => {
        void end(engineExit.restart);
        return null;
      },
      engineStop: () => {
        void end(engineExit.done);
        return { ended: 0 };
      },
      handOver: async ({ folder }, { signal }) => {
        await keeper.useEngine(folder, signal);
        void end(engineExit.restart);
        return null;
      },
    },
    clock: systemClock,
    log: () => undefined,
  });
  server.publish("overview", overview(1));
  setInterval(() => server.publish("overview", overview(Date.now())), 50);
}
