import { describe, expect, it } from "vitest";
import type { FlameHostMessage } from "../../../src/engine/protocol/flamePage.ts";
import type { Profile } from "../../../src/profiler/profile.ts";
import { FlameChannel, type FlameChannelDeps } from "../../../src/views/flame/channel.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { moreReasons } from "../../../src/text/moreReasons.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { profileOf } from "../../profiler/flame/profiles.ts";
import { Receiver } from "../../../webview/flame/receive.ts";

addReasons(moreReasons);

const profile = profileOf([
  ["a;b", 3],
  ["", 1],
  ["a;c", 2],
]);

function channelOf(over: Partial<FlameChannelDeps> = {}) {
  const posted: FlameHostMessage[] = [];
  const copied: string[] = [];
  const channel = new FlameChannel({
    post: (message) => {
      posted.push(message);
      return Promise.resolve(true);
    },
    load: () => Promise.resolve([profile]),
    files: ["file:///w/a.cpuprofile"],
    copy: (text) => {
      copied.push(text);
      return Promise.resolve();
    },
    open: () => Promise.resolve(""),
    export: () => Promise.resolve(null),
    ...over,
  });
  return { channel, posted, copied };
}

function received(messages: readonly FlameHostMessage[]): readonly Profile[] | null {
  const receiver = new Receiver();
  let profiles: readonly Profile[] | null = null;
  for (const message of messages)
    if (message.type !== "said" && message.type !== "failed" && message.type !== "draw")
      profiles = receiver.hear(structuredClone(message)) ?? profiles;
  return profiles;
}

describe("the editor's end of the page Flame", () => {
  it("sends a profile in pieces, which the page puts together again", async () => {
    const second = profileOf([["x", 1]], "bytes");
    const { channel, posted } = channelOf({ load: () => Promise.resolve([profile, second]) });
    await channel.receive({ type: "ready" });
    expect(received(posted)).toEqual([profile, second]);
    expect(posted[0]).toMatchObject({ type: "begin", files: ["file:///w/a.cpuprofile"] });
  });

  it("takes nothing for a profile of which a piece is missing", async () => {
    const { channel, posted } = channelOf();
    await channel.receive({ type: "ready" });
    for (const [lost, { type }] of posted.entries())
      if (type === "column" || type === "frames") expect(received(posted.filter((_, at) => at !== lost))).toBeNull();
  });

  it("stops sending to a page that is hidden, reads once, and sends all when it is asked anew", async () => {
    let isThere = false;
    let reads = 0;
    const posted: FlameHostMessage[] = [];
    const { channel } = channelOf({
      post: (message) => {
        posted.push(message);
        return Promise.resolve(isThere);
      },
      load: () => {
        reads++;
        return Promise.resolve([profile]);
      },
    });
    await channel.receive({ type: "ready" });
    expect(posted.map(({ type }) => type)).toEqual(["begin"]);
    isThere = true;
    posted.length = 0;
    await channel.receive({ type: "ready" });
    expect(received(posted)).toEqual([profile]);
    expect(reads).toBe(1);
  });

  it("says in words why there is no profile, and reads again when it is asked again", async () => {
    let isBroken = true;
    const { channel, posted } = channelOf({
      load: () =>
        isBroken
          ? Promise.reject(
              new Failure({ code: "profile.malformed", args: { file: "a.cpuprofile", reason: "no nodes" } }),
            )
          : Promise.resolve([profile]),
    });
    await channel.receive({ type: "ready" });
    expect(posted).toEqual([{ type: "failed", text: "'a.cpuprofile' is no profile that can be read: no nodes." }]);
    isBroken = false;
    posted.length = 0;
    await channel.receive({ type: "ready" });
    expect(received(posted)).toEqual([profile]);
  });

  it("copies, opens and exports, and says what became of it", async () => {
    const { channel, posted, copied } = channelOf({
      open: ({ file }) => Promise.resolve(`There is no file ${file} on this machine.`),
      export: async (profiles, draw) => `${profiles.length} profile, ${(await draw()).length} bytes`,
    });
    await channel.receive({ type: "copy", text: "a\nb" });
    await channel.receive({ type: "open", file: "/w/a.js", line: 3, column: null });
    const exported = channel.receive({ type: "export" });
    await expect.poll(() => posted.some(({ type }) => type === "draw")).toBe(true);
    await channel.receive({ type: "picture", data: Buffer.from("png").toString("base64") });
    await exported;
    expect(copied).toEqual(["a\nb"]);
    expect(posted.filter(({ type }) => type === "said")).toEqual([
      { type: "said", text: "The stack is in the clipboard." },
      { type: "said", text: "There is no file /w/a.js on this machine." },
      { type: "said", text: "1 profile, 3 bytes" },
    ]);
  });

  it.each([
    null,
    3,
    { type: "nothing" },
    { type: "copy", text: "" },
    { type: "open", file: "/w", line: -1, column: null },
    { type: "open", file: "x".repeat(5_000), line: 1, column: null },
  ])("does nothing for %j", async (message) => {
    const { channel, posted } = channelOf();
    await channel.receive(message);
    expect(posted).toEqual([]);
  });
});
