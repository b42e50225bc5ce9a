import type { DataFrame, Labels } from './frames';

/**
 * The points of one query on a fixed time grid: a ring of the last `capacity` steps for each series.
 * A point's slot is its step number modulo the capacity, so that an increment overwrites in place and nothing is moved.
 */
export class Ring {
  readonly stepMs: number;
  readonly capacity: number;
  private newest = -1;
  private readonly columns = new Map<number, Float64Array>();
  private readonly labels = new Map<number, Labels>();

  constructor(stepMs: number, capacity: number) {
    this.stepMs = stepMs;
    this.capacity = Math.max(2, capacity);
  }

  /** Time of the newest step that was sent, in ms; −1 before the first. */
  get newestMs(): number {
    return this.newest < 0 ? -1 : this.newest * this.stepMs;
  }

  get indexes(): number[] {
    return [...this.columns.keys()];
  }

  labelsOf(index: number): Labels {
    return this.labels.get(index) ?? {};
  }

  name(index: number, labels: Labels): void {
    this.labels.set(index, labels);
  }

  clear(): void {
    this.newest = -1;
    this.columns.clear();
    this.labels.clear();
  }

  /**
   * Takes a frame in: the times it covers are replaced for every series, those that it does not name included
   * (a series that has gone has no point there). Returns false where the frame's grid is not this ring's.
   */
  merge(frame: Pick<DataFrame, 'startMs' | 'stepMs' | 'points' | 'columns'>): boolean {
    if (frame.stepMs !== this.stepMs || frame.startMs % this.stepMs !== 0) return false;
    if (frame.points === 0) return true;
    const first = frame.startMs / this.stepMs;
    const last = first + frame.points - 1;
    this.advance(last);
    const oldest = this.newest - this.capacity + 1;
    for (const column of this.columns.values()) {
      for (let n = Math.max(first, oldest); n <= last; n++) column[n % this.capacity] = NaN;
    }
    for (const { index, values } of frame.columns) {
      const column = this.column(index);
      for (let n = Math.max(first, oldest); n <= last; n++) column[n % this.capacity] = values[n - first] ?? NaN;
    }
    return true;
  }

  /** Copies the values of the steps `fromStep` … `fromStep + count − 1` of a series; NaN outside of what is held. */
  copy(index: number, fromStep: number, count: number): Float64Array {
    const out = new Float64Array(count).fill(NaN);
    const column = this.columns.get(index);
    if (column === undefined) return out;
    const oldest = this.newest - this.capacity + 1;
    const end = Math.min(fromStep + count - 1, this.newest);
    for (let n = Math.max(fromStep, oldest, 0); n <= end; n++) out[n - fromStep] = column[n % this.capacity]!;
    return out;
  }

  /** The newest value that is a number, looking back at most `steps` steps; NaN where there is none. */
  latest(index: number, steps = 5): number {
    const column = this.columns.get(index);
    if (column === undefined) return NaN;
    for (let n = this.newest; n > this.newest - Math.min(steps, this.capacity) && n >= 0; n--) {
      const value = column[n % this.capacity]!;
      if (!Number.isNaN(value)) return value;
    }
    return NaN;
  }

  private advance(newest: number): void {
    if (newest <= this.newest) return;
    // Steps between the old end and the frame's start were never sent: they are a gap, not the values of a turn before.
    const from = Math.max(this.newest + 1, newest - this.capacity + 1);
    for (const column of this.columns.values()) {
      for (let n = from; n <= newest; n++) column[n % this.capacity] = NaN;
    }
    this.newest = newest;
  }

  private column(index: number): Float64Array {
    let column = this.columns.get(index);
    if (column === undefined) {
      column = new Float64Array(this.capacity).fill(NaN);
      this.columns.set(index, column);
    }
    return column;
  }
}
