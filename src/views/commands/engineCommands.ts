import { calls } from "../../engine/protocol/rpc.ts";
import { withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, rejectOn } from "../sessionPort.ts";
import { chooseScope, openClaims } from "./claims.ts";
import { type Command, connected } from "./command.ts";

const RESTART_DEADLINE_MS = 30_000;
const timedOut = { code: "rpc.timeout", args: { method: "engine/restart", afterMs: RESTART_DEADLINE_MS } };

export const showLog: Command = {
  id: commandIds.showLog,
  couldNot: "Could not show the log",
  acts: false,
  async run(world) {
    world.log.show();
  },
};

export const collectMetrics: Command = {
  id: commandIds.collectMetrics,
  couldNot: "Could not collect metrics",
  acts: false,
  async run(world, subject) {
    const all = { label: "The machine and its agents", description: "measured" };
    const scope = await chooseScope(world.overview.latest?.swarms, subject, "Collect Metrics", all);
    if (scope === "all") await world.pages.openMetrics();
    else if (scope !== null) await openClaims(world, await connected(world), scope, "metrics_collect");
  },
};

/** Agents go on meanwhile: the keeper holds them. */
export const restartEngine: Command = {
  id: commandIds.restartEngine,
  couldNot: "Could not restart the engine",
  acts: true,
  async run({ session, overview }) {
    await withProgress("Restarting the swarm engine", async (cancel, say) => {
      const signal = AbortSignal.any([cancel, AbortSignal.timeout(RESTART_DEADLINE_MS)]);
      if (session.state.kind === "connected") {
        const before = await session.connection(signal);
        const gone = new Promise<void>((resolve) => before.onClosed(() => resolve()));
        try {
          await before.call(calls.engineRestart, {}, signal);
        } catch (error) {
          // It may go before its answer does: that is what was asked for.
          if (codedOf(error).code !== "rpc.closed") throw error;
        }
        say("waiting for it to come back");
        await Promise.race([gone, rejectOn(signal, timedOut)]);
      } else session.restart();
      await session.connection(signal);
      say("waiting for the first sample");
      await Promise.race([new Promise<void>((resolve) => once(overview, resolve)), rejectOn(signal, timedOut)]);
    });
  },
};

function once(feed: { on(listener: () => void): { dispose(): void } }, then: () => void): void {
  const handle = feed.on(() => {
    handle.dispose();
    then();
  });
}
