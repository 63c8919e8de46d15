import { Socket } from "node:net";
import { join } from "node:path";
import { createAllocations } from "./act/allocations.ts";
import { Attention } from "./act/attention.ts";
import { heavyChildren } from "./act/heavyChildren.ts";
import { KeeperClient } from "./act/keeperClient.ts";
import { Pilot } from "./act/pilot.ts";
import { Spawner } from "./act/spawner.ts";
import { stopFound, systemStop } from "./act/stopFound.ts";
import { SwarmSet } from "./act/swarmSet.ts";
import { Sweeper } from "./act/sweeper.ts";
import { SwarmAnomalies } from "./analyse/anomaly/swarmAnomalies.ts";
import { createCollector } from "./collect/collector.ts";
import { currentRecognizer } from "./collect/currentRecognizer.ts";
import { LinuxThreads } from "./collect/linuxThreads.ts";
import { createRecognizer } from "./collect/recognition.ts";
import { systemClock, systemTimer } from "./common/clock.ts";
import { coalesced } from "./common/coalesce.ts";
import { type Coded, messageOf, toCoded } from "./common/errors.ts";
import { ensureFolders, resolvePaths } from "./common/paths.ts";
import { keepYoungHeapSmall } from "./common/youngHeap.ts";
import { isAlive, readMachineIdentity, readStartTime } from "./common/processIdentity.ts";
import { createRng } from "./common/rng.ts";
import { uuidv7 } from "./common/uuid.ts";
import { planOf } from "./decide/allocation/planOf.ts";
import { trainedScaling } from "./decide/dqn/trainedScaling.ts";
import { Footprints } from "./decide/footprints.ts";
import { sizingRules } from "./decide/sizingRules.ts";
import { collectDiagnostics } from "./diagnostics.ts";
import { endingOf } from "./ending.ts";
import { Engine } from "./engine.ts";
import { tables } from "./forecast/importPlan.ts";
import { handOverTo } from "./handOver.ts";
import { Imports } from "./imports.ts";
import { createAgentsDoor, leaseWorldOf } from "./agentsDoor.ts";
import { createLookBack } from "./lookBack.ts";
import { metricsReport } from "./metricsReport.ts";
import type { ProcessReader, SwarmView } from "./ports.ts";
import type { ConfigValues } from "./protocol/config.ts";
import type { DemoFaults } from "./protocol/faultTolerance.ts";
import { engineExit, KEEPER_FD } from "./protocol/keeper.ts";
import { DEMO_ID } from "./providers/demo/provider.ts";
import { definitions } from "./providers/index.ts";
import { LocalSwarm } from "./providers/localSwarm.ts";
import type { ProviderContext } from "./providers/provider.ts";
import { placeOfProviders } from "./providerContext.ts";
import { privateNames, runtimeFacts } from "./runtimeFacts.ts";
import { createHandlers } from "./serve/api.ts";
import { decisionsState } from "./serve/decisionCalls.ts";
import { Doors } from "./serve/doors/doors.ts";
import { type RpcServer, startRpcServer } from "./serve/rpcServer.ts";
import { ConfigStore } from "./store/config.ts";
import { openStore } from "./store/store.ts";
import { takeLockSoon } from "./store/lock.ts";
import { FileLog } from "./store/log.ts";
import { checkSwarmIds, createOrchestration } from "./orchestration.ts";
import { forecastShape } from "./forecastShape.ts";
import { SwarmForecasts } from "./swarmForecasts.ts";
import { SwarmPolicies } from "./swarmPolicies.ts";
import { FAST_MS, TickLoop } from "./tickLoop.ts";
import { createWork } from "./work/createWork.ts";

/**
 * The engine process: joins the stages and starts the loop. Everything it holds ends with the process; whatever must
 * survive is in the journal, in `config.json` and with the keeper.
 */
const clock = systemClock;
const version = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0-source";
const buildId = typeof __BUILD_ID__ === "string" ? __BUILD_ID__ : "source";
const shutdown = new AbortController();
const GUARD_PAUSE_MS = 250;

main().catch((error: unknown) => {
  const reason = toCoded(error);
  process.stderr.write(`${JSON.stringify({ ...reason, stack: error instanceof Error ? error.stack : undefined })}\n`);
  const hopeless = "lock.held lock.unusable state.unwritable runtime.unwritable folder.foreign store.newer".split(" ");
  process.exit(hopeless.includes(reason.code) ? engineExit.unable : 1);
});

