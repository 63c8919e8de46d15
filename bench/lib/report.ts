/** One figure, as `npm run bench` prints it: one JSON object a line (design §1). */
export interface Figure {
  readonly bench: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
  readonly better: "lower" | "higher";
  readonly peer?: string;
  readonly peerValue?: number;
  /** Peer ÷ ours where lower is better, ours ÷ peer where higher is: above 1 means we are ahead. */
  readonly ratio?: number;
}

/** Prints a figure on stdout; everything else belongs on stderr. Numbers keep four significant digits. */
export function report(figure: Omit<Figure, "ratio">): Figure {
  const { value, peerValue, better } = figure;
  const ratio =
    peerValue === undefined ? {} : { ratio: short(better === "lower" ? peerValue / value : value / peerValue) };
  const complete: Figure = {
    ...figure,
    value: short(value),
    ...(peerValue === undefined ? {} : { peerValue: short(peerValue) }),
    ...ratio,
  };
  process.stdout.write(`${JSON.stringify(complete)}\n`);
  return complete;
}

/** @throws RangeError when there is nothing to take a median of */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median of no values");
  const sorted = [...values].toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function short(value: number): number {
  return Number(value.toPrecision(4));
}
