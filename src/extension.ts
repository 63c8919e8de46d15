import * as vscode from "vscode";
import type { DecisionsState, Overview } from "./engine/protocol/rpc.ts";
import { registerAgentTools } from "./views/agentTools/register.ts";
import { AgentsView } from "./views/agents/view.ts";
import { registerCommands } from "./views/commands/register.ts";
import { DecisionBook } from "./views/decisions/book.ts";
import { Explanations } from "./views/decisions/explanations.ts";
import { DecisionsView } from "./views/decisions/view.ts";
import { Troubles } from "./views/failures.ts";
import type { GuardState } from "./engine/protocol/tasks.ts";
import { TaskOutputs } from "./views/guard/taskOutputs.ts";
import { GuardViews } from "./views/guard/views.ts";
import { KpisView } from "./views/kpis/view.ts";
import { EngineLog } from "./views/log/engineLog.ts";
import { Pages } from "./views/pages/pages.ts";
import { loadRows } from "./views/rows/load.ts";
import { codedOf, type SessionPort } from "./views/sessionPort.ts";
import { settingSchemas } from "./views/settings/schemas.ts";
import { SettingsSync } from "./views/settings/sync.ts";
import { ReadDocuments } from "./views/readDocuments.ts";
import { StatusItem } from "./views/statusBar/item.ts";
import { reasonText } from "./text/reasons.ts";
import { TopicFeed } from "./views/topicFeed.ts";
import { openWindowSession } from "./views/windowSession.ts";

/** What the editor tests see. */
export interface TestApi {
  readonly session: SessionPort;
  /** The latest state this window has heard of. */
  readonly overview: () => Overview | null;
  readonly decisions: () => DecisionsState | null;
  readonly guard: () => GuardState | null;
  readonly lastActivationMs: number;
  /** From the begin of `activate()` to the first state of the engine; `null` before. */
  readonly firstStateMs: () => number | null;
}

/** Wiring only. Starts connecting and returns at once: nothing here waits for the engine. */
export function activate(context: vscode.ExtensionContext): TestApi {
  const begunMs = performance.now();
  const log = new EngineLog();
  const version = String((context.extension.packageJSON as { version?: unknown }).version);
  const distFolder = vscode.Uri.joinPath(context.extensionUri, "dist").fsPath;
  const { session, owned } = openWindowSession({ version, distFolder }, log);
  const troubles = new Troubles();
  const overview = new TopicFeed(session, "overview", (problem) => troubles.report("overview", problem));
  const logTail = new TopicFeed(session, "log", (problem) => log.warn(reasonText(problem)));
  const decisions = new TopicFeed(session, "decisions", (problem) => decisionsView.fail(problem));
  const guard = new TopicFeed(session, "guard", (problem) => guardViews.fail(problem));
  log.follow(session, logTail);

  const agents = new AgentsView(session, overview);
  const pages = new Pages({
    extensionUri: context.extensionUri,
    session,
    overview,
    decisions,
    onProblem: (problem) => log.warn(reasonText(problem)),
  });
  const book = new DecisionBook(session, decisions);
  const decisionsView = new DecisionsView(session, decisions, book);
  const explanations = new Explanations(book);
  const guardViews = new GuardViews(session, guard);
  const kpis = new KpisView(session, overview);
  const taskOutputs = new TaskOutputs(session);
  const readDocuments = new ReadDocuments();
  const given = new Set<string>();
  context.subscriptions.push(
    // Disposed from last to first: views before what they listen to.
    log,
    owned,
    overview,
    logTail,
    decisions,
    agents,
    book,
    decisionsView,
    explanations,
    guard,
    guardViews,
    kpis,
    taskOutputs,
    readDocuments,
    registerAgentTools({ session, version, distFolder }),
    new StatusItem(session, overview, book, guard),
    pages,
    new SettingsSync(session, troubles, settingSchemas(context.extension.packageJSON)),
    session.onState((state) => {
      if (state.kind === "failed") troubles.report("engine", state.reason);
      if (state.kind === "connected") troubles.over("engine");
    }),
    registerCommands({
      session,
      overview,
      agents,
      log,
      pages,
      decisions: book,
      explanations,
      kpis,
      taskOutputs,
      readDocuments,
      secrets: context.secrets,
      version,
    }),
    overview.on(({ swarms }) => {
      if (!vscode.workspace.isTrusted || !swarms.some((one) => one.kind === "orchestrated" && one.wantsToken)) return;
      loadRows()
        .then(async ({ giveTokens }) => giveTokens(await session.connection(), context.secrets, swarms, given))
        .catch((error: unknown) => log.warn(reasonText(codedOf(error))));
    }),
  );
  let firstStateMs: number | null = null;
  const first = overview.on(() => {
    firstStateMs = performance.now() - begunMs;
    first.dispose();
  });
  return {
    session,
    overview: () => overview.latest,
    decisions: () => decisions.latest,
    guard: () => guard.latest,
    lastActivationMs: performance.now() - begunMs,
    firstStateMs: () => firstStateMs,
  };
}
