import { leaveWithParent } from "../../../src/engine/heavy/leaveWithParent.ts";

// A heavy child in the middle of a calculation that never comes back to its event loop.

leaveWithParent(process.ppid);
process.on("message", () => {
  process.stderr.write("busy\n");
  for (;;) Math.sqrt(2);
});
