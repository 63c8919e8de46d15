/** The last scale that was carried out, so that it can be taken back. */
export interface DoneScale {
  readonly swarmId: string;
  readonly from: number;
  readonly to: number;
}

export class UndoMemory {
  readonly #onChange: (canUndo: boolean) => void;
  #last: DoneScale | null = null;

  constructor(onChange: (canUndo: boolean) => void) {
    this.#onChange = onChange;
  }

  get last(): DoneScale | null {
    return this.#last;
  }

  remember(done: DoneScale | null): void {
    this.#last = done;
    this.#onChange(done !== null);
  }
}
