/** The fields of `/proc/PID/stat` that a tick needs. One object is reused for every process: copy what must stay. */
export interface StatFields {
  /** Byte range of the short name inside the buffer, parentheses excluded. */
  commStart: number;
  commEnd: number;
  /** Character code of the state letter. */
  state: number;
  parentPid: number;
  /** Kernel flags of the process (`PF_…`). */
  flags: number;
  /** User + system time, in clock ticks. */
  cpuTicks: number;
  threads: number;
  /** Clock ticks after boot. */
  startTime: number;
  rssPages: number;
  /** Bottom of the stack: another value after every exec. 0 for processes of other users. */
  stackStart: number;
}

export function emptyStatFields(): StatFields {
  return {
    commStart: 0,
    commEnd: 0,
    state: 0,
    parentPid: 0,
    flags: 0,
    cpuTicks: 0,
    threads: 0,
    startTime: 0,
    rssPages: 0,
    stackStart: 0,
  };
}

/** Numbers of the fields in proc(5), which counts from 1. */
const STATE = 3;
const LAST_NEEDED = 28;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Reads one stat line from the first `length` bytes of `buffer` into `into`.
 * The name may hold spaces, parentheses, newlines and bytes that are no UTF-8, so it ends at the *last* `)`: nothing
 * behind it can contain one. Works on bytes, because making a string and splitting it costs five times as much.
 * @returns `false` when the text is not a stat line; `into` is then undefined in part.
 */
export function parseStatLine(buffer: Buffer, length: number, into: StatFields): boolean {
  // 1. The name between the first "(" and the last ")".
  let open = 0;
  while (open < length && buffer[open] !== 0x28) open++;
  let close = length - 1;
  while (close > open && buffer[close] !== 0x29) close--;
  if (close <= open) return false;
  into.commStart = open + 1;
  into.commEnd = close;
  // 2. The state letter.
  let at = close + 2;
  const state = buffer[at];
  if (at >= length || state === undefined || state < 0x41) return false;
  into.state = state;
  at += 2;
  // 3. The numbers up to field 28; a missing or malformed one makes the whole line worthless.
  into.cpuTicks = 0;
  for (let field = STATE + 1; field <= LAST_NEEDED; field++) {
    let negative = false;
    if (buffer[at] === MINUS) {
      negative = true;
      at++;
    }
    let value = 0;
    const first = at;
    for (; at < length; at++) {
      const digit = buffer[at] as number;
      if (digit < ZERO || digit > NINE) break;
      value = value * 10 + (digit - ZERO);
    }
    if (at === first) return false;
    const end = at < length ? buffer[at] : NEWLINE;
    if (end !== SPACE && end !== NEWLINE) return false;
    at++;
    if (negative) value = -value;
    switch (field) {
      case 4:
        into.parentPid = value;
        break;
      case 9:
        into.flags = value;
        break;
      case 14:
      case 15:
        into.cpuTicks += value;
        break;
      case 20:
        into.threads = value;
        break;
      case 22:
        into.startTime = value;
        break;
      case 24:
        into.rssPages = value;
        break;
      case 28:
        into.stackStart = value;
        break;
      default:
        break;
    }
  }
  return true;
}

/**
 * Bytes that reached the storage layer, from `/proc/PID/io`: the fifth and sixth line (`read_bytes`, `write_bytes`),
 * whose order has not changed since Linux 2.6.20.
 * @returns `null` when the text is not such a file.
 */
export function parseIo(buffer: Buffer, length: number): { readBytes: number; writeBytes: number } | null {
  let at = 0;
  for (let line = 0; line < 4; line++) {
    while (at < length && buffer[at] !== NEWLINE) at++;
    at++;
  }
  const read = labelledNumber(buffer, length, at, 0x72);
  if (read === null) return null;
  while (at < length && buffer[at] !== NEWLINE) at++;
  const write = labelledNumber(buffer, length, at + 1, 0x77);
  return write === null ? null : { readBytes: read, writeBytes: write };
}

function labelledNumber(buffer: Buffer, length: number, start: number, firstLetter: number): number | null {
  if (start >= length || buffer[start] !== firstLetter) return null;
  let at = start;
  while (at < length && buffer[at] !== 0x3a) at++;
  at += 2;
  const first = at;
  let value = 0;
  for (; at < length; at++) {
    const digit = buffer[at] as number;
    if (digit < ZERO || digit > NINE) break;
    value = value * 10 + (digit - ZERO);
  }
  return at === first ? null : value;
}
