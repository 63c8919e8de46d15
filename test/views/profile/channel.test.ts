import { describe, expect, test } from "vitest";
import type { ProfileHostMessage } from "../../../src/engine/protocol/profilePage.ts";
import type { ProfileReport } from "../../../src/engine/protocol/profiling.ts";
import { profileDocument } from "../../../src/text/profileDocument.ts";
import { ProfileChannel } from "../../../src/views/profile/channel.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { outsideReport, profileReport } from "../../webview/profileStates.ts";

/** What the page is sent, and what the editor was asked to do. */
function world(report: ProfileReport | null = profileReport(), fails: string | null = null) {
  const posted: ProfileHostMessage[] = [];
  const done: unknown[] = [];
  const act = async <T>(what: unknown, result: T): Promise<T> => {
    done.push(what);
    if (fails !== null) throw new Failure({ code: fails, args: { path: "/gone" } });
    return result;
  };
  const channel = new ProfileChannel({
    post: async (message) => {
      posted.push(message);
      return true;
    },
    report,
    source: ({ name, file, line }) => act(["source", name, file, line], "There is no such file."),
    open: ({ path }) => act(["open", path], undefined),
    compare: ({ path }) => act(["compare", path], undefined),
    reveal: ({ path }) => act(["reveal", path], ""),
    save: (_, format) => act(["save", format], format === "md" ? null : "Saved to /tmp/a"),
    again: ({ pid }) => void done.push(["again", pid]),
  });
  const said = () => posted.flatMap((message) => (message.type === "said" ? [message.text] : []));
  return { channel, posted, done, said };
}

describe("the editor's end of the page Profile", () => {
  test("sends the report whole, with itself to be kept, as often as the page asks", async () => {
    const { channel, posted } = world();
    await channel.receive({ type: "ready" });
    await channel.receive({ type: "ready" });
    const message = { type: "show", document: profileDocument(profileReport()), kept: profileReport() };
    expect(posted).toEqual([message, message]);
    // It travels as JSON, so nothing of it may be lost on the way.
    expect(JSON.parse(JSON.stringify(message))).toEqual(message);
  });

  test("leads from each list to the source of its functions, and from nothing else", async () => {
    const { channel, done, said } = world();
    for (const [list, index] of [
      ["hotSpots", 1],
      ["suspects", 0],
      ["advice", 0],
      ["advice", 1],
      // Without a place, no function at all, and out of the list.
      ["hotSpots", 4],
      ["suspects", 1],
      ["advice", 2],
      ["advice", 9],
      ["hotSpots", 99],
    ] as const)
      await channel.receive({ type: "source", list, index });
    const folder = "/home/me/agents/reviewer/src";
    expect(done).toEqual([
      ["source", "parse", `${folder}/parse.js`, 13],
      ["source", "remember", `${folder}/cache.js`, 31],
      ["source", "hash", `${folder}/hash.js`, 12],
      ["source", "remember", `${folder}/cache.js`, 31],
    ]);
    expect(said().slice(0, 4)).toEqual(Array.from({ length: 4 }, () => "There is no such file."));
  });

  test("opens, compares, reveals, saves and profiles again", async () => {
    const { channel, done, said } = world();
    for (const message of [
      { type: "open", recording: "cpu" },
      { type: "compare", recording: "memory" },
      { type: "reveal", index: 1 },
      { type: "reveal", index: 7 },
      { type: "export", format: "json" },
      { type: "export", format: "md" },
      { type: "again" },
    ])
      await channel.receive(message);
    const [cpu, heap] = profileReport().artefacts.map(({ path }) => path);
    expect(done).toEqual([
      ...[
        ["open", cpu],
        ["compare", heap],
        ["reveal", heap],
      ],
      ["save", "json"],
      ["save", "md"],
      ["again", 4121],
    ]);
    expect(said()).toEqual(["", "", "", "Saved to /tmp/a", ""]);
  });

  test("says why something could not be done, and nothing when the operator gave up", async () => {
    const gone = world(profileReport(), "profile.fileGone");
    await gone.channel.receive({ type: "open", recording: "cpu" });
    expect(gone.said()).toEqual([
      "The file '/gone' is not there any more: the newest 50 files of profiles are kept. Record it again.",
    ]);
    const none = world(outsideReport());
    await none.channel.receive({ type: "compare", recording: "cpu" });
    expect(none.said()).toEqual(["Nothing was recorded that could be opened."]);
    const given = world(profileReport(), "aborted");
    await given.channel.receive({ type: "export", format: "json" });
    expect(given.said()).toEqual([""]);
  });

  test("of which nothing was kept says so", async () => {
    const { channel, posted } = world(null);
    await channel.receive({ type: "ready" });
    expect(posted).toEqual([{ type: "failed", text: expect.stringContaining("not kept over the reload") }]);
  });

  test("takes any message without an error, and says nothing after its end", async () => {
    const { channel, posted, done } = world();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "open" }, { type: "open", recording: "io" }];
    messages.push({ type: "source", list: "hotSpots", index: -1 }, { type: "source", list: "all", index: 0 });
    messages.push({ type: "reveal", index: "0" }, { type: "again", pid: 7 }, { type: "export", format: "exe" });
    for (const message of messages) await channel.receive(message);
    expect(posted).toEqual([]);
    expect(done).toEqual([]);
    channel.dispose();
    await channel.receive({ type: "export", format: "json" });
    expect(posted).toEqual([]);
  });
});
