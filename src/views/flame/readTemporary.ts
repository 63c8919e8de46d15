import { type Profile, ProfileBuilder } from "../../profiler/profile.ts";
import { Failure } from "../sessionPort.ts";

/** Reads a profile. @param name of the file, which tells its kind @throws Failure `profile.malformed` and others */
export type ReadProfile = (bytes: Uint8Array, name: string) => Profile;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The two formats of V8 alone, until the readers of all formats stand in for it. */
export const readTemporary: ReadProfile = (bytes, name) => {
  try {
    const content: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return name.endsWith(".heapprofile")
      ? heapProfile(content as HeapContent, name)
      : cpuProfile(content as CpuContent, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({ code: "profile.malformed", args: { file: name, reason } });
  }
};

interface CpuContent {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function cpuProfile({ nodes, samples, timeDeltas }: CpuContent, name: string): Profile {
  const builder = new ProfileBuilder(name, "microseconds", true);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const built = new Map<number, number>();
  const [root] = nodes;
  if (root !== undefined) {
    built.set(root.id, -1);
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop())
      for (const id of node.children ?? []) {
        const child = byId.get(id);
        if (child === undefined || built.has(id)) throw new RangeError(`node ${id} is missing, or there twice`);
        const isIdle = child.callFrame.functionName === "(idle)";
        built.set(id, isIdle ? -1 : builder.node(built.get(node.id) ?? -1, builder.frame(frameOf(child.callFrame))));
        open.push(child);
      }
  }
  if (timeDeltas.length !== samples.length) throw new RangeError("samples and timeDeltas must be equally many");
  let at = 0;
  for (let index = 0; index < samples.length; index++) {
    const node = built.get(samples[index] as number);
    if (node === undefined) throw new RangeError(`sample ${index} is of no known node`);
    at += Math.max(0, timeDeltas[index] ?? 0);
    builder.sample(node, Math.max(0, timeDeltas[index + 1] ?? 0), at);
  }
  return builder.build();
}

interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}
interface HeapContent {
  readonly head: HeapNode;
}

function heapProfile({ head }: HeapContent, name: string): Profile {
  const builder = new ProfileBuilder(name, "bytes", false);
  const open = head.children.map((node) => ({ node, parent: -1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = builder.node(next.parent, builder.frame(frameOf(next.node.callFrame)));
    if (next.node.selfSize > 0) builder.sample(node, next.node.selfSize);
    for (const child of next.node.children) open.push({ node: child, parent: node });
  }
  return builder.build();
}

/** V8 counts lines and columns from 0, and says −1 where it knows none. */
function frameOf({ functionName, url, lineNumber, columnNumber }: CallFrame) {
  return {
    name: functionName === "" ? "(anonymous)" : functionName,
    file: url === "" ? null : url,
    line: lineNumber >= 0 ? lineNumber + 1 : null,
    column: columnNumber >= 0 ? columnNumber + 1 : null,
  };
}