async function main(): Promise<void> {
  keepYoungHeapSmall();
  // 1. The folders, the mutex, what was stored.
  const paths = resolvePaths();
  ensureFolders(paths);
  const lock = await takeLockSoon(paths);
  const log = new FileLog(join(paths.logs, "engine-events.log"), clock);
  const store = openStore({
    path: paths.store,
    machineId: paths.machineId,
    clock,
    onNotice: (notice) => engine.notice(notice),
  });
  const { journal } = store;
  const machine = readMachineIdentity();
  const notices: Coded[] = [...paths.notices, ...store.notices];
  const config = new ConfigStore(paths.config, (values) => {
    createRecognizer({ userRules: values.recognitionRules });
    checkSwarmIds(values);
  });

  // 2. The keeper that started us.
  const pipe = new Socket({ fd: KEEPER_FD, readable: true, writable: true });
  const keeper = await KeeperClient.connect(pipe, { epoch: lock.epoch }, shutdown.signal);
  const startedAtMs = clock.wallMs();
  const { epoch } = lock;
  const identity = { pid: process.pid, version, buildId, epoch, startedAtMs, keeperPid: keeper.keeperPid };
  log.info("engine.started", { pid: process.pid, version, buildId, epoch });

  // 3. The world, and who acts in it.
  const processes: ProcessReader = { isAlive };
  const collector = createCollector({ clock });
  const recognizer = currentRecognizer(config, log);
  const spawner = new Spawner({ keeper, journal, epoch: lock.epoch, clock });
  const sweeper = new Sweeper({ keeper, installationId: journal.installationId, log });
  const swarms = new SwarmSet({
    keeper,
    journal,
    spawner,
    processes,
    clock,
    log,
    create: (definition) =>
      new LocalSwarm({
        definition,
        keeper,
        spawner,
        processes,
        clock,
        log,
        leaseOf: (spawnId) => work.leaseOf(spawnId),
        sweepGroup: (id, signal) => sweeper.sweepAgent(id, signal),
      }),
    sweep: async (signal) => void (await sweeper.sweep(signal)),
    onHoldEnded: (swarmId) => record({ code: "event.holdEnded", args: {} }, swarmId),
  });
  const faults: { faults: DemoFaults | null } = { faults: null };
  const context: ProviderContext = {
    ...{ ...placeOfProviders(), faults },
    supportInfo: (id) => (swarms.get(id).swarm as LocalSwarm).info,
  };
  const record = ({ code, args }: Coded, swarmId: string | null) => {
    const wallMs = clock.wallMs();
    store.events.add({ id: uuidv7(wallMs), wallMs, swarmId, code, args });
  };
  const runner = (id: string) => swarms.list().find((s) => s.id === id && s.supportOf === null)?.swarm ?? null;
  const leaseWorld = leaseWorldOf({ swarms, snapshot: () => engine.snapshot, room: (id) => footprints.room(id) });
  const work = createWork({
    store: store.tasks,
    policy: config.values.faultTolerance,
    runner,
    swarms: () => swarms.list().filter((s) => s.supportOf === null),
    faults: () => faults.faults,
    clock,
    rng: createRng(lock.epoch),
    log,
    onEvent: record,
    swarmRefusal: (id) => allocations.outputRefusal(id),
    ...{ leaseWorld, bootId: machine.bootId },
  });
  const { orchestrators, defineOrchestrators } = createOrchestration({
    ...{ clock, log, version, context, spawner, seed: lock.epoch, config: () => config.values },
    ...{ snapshot: () => engine.snapshot, book: () => pilot.book, onChange: () => outdated() },
  });
  const define = (values: ConfigValues) => {
    defineOrchestrators(values);
    swarms.define(definitions(values, context));
    work.reconfigure(values.faultTolerance);
    work.follow();
  };
  define(config.values);
  const loads = new Map(
    definitions(config.values, context).flatMap(({ id, load }) => (load === null ? [] : [[id, load()] as const])),
  );

  const { tfjsNodePath } = config.values;
  const { heavy, asked, trainer } = heavyChildren({ ...context, stateFolder: paths.state, tfjsNodePath });
  const minAccuracy = () => config.values.forecast.minAccuracy;
  const forecasts = new SwarmForecasts({ ...store, heavy, asked, trainer, clock, log, seed: lock.epoch, minAccuracy });
  const policies = new SwarmPolicies({ ...store, ...trainedScaling, trainer, clock, log, record });
  const anomalies = new SwarmAnomalies({
    series: store.series,
    shape: forecastShape,
    record,
    onUnread: (error, swarmId) => log.warn("anomalies.noHistory", { swarmId, reason: messageOf(error) }),
    seed: lock.epoch,
  });
  shutdown.signal.addEventListener("abort", () => {
    for (const one of [forecasts, lookBack, policies, heavy, asked, trainer, allocations, pilot, orchestrators])
      one.dispose();
  });
  const policy = () => config.values.history;
  const renew = (swarmId: string) => forecasts.renew(swarmId);
  const imports = new Imports({ ...store, tables, clock, policy, onChanged: renew, setTimer: systemTimer });
  const targetOf = (swarmId: string) => swarms.list().find(({ id }) => id === swarmId)?.target ?? 0;
  const footprints = new Footprints({ ...store, targetOf, leasedBytes: () => work.leases.unshownBytes() });
  const newScaler = (swarm: SwarmView) => trainedScaling.scaler(() => policies.chooserOf(swarm));
  const rules = sizingRules(footprints, newScaler);
  const lookBack = createLookBack({
    ...{ ...store, heavy: asked, clock, work, swarms, forecasts, footprints, anomalies, policies },
    config: () => config.values,
    preview: (wish, signal) => allocations.preview(wish, signal),
    overview: () => engine.overview,
    guard: () => work.guard(),
    cpuCores: () => engine.snapshot?.host.cpuCapacityCores ?? null,
    networkOf: (swarm) => policies.networkOf(swarm),
    ...{ log, profileFolder: paths.profiles, ownPids: new Set([process.pid, keeper.keeperPid]) },
  });
  const tasks = (swarmId: string, sinceMs: number) => work.window(swarmId, sinceMs);
  const pressure = () => engine.snapshot?.host.pressure ?? null;
  const whose = { newId: uuidv7, isForeign: (swarmId: string) => orchestrators.has(swarmId) };
  const pilot = new Pilot({ swarms, decisions: store.decisions, rules, tasks, pressure, clock, log, ...whose });

  const allocations = createAllocations({
    ...{ ...store, swarms, pilot, footprints, tasks, pressure, clock, log },
    ...{ planOf, rules: rules.plan },
    configured: {
      values: () => config.values,
      patch: (patch) => void config.patch("allocation", config.file.revision, patch),
      capacityOf: (lane) => work.guard().lanes.find((row) => row.lane === lane)?.capacity ?? 0,
    },
    onChange: () => decisionsSoon(),
  });

  const agents = createAgentsDoor({ ...lookBack, work, world: leaseWorld, swarms, footprints, allocations, clock });

  // 4. The middle, and the doors.
  let server: RpcServer | null = null;
  const counts = () => server?.counts() ?? { clients: 0, operators: 0, viewers: 0, lookers: 0 };
  // Between two ticks the overview may be behind: an action confirmed a moment ago must show in the next answer.
  let behind = false;
  const tick = () => {
    behind = false;
    engine.tick();
    agents.look();
  };
  const loop = new TickLoop(clock, () => {
    keeper.beat();
    tick();
    const removed = store.watch();
    if (removed !== null) {
      engine.notice(removed);
      ensureFolders(paths);
      config.restore();
    }
  });
  const putBack = () => Promise.all([lookBack.profiling.end(), orchestrators.end()]);
  const finish = endingOf({ log, loop, server: () => server, shutdown, putBack });
  const engine = new Engine(
    {
      clock,
      log,
      collector,
      threads: process.platform === "linux" ? new LinuxThreads() : null,
      recognizer,
      swarms,
      orchestrators,
      work,
      loads,
      series: store.series,
      moreSeries: lookBack.moreSeries,
      events: store.events,
      ...{ forecasts, policies, anomalies, footprints, pilot, allocations },
      config: () => config.values,
      configProblem: () => config.problem,
      attention: new Attention(clock.monotonicMs()),
      identity: { ...identity, restarts: keeper.engineStarts - 1 },
      counts,
      publish: (overview) => server?.publish("overview", overview),
      setInterval: (ms) => loop.setInterval(ms),
      lateTicks: () => loop.lateTicks,
      intervalMs: () => loop.intervalMs,
      onUnneeded: () => void (doors.isInUse || finish(engineExit.done, "unneeded")),
      lockIntact: () => lock.intact(),
    },
    notices,
  );
  config.onChange((values) => {
    define(values);
    log.info("config.changed", { count: config.file.revision });
    loop.soon();
  });
  const publishDecisions = () =>
    server?.publish("decisions", decisionsState({ pilot, swarms, allocations }, clock.wallMs()));
  // Several changes of one moment are one message.
  const decisionsSoon = coalesced(0, () => {
    publishDecisions();
    loop.soon();
  });
  pilot.onChange(decisionsSoon);
  // Tasks begin and end by the dozen a second; nobody reads that fast, and without a client nobody reads at all.
  work.onChange(coalesced(GUARD_PAUSE_MS, () => counts().clients > 0 && server?.publish("guard", work.guard())));
  const outdated = () => {
    behind = true;
    loop.soon();
  };
  swarms.onShapeChange(() => {
    outdated();
    // Whether a decision can be undone hangs on the target, the bounds and the hold.
    decisionsSoon();
  });
  const noOlderThan = (ms: number) => {
    if (behind || engine.snapshot === null || clock.monotonicMs() - engine.snapshot.monotonicMs > ms) tick();
    return engine.overview;
  };
  keeper.onLost((reason) => {
    // Our agents saw their stdin close with it. A new keeper, started by the next client, sweeps what is left.
    log.error("keeper.lost", { reason: reason.code });
    finish(1, "keeper lost");
  });

  // What an engine before this one left running is taken over before anybody can ask for more. Ending what nobody owns
  // may take seconds and is left to run beside: it counts against the caps until it is gone.
  await swarms.adopt();
  allocations.recover();
  swarms.sync().catch((error: unknown) => engine.notice(toCoded(error)));
  collector.read();

  // Not before: whoever asks may make the engine look, and what it has not taken over yet would look missing.
  const doors = new Doors({
    ...{ config, paths, identity, engine, work, forecasts, pilot, clock, log, signal: shutdown.signal },
    fresh: () => noOlderThan(FAST_MS),
  });
  server = await startRpcServer({
    paths,
    identity: { ...identity, startTime: readStartTime(process.pid), bootId: machine.bootId },
    clock,
    log: (level, code, args) => log[level](code, args),
    handlers: createHandlers({
      swarms,
      orchestrators,
      pilot,
      allocations,
      forecasts,
      ...lookBack,
      policies,
      anomalies,
      footprints,
      series: store.series,
      ...{ imports, doors },
      backups: store.backups,
      diagnostics: () =>
        collectDiagnostics({
          overview: engine.overview,
          runtime: runtimeFacts(startedAtMs, clock.wallMs()),
          store: store.series.health(config.values.history),
          log: log.tail().records,
          doors: doors.state(),
          names: privateNames(paths),
        }),
      wallMs: () => clock.wallMs(),
      record,
      ...{ work, agents },
      injectFaults: (wanted, by) => {
        faults.faults = wanted;
        record({ code: wanted === null ? "event.faultsEnded" : "event.faultsInjected", args: { by } }, DEMO_ID);
        server?.publish("guard", work.guard());
      },
      overview: () => noOlderThan(FAST_MS),
      // Rates over a few milliseconds would mostly measure the caller's own start.
      refresh: () => noOlderThan(FAST_MS / 2),
      report: metricsReport,
      stopFound: (...asked) => stopFound(systemStop(processes, clock), ...asked),
      config: { file: () => config.file, patch: (source, base, patch) => config.patch(source, base, patch) },
      setMode: (swarmId, mode, source) => {
        record({ code: "event.mode", args: { from: swarms.get(swarmId).mode, to: mode, by: source } }, swarmId);
        config.setMode(swarmId, mode, source);
      },
      restart: () => finish(engineExit.restart, "restart asked for"),
      stop: () => finish(engineExit.done, "stop asked for"),
      handOver: handOverTo({
        ...{ version, engines: paths.engines, useEngine: (folder) => keeper.useEngine(folder, shutdown.signal) },
        finish: () => finish(engineExit.restart, "handed over"),
      }),
    }),
  });
  const { clients, onClients } = server;
  onClients(() => {
    imports.keepOnly(new Set(clients().map(({ id }) => id)));
    loop.soon();
  });
  log.onAdded(() => server?.publish("log", log.tail()));
  server.publish("log", log.tail());
  server.publish("guard", work.guard());
  publishDecisions();
  const restarts = keeper.engineStarts - 1;
  record({ code: "event.engineStarted", args: { version, pid: process.pid, restarts } }, null);
  loop.setInterval(FAST_MS);
  loop.start();

  process.on("SIGTERM", () => finish(engineExit.restart, "SIGTERM"));
  process.on("SIGINT", () => undefined);
  process.on("unhandledRejection", (error) => log.error("engine.unhandled", { reason: messageOf(error) }));
}
