import { resolvePaths } from "../../../src/engine/common/paths.ts";
import { keepYoungHeapSmall } from "../../../src/engine/common/youngHeap.ts";
import { startTestServer } from "./serverFixture.ts";

/** The door alone in a process, for the fuzz test: tells its memory and what it has dropped clients for; ends with its parent. */
keepYoungHeapSmall();
const { server, log } = await startTestServer(resolvePaths());
process.on("message", () => {
  globalThis.gc?.();
  const reasons = new Set(log.map((entry) => entry.args["reason"]).filter((reason) => typeof reason === "string"));
  process.send?.({ rssBytes: process.memoryUsage.rss(), reasons: [...reasons] });
});
process.on("SIGTERM", () => {
  void server.close(100).then(() => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
