import type { RemoteLoad, SocketReport } from "../../engine/protocol/profilingIo.ts";
import type { TcpSocket } from "./tcpTable.ts";

const MOST_REMOTES = 500;
const TOLD_REMOTES = 8;

/** What the sockets of a process looked like over several looks: states at the last one, the most of all else. */
export class SocketWatch {
  #looks = 0;
  #last: readonly TcpSocket[] = [];
  #cut = false;
  #receiveQueueBytes = 0;
  #sendQueueBytes = 0;
  #retransmitting = 0;
  readonly #remotes = new Map<string, RemoteLoad>();

  /** @param cut the table had more than was read */
  look(sockets: readonly TcpSocket[], cut: boolean): void {
    this.#looks++;
    this.#last = sockets;
    this.#cut ||= cut;
    // The queue of one that listens is no bytes.
    const connections = sockets.filter(({ state }) => state !== "listen");
    this.#receiveQueueBytes = Math.max(this.#receiveQueueBytes, sum(connections, "receiveQueueBytes"));
    this.#sendQueueBytes = Math.max(this.#sendQueueBytes, sum(connections, "sendQueueBytes"));
    const retransmitting = connections.filter(({ retransmits }) => retransmits > 0).length;
    this.#retransmitting = Math.max(this.#retransmitting, retransmitting);
    const own = new Set(sockets.filter(({ state }) => state === "listen").map(({ localPort }) => localPort));
    const now = Map.groupBy(connections, ({ localPort, remoteAddress, remotePort }) =>
      own.has(localPort) ? `in ${localPort}` : `out ${remoteAddress} ${remotePort}`,
    );
    for (const [key, group] of now) {
      const [first] = group;
      const before = this.#remotes.get(key);
      if (first === undefined || (before === undefined && this.#remotes.size >= MOST_REMOTES)) continue;
      const comes = own.has(first.localPort);
      this.#remotes.set(key, {
        direction: comes ? "in" : "out",
        address: comes ? null : first.remoteAddress,
        port: comes ? first.localPort : first.remotePort,
        connections: Math.max(before?.connections ?? 0, group.length),
        receiveQueueBytes: Math.max(before?.receiveQueueBytes ?? 0, sum(group, "receiveQueueBytes")),
        sendQueueBytes: Math.max(before?.sendQueueBytes ?? 0, sum(group, "sendQueueBytes")),
      });
    }
  }

  /** `null`: nothing was looked at. */
  report(): SocketReport | null {
    if (this.#looks === 0) return null;
    const states = [...Map.groupBy(this.#last, ({ state }) => state)];
    const weight = ({ connections, receiveQueueBytes, sendQueueBytes }: RemoteLoad) =>
      receiveQueueBytes + sendQueueBytes + connections;
    return {
      states: states
        .map(([state, group]) => ({ state, count: group.length }))
        .toSorted((a, b) => b.count - a.count || (a.state < b.state ? -1 : 1)),
      remotes: [...this.#remotes.values()].toSorted((a, b) => weight(b) - weight(a)).slice(0, TOLD_REMOTES),
      ...{ receiveQueueBytes: this.#receiveQueueBytes, sendQueueBytes: this.#sendQueueBytes },
      ...{ retransmitting: this.#retransmitting, looks: this.#looks, cut: this.#cut },
    };
  }
}

function sum(sockets: readonly TcpSocket[], field: "receiveQueueBytes" | "sendQueueBytes"): number {
  return sockets.reduce((total, socket) => total + socket[field], 0);
}
