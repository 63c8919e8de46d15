import type { Coded } from "./common/errors.ts";
import { calls } from "./protocol/rpc.ts";

/**
 * What of a reason's or a log record's arguments may leave the machine: only names listed here. Under them numbers, truth
 * values and "unknown" as they are; a text only in the form that such a value of ours has, an error's name, a signal, a
 * version, a place in our own folders. Whatever else it says is left out, and that something was is said.
 */

/** Names and places that tell whose machine it is. */
export interface PrivateNames {
  readonly home: string;
  readonly user: string;
  readonly hostname: string;
  /** Our own folders: what lies in them is named without where they are. */
  readonly stateFolder: string;
  readonly runtimeFolder: string;
}

/** Stands for a text that was left out. */
export const LEFT_OUT = "(left out)";

/** How swarms are called in the report, by their ids. */
export type SwarmNames = ReadonlyMap<string, string>;

type Rule = (value: string, names: PrivateNames, swarms: SwarmNames) => string | null;

const form =
  (pattern: RegExp): Rule =>
  (value) =>
    pattern.test(value) ? value : null;

const methods = new Set<string>(Object.values(calls).map(({ method }) => method));
/** `ENOSPC`, `ERR_SQLITE_ERROR`, `SQLITE_FULL`: of what a text says, the part that is always ours or the system's. */
const ERROR_NAME =
  /\b(?:E(?:ACCES|AGAIN|BUSY|CONNREFUSED|CONNRESET|EXIST|INTR|INVAL|IO|ISDIR|MFILE|NAMETOOLONG|NFILE|NOENT|NOMEM|NOSPC|NOSYS|NOTCONN|NOTDIR|NOTEMPTY|PERM|PIPE|ROFS|SRCH|TIMEDOUT|TXTBSY|XDEV|2BIG)|ERR_SQLITE_ERROR|SQLITE_(?:BUSY|CANTOPEN|CORRUPT|FULL|IOERR|LOCKED|NOTADB|READONLY))\b/;
/** What our codes are about; a test holds them against all that have words. */
const SUBJECTS = new Set(
  "agent allocation argument backup breaker bulkhead client clock config confirm csv decision diagnostics door dqn endpoint engine event export faults file flag flags folder forecast handOver heavy history hold hpa import install keeper lane lock log loginShell method metric metrics model node operator optimize otlp params patterns plan prometheus protocol replay role rpc rules runtime scale scaling session signal socket spawn state store swarm sweep task tensorFlow token training undo verb waiting work worker bottleneck capacity cost kpi resources report profile profileAdvice profileEvidence profileProgress inspector perf stacks hang orchestrator mcp scaled grade topology predictive lease throttle estimate".split(
    " ",
  ),
);
const WHOLE_CODES = new Set(["internal", "aborted"]);

/** Whether a text is a code of ours, and not a host or a file that happens to have a dot. */
export function isOwnCode(text: string): boolean {
  const [, subject] = /^([a-zA-Z]{1,30})\.[A-Za-z][A-Za-z0-9-]{0,39}$/.exec(text) ?? [];
  return WHOLE_CODES.has(text) || (subject !== undefined && SUBJECTS.has(subject));
}

/** A code of ours as a whole, or the name of an error in it. */
const cause: Rule = (value) => (isOwnCode(value) ? value : (ERROR_NAME.exec(value)?.[0] ?? null));
const version = form(/^\d{1,5}(?:\.\d{1,5}){1,2}(?:-(?:alpha|beta|rc|dev|test)(?:\.\d{1,5})?)?$/);
const mode = form(/^(?:observe|recommend|auto)$/);
const modeOrVersion: Rule = (value, names, swarms) => mode(value, names, swarms) ?? version(value, names, swarms);
const place: Rule = (value, names) => ownPlace(value, names);
/** Models by name; a test holds them against those there are. */
const model = form(
  /^(?:none|naive|snaive|ewma|median|ets|mstl|harmonic|linear|rf|lstm|ensemble|calibration|autoregression)$/,
);
const agent = form(/^(?:\d{1,10}-\d{1,15}|[0-9a-f-]{8,40}\.[0-9a-f-]{36})$/);

