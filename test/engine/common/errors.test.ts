import { getPriority, setPriority } from "node:os";
import { expect, test } from "vitest";
import { CodedError, systemErrno } from "../../../src/engine/common/errors.ts";

/** Above what any system numbers its processes with. */
const NOBODY = 2 ** 31 - 1;

test("the system's name of an error of a priority is told, and of nothing else", () => {
  for (const act of [() => getPriority(NOBODY), () => setPriority(NOBODY, 19)]) {
    let thrown: unknown = null;
    try {
      act();
    } catch (error) {
      thrown = error;
    }
    expect(systemErrno(thrown)).toBe("ESRCH");
  }
  const own = Object.assign(new Error("x"), { code: "ESRCH" });
  for (const other of [own, new CodedError("aborted"), { code: "ERR_SYSTEM_ERROR", info: { code: "ESRCH" } }, null])
    expect(systemErrno(other)).toBeNull();
});
