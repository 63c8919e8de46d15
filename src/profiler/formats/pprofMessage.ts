/**
 * What of a protocol buffer can be seen without its schema: fields one after the other. `pprof-format` takes what is cut
 * for what is short, so that a file that ends in the middle has to be found out here.
 * https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const BYTES = 2;
/** The last field of a profile; none of more than one byte of a tag. */
const LAST_FIELD = 15;
const SAMPLE_TYPE = 1;
const SAMPLE = 2;
const STRING_TABLE = 6;
const TELLING_BYTES = 64;

/** Whether the fields of a profile fill all of it. */
export function isWhole(content: Uint8Array): boolean {
  return walk(content).end === content.length;
}

/** Whether it begins as a profile does: with fields that a profile has, in their types, until it ends or is cut. */
export function looksLikeMessage(head: Uint8Array): boolean {
  // An empty line is the tag of the first field too. Short lengths and small numbers are control characters.
  if (!head.subarray(0, TELLING_BYTES).some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13))
    return false;
  const { fields, end, cut } = walk(head);
  return (end === head.length || cut) && (fields.has(SAMPLE_TYPE) || fields.has(SAMPLE) || fields.has(STRING_TABLE));
}

interface Walk {
  readonly fields: ReadonlySet<number>;
  /** Where the last whole field ends. */
  readonly end: number;
  /** A field that a profile has reaches beyond the end. */
  readonly cut: boolean;
}

function walk(content: Uint8Array): Walk {
  const fields = new Set<number>();
  let end = 0;
  while (end < content.length) {
    const tag = content[end] as number;
    const field = tag >> 3;
    const type = tag & 7;
    if (field < 1 || field > LAST_FIELD || type !== typeOf(field, type)) return { fields, end, cut: false };
    const { value, next } = varint(content, end + 1);
    const after = type === BYTES ? next + value : next;
    if (next < 0 || after > content.length) return { fields: fields.add(field), end, cut: true };
    fields.add(field);
    end = after;
  }
  return { fields, end, cut: false };
}

/** Messages and strings 1 to 6 and 11; numbers else, of which 13 may be packed. */
function typeOf(field: number, type: number): number {
  if (field <= STRING_TABLE || field === 11) return BYTES;
  return field === 13 && type === BYTES ? BYTES : VARINT;
}

/** `next` is −1 when it is cut. */
function varint(content: Uint8Array, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < content.length && at < from + 10; at++) {
    const byte = content[at] as number;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return { value, next: at + 1 };
  }
  return { value, next: -1 };
}
