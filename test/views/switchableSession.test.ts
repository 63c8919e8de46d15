import { describe, expect, it } from "vitest";
import { SwitchableSession } from "../../src/views/switchableSession.ts";
import { FakeSession } from "./fakeSession.ts";

describe("the window's session", () => {
  it("waits for the new session when it is replaced during a wait", async () => {
    const viewer = new FakeSession();
    const operator = new FakeSession();
    const session = new SwitchableSession(viewer);
    const soon = session.connection();
    session.replace(operator);
    const connection = operator.connect();
    expect(await soon).toBe(connection);
    expect(viewer.disposed).toBe(true);
  });

  it("tells its listeners of the new session's states, and no longer of the old one's", () => {
    const viewer = new FakeSession();
    const operator = new FakeSession();
    const session = new SwitchableSession(viewer);
    const states: string[] = [];
    session.onState(({ kind }) => states.push(kind));
    session.replace(operator);
    viewer.lose();
    operator.connect();
    expect(states).toEqual(["idle", "connected"]);
    expect(viewer.listenerCount).toBe(0);
  });

  it("rejects whoever waits when the window closes", async () => {
    const only = new FakeSession();
    const session = new SwitchableSession(only);
    const soon = session.connection();
    session.dispose();
    await expect(soon).rejects.toMatchObject({ code: "session.disposed" });
    await expect(session.connection()).rejects.toMatchObject({ code: "session.disposed" });
  });
});
