import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import {
  DEFAULT_PROFILE_MS,
  PROFILE_COMPONENTS,
  PROFILE_MS,
  type ProfileComponent,
  type ProfilePreview,
  type ProfileReport,
} from "../../engine/protocol/profiling.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { choose, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, Failure, isAborted } from "../sessionPort.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { chooseProfiled, chooseSeen, type Profiled } from "./profiledChoice.ts";
import { opensInspector, profileQuestion } from "./profileTexts.ts";
import { orchestratedOf } from "./swarmChoice.ts";

/** What is asked of a profile beside the process. */
interface Wish {
  readonly durationMs: number;
  readonly components: readonly ProfileComponent[];
  readonly heapSnapshot: boolean;
}

const PLAIN: Wish = { durationMs: DEFAULT_PROFILE_MS, components: PROFILE_COMPONENTS, heapSnapshot: false };
const DURATIONS_MS = [DEFAULT_PROFILE_MS, 10_000, 300_000] as const;

const PARTS: Readonly<Record<ProfileComponent, { readonly label: string; readonly description: string }>> = {
  cpu: { label: "CPU", description: "which functions it spends its time in" },
  memory: { label: "Memory", description: "how it grows, and what allocates it" },
  io: { label: "I/O", description: "what it reads and writes" },
  application: { label: "Application", description: "its event loop and tasks" },
};

/** One profile of a running process: asked for, shown while it is made, and then on the page "Profile". */
export const profilePerformance: Command = {
  id: commandIds.profilePerformance,
  couldNot: "Could not profile the process",
  acts: true,
  async run(world, subject, argument) {
    const connection = await connected(world);
    const given = wishOf(argument);
    const profiled = await profiledBy(world, connection, subject, argument);
    if (profiled === null) return;
    const preview = await connection.call(calls.profilePreview, profiled);
    const wish = given ?? (await askWish(preview));
    if (wish === null) return;
    const consent = await askConsent(preview, wish);
    if (consent === null) return;
    try {
      await world.pages.showProfileReport(await profile(connection, preview, wish, consent));
    } catch (error) {
      const coded = codedOf(error);
      if (!isAborted(coded)) throw error;
      notify("info", reasonText({ code: "waiting.profile", args: { pid: preview.pid } }));
    }
  },
};

/** @throws Failure `profile.*`, `aborted` */
async function profile(
  connection: EngineConnection,
  preview: ProfilePreview,
  { durationMs, components, heapSnapshot }: Wish,
  consent: boolean,
): Promise<ProfileReport> {
  const { pid, startTime } = preview;
  const asked = {
    // The identity that was shown goes with the request: by now the pid may be another process.
    ...{ process: { pid, startTime }, durationMs, components: [...components], consent },
    ...(heapSnapshot && consent ? { heapSnapshot } : {}),
  };
  return withProgress(`Profiling process ${pid} for ${durationText(durationMs)}`, async (signal, say) => {
    try {
      return await connection.call(calls.profile, asked, signal, ({ step, doneRatio }) =>
        say(reasonText(step), doneRatio),
      );
    } catch (error) {
      const { code } = codedOf(error);
      // What it means for the process, in the place of what it means for the call: nobody here has given it up.
      const isEngineGone = !signal.aborted && (code === "rpc.closed" || code === "aborted");
      throw isEngineGone ? new Failure({ code: "profile.engineGone", args: { pid } }) : error;
    }
  });
}

/** @returns whether an inspector may be opened; `null` when the operator gave up */
async function askConsent(preview: ProfilePreview, { components, heapSnapshot }: Wish): Promise<boolean | null> {
  // Reading and writing is told by the kernel alone: nothing is done to the process.
  const wanted = components.some((component) => component !== "io");
  if (!wanted && !heapSnapshot) return false;
  const { question, detail } = profileQuestion(preview, components, heapSnapshot);
  if (!opensInspector(preview)) return (await choose(question, detail, ["Profile Without It"])) === null ? null : false;
  const way = await choose(question, detail, ["Open Inspector", "Profile Without It"]);
  return way === null ? null : way === "Open Inspector";
}