const RULES: Readonly<Record<string, Rule>> = {
  reason: cause,
  code: cause,
  detail: cause,
  message: cause,
  signal: form(/^SIG[A-Z]{3,6}\d{0,2}$/),
  version,
  running: version,
  needed: version,
  from: modeOrVersion,
  to: modeOrVersion,
  mode,
  method: (value) => (methods.has(value) ? value : null),
  key: form(
    /^(?:swarms|orchestrators|demo|recognitionRules|keepRunning|history|forecast|tfjsNodePath|faultTolerance|prices|doors)$/,
  ),
  source: form(/^(?:editor settings|command line|file|allocation)$/),
  swarmId: (value, _names, swarms) => swarms.get(value) ?? null,
  agentId: agent,
  taskId: form(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  lane: form(/^(?:critical|standard|background)$/),
  breaker: form(/^lane:(?:critical|standard|background)$/),
  breakerId: form(/^lane:(?:critical|standard|background)$/),
  state: form(/^(?:closed|open|halfOpen|forcedOpen|metricsOnly|waiting|running|done|failed|cancelled)$/),
  decisionId: form(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  model,
  baseline: model,
  path: place,
  fallback: place,
  log: place,
  file: place,
};

/** Names of figures. A test holds them against those that the texts of reasons ask for. */
const FIGURES = new Set(
  "accuracy actual afterMs ageMs asked availableBytes backoffMs baselineMae bucketMs buckets byMs bytes calls cap clientMax clientMin columns combined confidence count counted crashes current deaths demand droppedTicks elapsedMs ended engineMax engineMin episodes epoch exitCode expected failed failures fits fromMs future got highest imports inFlight inMs intervalMs keptCost known lanes least limit limitBytes line lines live mae max measured megabytes metrics min minAccuracy missing most ms needBytes needed neededBytes newCost observations off owner percent pid port position predicted predictedInMs queued ratio readings recent remainingMs restarts retryAfterMs retryInMs rows rule seconds seriesCap shared slow starting stepMs steps target threshold ticks toMs tookMs tooOld value waiting waitMs wanted weights windowMs agents at beforeMs eachBytes eachCores leftBytes promisedBytes reserveBytes roomBytes doneInMs startUpMs pending perAgent targetPerAgent pressure untilMs haveMs heldBack queueLimit shed neededMs usedBytes more lowest nice now over busy quotaBytes unfinished weight problems cores ofCores mostBytes rate samples points place format unit before after number of tools records first second said told looks durationMs tasks behind fileBytes moved packets segments own leased inUse units successes maxAgents runs server seen status unseen pool listed left forecast".split(
    " ",
  ),
);

export function reportedArgs(args: Coded["args"], names: PrivateNames, swarms: SwarmNames): Coded["args"] {
  const reported: Record<string, Coded["args"][string]> = {};
  for (const [key, value] of Object.entries(args)) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
    if (rule === undefined && !FIGURES.has(key)) continue;
    if (typeof value !== "string" || value === "") reported[key] = value;
    else reported[key] = rule?.(value, names, swarms) ?? LEFT_OUT;
  }
  return reported;
}

/** Whether an argument of this name is reported at all. */
export function isReported(key: string): boolean {
  return FIGURES.has(key) || Object.hasOwn(RULES, key);
}

export function reportedReason(reason: Coded, names: PrivateNames, swarms: SwarmNames): Coded {
  return { code: isOwnCode(reason.code) ? reason.code : LEFT_OUT, args: reportedArgs(reason.args, names, swarms) };
}

/** Files and folders of our making. What else lies beside them could be called anything. */
const OWN_NAMES = new Set(
  "swarm.db swarm.db-wal lock.db keeper-lock.db config.json endpoint.json metrics.token keeper.json engine.sock engine spool log profiles backups keeper.log engine-events.log engine-events.log.1".split(
    " ",
  ),
);

/**
 * A path as far as it says something about us: `<state>/log/engine-events.log`. Elsewhere below the home folder it is
 * `~/…`, and anywhere else `/…`: what people call their folders is theirs.
 */
function ownPlace(path: string, { home, stateFolder, runtimeFolder }: PrivateNames): string {
  for (const [folder, name] of [
    [stateFolder, "<state>"],
    [runtimeFolder, "<runtime>"],
  ] as const) {
    const inside = below(path, folder);
    if (inside !== null) return [name, ...inside.map((part) => (OWN_NAMES.has(part) ? part : "…"))].join("/");
  }
  const inHome = below(path, home);
  if (inHome === null) return "/…";
  return inHome.length === 0 ? "~" : "~/…";
}

/** The parts of `path` below `folder`; `null` when it is not in it. */
function below(path: string, folder: string): string[] | null {
  if (folder === "" || folder === "/") return null;
  const plain = folder.replace(/[/\\]+$/, "");
  if (path === plain) return [];
  const next = path[plain.length];
  if (!path.startsWith(plain) || (next !== "/" && next !== "\\")) return null;
  const parts = path
    .slice(plain.length)
    .split(/[/\\]+/)
    .filter((part) => part !== "");
  // "<state>/../../secret" is not below.
  return parts.includes("..") ? null : parts;
}
