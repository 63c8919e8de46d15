import { builtin } from "./inspector.ts";

/**
 * What runs in a Node process to time its calls: an observer of Node's own entries (name look-ups, connections, HTTP, fetch), and
 * functions around those of `fs`, because nothing in Node 20 to 24 tells of files: its trace of them (`node.fs.sync` over the
 * inspector) ends the process under load (measured with 24.21: an assertion in `serializeToJSON`, and SIGSEGV). They are taken away
 * at the end, or by themselves after a deadline should nobody come back, and whoever kept one has a plain call from then on.
 *
 * Memory is bounded: a histogram for each kind and for `MOST_PARTS` operations or hosts, and the slowest few. Beyond some
 * 500 calls a second one of two, of four, … is timed, by chance.
 */

const KEY = `globalThis[Symbol.for("swarm-allocator.profile.io")]`;
/** Steps of the histogram: eighths of a doubling, from 1 µs to over an hour. */
export const BUCKETS = 256;
export const BUCKETS_PER_DOUBLING = 8;
export const SLOWEST = 5;
export const MOST_PARTS = 40;
const MOST_TEXT = 300;
/** So many timed calls within `FAST_MS` are more than need be. */
const BATCH = 128;
const FAST_MS = 250;
const SLOW_MS = 1_250;
const MOST_MASK = 1_023;
/** A stack costs some 10 µs: some 60 to 120 are asked for in a second, and one of each call where there are fewer. */
const CALLERS_BATCH = 16;
const STACK_DEPTH = 12;
/**
 * What it costs the process, measured with a busy one: an entry of the network 25 µs, most of it Node's; a call of a file 20 µs when it
 * is timed (the first ones, before V8 has compiled what times them), 0.2 µs when it is not. Above a hundredth of the time the kind of calls is left alone until it is a hundredth again.
 */
const ENTRY_MS = 0.025;
const TIMED_MS = 0.02;
const PASSED_MS = 0.000_2;
const MOST_COST = 0.01;
const WATCH_MS = 1_000;
const MOST_REST_MS = 30_000;
/** By this its own frames are told from the program's in a profile. */
export const LATENCY_SCRIPT_URL = "swarm-allocator:latency";

const BOTH =
  "read write readv writev open close fsync fdatasync ftruncate readFile writeFile appendFile copyFile".split(" ");
const PATHS = "access stat lstat fstat readdir mkdir mkdtemp rename rm rmdir unlink truncate readlink realpath".split(
  " ",
);
const SYNC = [...BOTH, ...PATHS, "exists"].map((name) => `${name}Sync`);
// `realpath` has a second function on it that would go with it by reference; so has no other.
const PROMISES = "open readFile writeFile appendFile copyFile"
  .split(" ")
  .concat(PATHS.filter((name) => name !== "fstat"));
const HANDLE = "read write readv writev sync datasync stat truncate readFile writeFile appendFile".split(" ");