async function askWish(preview: ProfilePreview): Promise<Wish | null> {
  let wish = PLAIN;
  for (;;) {
    const all = wish.components.length === PROFILE_COMPONENTS.length && !wish.heapSnapshot;
    const parts = [...wish.components.map((component) => PARTS[component].label)];
    if (wish.heapSnapshot) parts.push("heap snapshot");
    const times = DURATIONS_MS.map((durationMs) => ({
      label: durationText(durationMs),
      description: durationMs === DEFAULT_PROFILE_MS ? "as usual" : "",
      next: durationMs as number | "other" | "parts",
    }));
    const picked = await vscode.window.showQuickPick(
      [
        ...times,
        { label: "Another Time…", description: "in seconds", next: "other" as const },
        {
          label: "Which Parts…",
          description: all ? "all four, no heap snapshot" : parts.join(", "),
          next: "parts" as const,
        },
      ],
      { title: `Profile Process ${preview.pid}`, placeHolder: "For how long?" },
    );
    if (picked === undefined) return null;
    if (picked.next === "parts") {
      wish = (await askParts(wish)) ?? wish;
      continue;
    }
    const durationMs = picked.next === "other" ? await askSeconds() : picked.next;
    return durationMs === null ? null : { ...wish, durationMs };
  }
}

/** At least one of the four. */
async function askParts(wish: Wish): Promise<Wish | null> {
  const items = [
    ...PROFILE_COMPONENTS.map((component) => ({
      ...PARTS[component],
      picked: wish.components.includes(component),
      component: component as ProfileComponent | null,
    })),
    {
      label: "Heap snapshot",
      description: "everything in its memory, as a file; it stands still for that",
      picked: wish.heapSnapshot,
      component: null,
    },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: "Parts of the Profile",
    canPickMany: true,
    placeHolder: "What to look at?",
  });
  if (picked === undefined) return null;
  const components = PROFILE_COMPONENTS.filter((known) => picked.some(({ component }) => component === known));
  const heapSnapshot = picked.some(({ component }) => component === null);
  return { ...wish, components: components.length === 0 ? wish.components : components, heapSnapshot };
}

async function askSeconds(): Promise<number | null> {
  const { least, most } = PROFILE_MS;
  const msOf = (typed: string): number | null => {
    const seconds = typed.trim() === "" ? Number.NaN : Number(typed);
    const ms = Math.round(seconds * 1_000);
    return ms >= least && ms <= most ? ms : null;
  };
  const typed = await vscode.window.showInputBox({
    title: "Profile for How Long?",
    prompt: `Seconds, from ${least / 1_000} to ${most / 1_000}`,
    value: String(DEFAULT_PROFILE_MS / 1_000),
    validateInput: (text) =>
      msOf(text) === null ? `Use a number of seconds from ${least / 1_000} to ${most / 1_000}.` : null,
  });
  return typed === undefined ? null : msOf(typed);
}

/** @returns `null` when the operator gave up, or there is nothing to profile: it has been said */
async function profiledBy(
  world: CommandWorld,
  connection: EngineConnection,
  subject: Subject | null,
  argument: unknown,
): Promise<Profiled | null> {
  const named = profiledOf(subject, argument);
  if (named !== null && !("swarmId" in named)) return named;
  const overview = await overviewNow(world, connection);
  const orchestrated = orchestratedOf(overview.swarms, subject);
  if (orchestrated !== null) return chooseSeen(orchestrated);
  return named ?? chooseProfiled(overview);
}

function profiledOf(subject: Subject | null, argument: unknown): Profiled | null {
  if (subject?.kind === "agent") return { agentId: subject.agentId };
  if (subject?.kind === "swarm") return { swarmId: subject.swarmId };
  if (subject?.kind === "process") return { pid: subject.pid };
  const { pid, agentId } = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"pid" | "agentId", unknown>
  >;
  if (typeof agentId === "string") return { agentId };
  return Number.isSafeInteger(pid) ? { pid: pid as number } : null;
}

/** What a key binding or another extension may name; anything but what is expected counts as left out. `null`: ask. */
function wishOf(argument: unknown): Wish | null {
  const { durationMs, components, heapSnapshot } = (
    typeof argument === "object" && argument !== null ? argument : {}
  ) as Readonly<Record<"durationMs" | "components" | "heapSnapshot", unknown>>;
  const { least, most } = PROFILE_MS;
  if (typeof durationMs !== "number" || !(durationMs >= least && durationMs <= most)) return null;
  const named: readonly unknown[] = Array.isArray(components) ? components : [];
  const some = PROFILE_COMPONENTS.filter((known) => named.includes(known));
  return {
    ...{ durationMs: Math.round(durationMs), heapSnapshot: heapSnapshot === true },
    components: some.length === 0 ? PROFILE_COMPONENTS : some,
  };
}
