import { type FlameLayout, rowsOf } from "./layout.ts";

/** Steps after which a run of slivers ends, so that a picture of slivers alone still shows more than one colour. */
const LONGEST_RUN = 8;

/** The first box of a row that ends beyond `at`; the row's end when none does. By halving. */
export function firstBeyond({ rowFirst, end }: FlameLayout, row: number, at: number, from?: number): number {
  let low = from ?? (rowFirst[row] as number);
  let high = rowFirst[row + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((end[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The box at a place; −1 where there is none. */
export function boxAt(layout: FlameLayout, row: number, at: number): number {
  if (!(row >= 0 && row < rowsOf(layout))) return -1;
  const box = firstBeyond(layout, row, at);
  return box < (layout.rowFirst[row + 1] as number) && (layout.start[box] as number) <= at ? box : -1;
}

export interface Visitor {
  /** One box that is wide enough to be seen. */
  box(box: number): void;
  /** Boxes too narrow to be seen, side by side: from the first one's start to the last one's end; `box` is one of the widest looked at. */
  slivers(box: number, start: number, end: number): void;
}

/**
 * What of a row lies between two places. Boxes narrower than `least` with less than that between them are told as one, and
 * only every one that begins `least` further is looked at: a row costs as many steps as it has pixels, not boxes.
 */
export function visitRow(
  layout: FlameLayout,
  row: number,
  from: number,
  to: number,
  least: number,
  { box: seen, slivers }: Visitor,
): void {
  const { start, end, rowFirst } = layout;
  const last = rowFirst[row + 1] as number;
  let box = firstBeyond(layout, row, from);
  while (box < last && (start[box] as number) < to) {
    let width = (end[box] as number) - (start[box] as number);
    if (width >= least) {
      seen(box++);
      continue;
    }
    // A run of slivers: goes on as long as the next one is near and narrow.
    const runStart = start[box] as number;
    let runEnd = end[box] as number;
    let widest = box;
    let most = width;
    for (;;) {
      // Those that end within the next step are not told from each other.
      const next = gallop(end, box + 1, last, runEnd + least);
      if (next > box + 1) runEnd = end[next - 1] as number;
      box = next;
      if (box >= last || (start[box] as number) >= to) break;
      width = (end[box] as number) - (start[box] as number);
      if (width >= least || (start[box] as number) - runEnd >= least) break;
      if (width > most) {
        most = width;
        widest = box;
      }
      runEnd = end[box] as number;
      if (runEnd - runStart >= LONGEST_RUN * least) {
        // The next run may have another colour.
        box++;
        break;
      }
    }
    slivers(widest, runStart, runEnd);
  }
}

/** The first of `values` from `low` on that is not below `at`: doubling steps, then halving; mostly it is near. */
function gallop(values: Float64Array, low: number, last: number, at: number): number {
  let from = low;
  let step = 1;
  let high = low;
  while (high < last && (values[high] as number) < at) {
    from = high + 1;
    high += step;
    step *= 2;
  }
  let to = Math.min(high, last);
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((values[middle] as number) >= at) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** How many rows are filled at each of `columns` places, for the whole picture: the outline of the minimap. */
export function skyline(layout: FlameLayout, columns: number): Int32Array {
  const filled = new Int32Array(columns);
  if (!(layout.span > 0)) return filled;
  const scale = columns / layout.span;
  const mark = (start: number, end: number): void => {
    const to = Math.min(columns, Math.max(Math.ceil(end * scale), Math.floor(start * scale) + 1));
    for (let at = Math.floor(start * scale); at < to; at++) filled[at] = (filled[at] as number) + 1;
  };
  for (let row = 0; row < rowsOf(layout); row++) {
    let marked = -1;
    const once = (start: number, end: number): void => {
      // Two boxes in one column of a row count once.
      const begin = Math.max(Math.floor(start * scale), marked + 1);
      const until = Math.min(columns, Math.max(Math.ceil(end * scale), begin));
      if (until > begin) mark(begin / scale, until / scale);
      marked = Math.max(marked, until - 1);
    };
    visitRow(layout, row, 0, layout.span, 0.5 / scale, {
      box: (box) => once(layout.start[box] as number, layout.end[box] as number),
      slivers: (_, start, end) => once(start, end),
    });
  }
  return filled;
}