/** @param lastsMs after which it takes itself away */
export function latencyBegin(lastsMs: number): string {
  return `(() => {
  "use strict";
  ${KEY}?.stop();
  const { PerformanceObserver, performance } = ${builtin("perf_hooks")};
  const fs = ${builtin("fs")};
  const { syncBuiltinESMExports } = ${builtin("module")};
  const now = performance.now.bind(performance);
  const { log2, min } = Math;
  const { readlinkSync } = fs;
  const beganAt = now();
  const endsAt = beganAt + ${lastsMs};
  let on = true;

  const tally = () => ({ timed: 0, total: 0, max: 0, buckets: new Uint32Array(${BUCKETS}) });
  const kind = () => ({
    ...tally(), count: 0, parts: new Map(), slowest: [], pace: pace(), callers: new Map(), callersMs: 0, callerPace: pace(),
  });
  // One of 1, 2, 4, … by chance: every second call of a loop that writes and waits would be the same one each time.
  const pace = () => ({ mask: 0, batch: 0, batchAt: now() });
  let chance = 0x9e3779b9;
  const isTaken = ({ mask }) => {
    chance ^= chance << 13;
    chance ^= chance >>> 17;
    chance ^= chance << 5;
    return (chance & mask) === 0;
  };
  const slow = (of, at, batch) => {
    if (++of.batch < batch) return;
    const took = at - of.batchAt;
    of.batch = 0;
    of.batchAt = at;
    if (took < ${FAST_MS} && of.mask < ${MOST_MASK}) of.mask = (of.mask << 1) | 1;
    else if (took > ${SLOW_MS}) of.mask >>= 1;
  };
  const kinds = { __proto__: null };
  for (const name of ["fileSync", "fileAsync", "dns", "connect", "httpClient", "httpServer", "fetch"]) kinds[name] = kind();
  const add = (to, ms) => {
    to.timed++;
    to.total += ms;
    if (ms > to.max) to.max = ms;
    to.buckets[ms < 0.001 ? 0 : min(${BUCKETS - 1}, (log2(ms * 1000) * ${BUCKETS_PER_DOUBLING}) | 0)]++;
  };
  const note = (of, part, ms, text) => {
    add(of, ms);
    let one = of.parts.get(part);
    if (one === undefined && of.parts.size < ${MOST_PARTS}) of.parts.set(part, (one = tally()));
    if (one !== undefined) add(one, ms);
    const { slowest } = of;
    if (slowest.length < ${SLOWEST} || ms > slowest[${SLOWEST - 1}].ms) {
      slowest.push({ ms, what: text().slice(0, ${MOST_TEXT}) });
      slowest.sort((a, b) => b.ms - a.ms);
      if (slowest.length > ${SLOWEST}) slowest.pop();
    }
  };

  // Watches for a second at a time, and rests when that costs too much.
  const watch = (begin, end) => {
    const one = { watching: false, at: 0, cost: 0, watchedMs: 0, timer: undefined };
    one.begin = () => {
      one.watching = true;
      one.at = now();
      one.cost = 0;
      begin();
    };
    one.end = () => {
      clearTimeout(one.timer);
      if (!one.watching) return;
      one.watching = false;
      one.watchedMs += now() - one.at;
      end();
    };
    one.spend = (ms, at) => {
      one.cost += ms;
      const took = at - one.at;
      if (!one.watching || took < ${WATCH_MS}) return;
      const rest = one.cost / ${MOST_COST} - took;
      if (rest > 0) {
        one.end();
        one.timer = setTimeout(() => on && one.begin(), min(${MOST_REST_MS}, rest));
        one.timer.unref();
      } else {
        one.watchedMs += took;
        one.at = at;
        one.cost = 0;
      }
    };
    return one;
  };

  // 1. Files.
  const pathOf = (what) => {
    try {
      if (typeof what === "number") return readlinkSync("/proc/self/fd/" + what);
      if (typeof what === "string") return what;
      if (what instanceof URL) return what.pathname;
      if (what instanceof Uint8Array) return Buffer.from(what).toString();
      return typeof what?.fd === "number" ? pathOf(what.fd) : "";
    } catch {
      return "";
    }
  };
  const file = (of, name, began, what, caller) => {
    if (!on) return;
    try {
      const at = now();
      note(of, name, at - began, () => (name + " " + pathOf(what)).trim());
      if (caller !== null) blame(of, name, (at - began) * (of.callerPace.mask + 1), caller);
      slow(of.pace, at, ${BATCH});
      files.spend(${TIMED_MS}, at);
      if (at > endsAt) stop();
    } catch {
      // The call is the program's, and goes on as if nobody had looked.
    }
  };
  const blame = (of, name, ms, caller) => {
    of.callersMs += ms;
    const key = caller.name + "\\n" + caller.file + "\\n" + caller.line;
    let one = of.callers.get(key);
    if (one === undefined && of.callers.size < ${MOST_PARTS}) of.callers.set(key, (one = { ...caller, ms: 0, names: new Set() }));
    if (one === undefined) return;
    one.ms += ms;
    if (one.names.size < ${SLOWEST}) one.names.add(name);
  };
  // The nearest function outside Node's own code. Whatever the program has set for its own stacks is put back at once.
  const callerOf = (of) => {
    if (!isTaken(of.callerPace)) return null;
    slow(of.callerPace, now(), ${CALLERS_BATCH});
    const set = ["stackTraceLimit", "prepareStackTrace"].map((name) => [name, Object.getOwnPropertyDescriptor(Error, name)]);
    try {
      Error.stackTraceLimit = ${STACK_DEPTH};
      Error.prepareStackTrace = (_, sites) => sites;
      const holder = {};
      Error.captureStackTrace(holder, callerOf);
      for (const site of holder.stack) {
        const at = String(site.getFileName() ?? "");
        if (at === "" || at.startsWith("node:") || at === "${LATENCY_SCRIPT_URL}") continue;
        return { name: site.getFunctionName() ?? "(anonymous)", file: at, line: site.getLineNumber() };
      }
    } catch {
      // Without a caller then.
    } finally {
      for (const [name, descriptor] of set)
        if (descriptor === undefined) Reflect.deleteProperty(Error, name);
        else Reflect.defineProperty(Error, name, descriptor);
    }
    return null;
  };
  const { fileSync, fileAsync } = kinds;
  // What writeFileSync calls by itself is a part of it.
  let within = false;
  const aroundSync = (name, original) => function swarmTimed(what) {
    if (!on || within) return original.apply(this, arguments);
    within = true;
    fileSync.count++;
    if (!isTaken(fileSync.pace)) {
      files.cost += ${PASSED_MS};
      try {
        return original.apply(this, arguments);
      } finally {
        within = false;
      }
    }
    const caller = callerOf(fileSync);
    const began = now();
    try {
      return original.apply(this, arguments);
    } finally {
      within = false;
      file(fileSync, name, began, what, caller);
    }
  };
  const aroundCallback = (name, original) => function swarmTimed(what) {
    const last = arguments.length - 1;
    const callback = arguments[last];
    if (!on || typeof callback !== "function") return original.apply(this, arguments);
    fileAsync.count++;
    if (!isTaken(fileAsync.pace)) {
      files.cost += ${PASSED_MS};
      return original.apply(this, arguments);
    }
    const caller = callerOf(fileAsync);
    const began = now();
    arguments[last] = function () {
      file(fileAsync, name, began, what, caller);
      return callback.apply(this, arguments);
    };
    return original.apply(this, arguments);
  };
  // A promise that nobody handles must still be one that nobody handles: the one that is handed out is made from it.
  const aroundPromise = (name, original) => function swarmTimed(what) {
    if (!on) return original.apply(this, arguments);
    fileAsync.count++;
    if (!isTaken(fileAsync.pace)) {
      files.cost += ${PASSED_MS};
      return original.apply(this, arguments);
    }
    const caller = callerOf(fileAsync);
    const began = now();
    const of = typeof this?.fd === "number" ? this.fd : what;
    const promise = original.apply(this, arguments);
    if (!(promise instanceof Promise)) return promise;
    return promise.then(
      (value) => {
        file(fileAsync, name, began, of, caller);
        return value;
      },
      (error) => {
        file(fileAsync, name, began, of, caller);
        throw error;
      },
    );
  };
  const installed = [];
  const install = (object, names, around) => {
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      const original = descriptor?.value;
      if (typeof original !== "function" || !descriptor.writable || !descriptor.configurable) continue;
      if (installed.some((one) => one.object === object && one.name === name)) continue;
      const wrapper = around(name, original);
      Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
      Object.defineProperty(object, name, { ...descriptor, value: wrapper });
      installed.push({ object, name, descriptor, wrapper });
    }
  };
  let handles = null;
  const files = watch(
    () => {
      install(fs, ${JSON.stringify(SYNC)}, aroundSync);
      install(fs, ${JSON.stringify([...BOTH, ...PATHS])}, aroundCallback);
      install(fs.promises, ${JSON.stringify(PROMISES)}, aroundPromise);
      if (handles !== null) install(handles, ${JSON.stringify(HANDLE)}, aroundPromise);
      syncBuiltinESMExports();
    },
    () => {
      // One that somebody has put his own around meanwhile stays below it, and does nothing any more in the end.
      for (const one of installed.splice(0)) {
        const { object, name, descriptor, wrapper } = one;
        if (object[name] === wrapper) Object.defineProperty(object, name, descriptor);
        else installed.push(one);
      }
      syncBuiltinESMExports();
    },
  );
  const stop = () => {
    if (!on) return [];
    on = false;
    const lasted = now() - beganAt;
    clearTimeout(timer);
    files.end();
    network.end();
    delete ${KEY};
    const told = (of) => {
      const buckets = [];
      of.buckets.forEach((count, index) => count > 0 && buckets.push([index, count]));
      return { timed: of.timed, total: of.total, max: of.max, buckets };
    };
    return Object.entries(kinds)
      .filter(([, of]) => of.timed > 0)
      .map(([name, of]) => ({
        kind: name, ...told(of), count: of.count,
        watched: min(1, (name.startsWith("file") ? files : network).watchedMs / lasted), slowest: of.slowest,
        callers: [...of.callers.values()].map(({ ms, names, ...place }) => ({ ...place, ratio: ms / of.callersMs, operations: [...names] })),
        parts: [...of.parts].map(([part, one]) => ({ name: String(part).slice(0, ${MOST_TEXT}), ...told(one) })),
      }));
  };

  // 2. The network, without what is asked for in a query and without headers.
  const place = (text) => {
    try {
      const { host, pathname } = new URL(text, "http://-");
      return host === "-" ? { host: "", path: pathname } : { host, path: pathname };
    } catch {
      return { host: "", path: "" };
    }
  };
  const take = ({ name, entryType, duration, detail }) => {
    const say = (of, part, text) => {
      of.count++;
      note(of, part.slice(0, ${MOST_TEXT}), duration, () => text);
    };
    if (entryType === "dns") {
      const host = String(detail?.hostname ?? detail?.host ?? "");
      say(kinds.dns, host, name + " " + host);
    } else if (entryType === "net") {
      const to = detail?.host + ":" + detail?.port;
      say(kinds.connect, to, "connect " + to);
    } else if (entryType === "http") {
      const { host, path } = place(String(detail?.req?.url ?? ""));
      const asked = String(detail?.req?.method ?? "") + " ";
      if (name === "HttpClient") say(kinds.httpClient, host, asked + host + path);
      else say(kinds.httpServer, asked + path, asked + path);
    } else if (entryType === "resource") {
      const { host, path } = place(name);
      say(kinds.fetch, host, host + path);
    }
  };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      try {
        take(entry);
      } catch {
        // An entry of a shape that nobody knows is not timed; the program goes on.
      }
      network.cost += ${ENTRY_MS};
    }
    const at = now();
    network.spend(0, at);
    if (at > endsAt) stop();
  });
  const entryTypes = ["dns", "net", "http", "resource"].filter((one) => PerformanceObserver.supportedEntryTypes.includes(one));
  const network = watch(
    () => entryTypes.length > 0 && observer.observe({ entryTypes }),
    () => observer.disconnect(),
  );
  const timer = setTimeout(() => stop(), ${lastsMs});
  timer.unref();
  ${KEY} = { stop };
  try {
    const { open } = fs.promises;
    network.begin();
    files.begin();
    // The class of its handles is found by a handle only.
    open("/dev/null").then((handle) => {
      handles = Object.getPrototypeOf(handle);
      if (files.watching) install(handles, ${JSON.stringify(HANDLE)}, aroundPromise);
      return handle.close();
    }).catch(() => {});
  } catch (error) {
    stop();
    throw error;
  }
  return true;
})()
//# sourceURL=${LATENCY_SCRIPT_URL}`;
}

/** Takes it away and tells what it has seen; `null` when it was not there any more. */
export const LATENCY_END = `(() => ${KEY}?.stop() ?? null)()`;
