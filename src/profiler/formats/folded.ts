import { CodedError } from "../../engine/common/errors.ts";
import { type Frame, nodeWeights, type Profile, ProfileBuilder } from "../profile.ts";
import { functionName, shown, textOf } from "./content.ts";
import { checkLength, type ProfileFormat, type ProfileWriter, type ReadProfiles } from "./format.ts";
import { lines } from "./lines.ts";

/**
 * Folded stacks, as `stackcollapse-*.pl`, py-spy and `inferno` write them: a line a stack, its frames from the root to the
 * top with semicolons between, a blank, and how much. `name (file:line)` is a frame with a place.
 */
const writer: ProfileWriter = {
  id: "folded",
  units: ["microseconds", "bytes", "count"],
  keepsUnit: false,
  keepsOrder: false,
  keepsPlaces: false,
  write,
};

export const folded: ProfileFormat = {
  id: "folded",
  endings: [".folded", ".collapsed"],
  canRead: ({ bytes, text }) => looksFolded(text, bytes),
  read,
  writer,
};

const AMOUNT = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PLACE = /^(.+?):([1-9]\d{0,8})(?::([1-9]\d{0,8}))?$/;

interface Stack {
  readonly stack: string;
  readonly weight: number;
}

/** By the last blank, without an expression over the whole: a line may have a million characters. */
function stackOf(line: string): Stack | null {
  const text = line.trimEnd();
  const blank = Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t"));
  const amount = text.slice(blank + 1);
  const stack = text.slice(0, Math.max(0, blank));
  const weight = Number(amount);
  return stack.trim() !== "" && AMOUNT.test(amount) && Number.isFinite(weight) ? { stack, weight } : null;
}

/** Whether every line is a stack and a number, as far as the begin of the file goes. */
function looksFolded(text: string, bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  let stacks = 0;
  for (const line of lines(text)) {
    // The last one may be cut.
    if (line.end === text.length && stacks > 0) break;
    if (line.text.trim() === "") continue;
    if (stackOf(line.text) === null) return false;
    if (++stacks === LOOKED_AT) break;
  }
  return stacks > 0;
}

const LOOKED_AT = 20;

function read(content: Uint8Array, file: string): ReadProfiles {
  const builder = new ProfileBuilder(file, "count", false);
  const frames = new Map<string, number>();
  let number = 0;
  for (const { text } of lines(textOf(content))) {
    number++;
    if (text.trim() === "") continue;
    const found = stackOf(text);
    if (found === null) throw new CodedError("profile.foldedLine", { file, line: number, value: shown(text) });
    let node = -1;
    for (const label of found.stack.split(";")) {
      let frame = frames.get(label);
      if (frame === undefined) {
        frame = builder.frame(frameOf(label));
        frames.set(label, frame);
      }
      node = builder.node(node, frame);
    }
    builder.sample(node, found.weight);
  }
  return { profiles: [builder.build()], problems: [] };
}

function frameOf(label: string): Frame {
  const bracket = label.endsWith(")") ? label.lastIndexOf(" (") : -1;
  const name = label.slice(0, Math.max(0, bracket));
  const [, file, line, column] = (name.trim() === "" ? null : PLACE.exec(label.slice(bracket + 2, -1))) ?? [];
  if (file === undefined) return { name: functionName(label), file: null, line: null, column: null };
  return { name, file, line: Number(line), column: column === undefined ? null : Number(column) };
}

/** A frame in a line: what would end it or the line is replaced. */
export function foldedLabel({ name, file, line, column }: Frame): string {
  const place = file === null || line === null ? "" : ` (${file}:${line}${column === null ? "" : `:${column}`})`;
  return `${functionName(name.trim() === "" ? "" : name)}${place}`.replaceAll(";", ":").replaceAll(/\p{Cc}/gu, " ");
}

function write(profile: Profile): string {
  const { frames, nodeFrame, nodeParent } = profile;
  const { self } = nodeWeights(profile);
  const labels = frames.map(foldedLabel);
  // A stack is that of the caller and one frame more.
  const stacks: string[] = [];
  const written: string[] = [];
  let characters = 0;
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    const label = labels[nodeFrame[node] as number] as string;
    const stack = parent < 0 ? label : `${stacks[parent] as string};${label}`;
    stacks.push(stack);
    const weight = self[node] as number;
    if (weight === 0) continue;
    const line = `${stack} ${weight}\n`;
    characters += line.length;
    checkLength("folded", characters);
    written.push(line);
  }
  return written.join("");
}
