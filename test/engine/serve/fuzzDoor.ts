import { resolvePaths } from "../../../src/engine/common/paths.ts";
import { startTestServer } from "./serverFixture.ts";

/** The door alone in a process, for the fuzz test: tells its memory when asked, ends with its parent. */
const { server } = await startTestServer(resolvePaths());
process.on("message", () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage.rss());
});
process.on("SIGTERM", () => {
  void server.close(100).then(() => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
