import { ApiError, queryRange } from '../api/client';
import { Ring } from '../live/ring';
import type { LiveClient } from '../live/client';
import { chooseStep, expand, mergeFactor } from '../time/step';
import { rangeOf, type Selection } from '../time/selection';
import { mergePoints, seriesName, type Line, type Query } from './model';

/** Longest step that the live connection takes, in ms; a longer range is asked for once. */
const longestLiveStepMs = 3_600_000;

/** The grid that a selection is drawn on, and the finer one that it is evaluated on. */
export interface Grid {
  stepMs: number;
  factor: number;
  fineMs: number;
}

export function gridOf(selection: Selection, merge: boolean): Grid {
  const stepMs = chooseStep(rangeOf(selection));
  const factor = merge ? mergeFactor(stepMs) : 1;
  return { stepMs, factor, fineMs: stepMs / factor };
}

/** What a chart knows of its points: drawn times in seconds, and the lines over them. */
export interface Picture {
  seconds: number[];
  lines: Line[];
}

/** The points of a chart's queries over a selection: live while it moves with the clock, asked for once where it does not. */
export class Feed {
  readonly grid: Grid;
  /** The first fault of a query: the chart says it instead of drawing half. */
  error: string | null = null;
  private readonly rings: Ring[];
  private readonly ready: boolean[];
  private readonly closers: (() => void)[] = [];

  constructor(
    private readonly queries: readonly Query[],
    private readonly selection: Selection,
    merge: boolean,
    /** How far apart samples are, in ms: rates look back over several. */
    private readonly intervalMs: number,
    live: LiveClient,
    private readonly changed: () => void,
  ) {
    this.grid = gridOf(selection, merge);
    const { fineMs } = this.grid;
    const spare = this.grid.factor * 2 + 2;
    this.rings = queries.map(() => new Ring(fineMs, Math.ceil(rangeOf(selection) / fineMs) + spare));
    this.ready = queries.map(() => false);
    queries.forEach((query, i) => {
      if (selection.kind === 'last' && fineMs <= longestLiveStepMs) this.follow(live, query, i, selection.rangeMs);
      else void this.ask(query, i);
    });
  }

  /** Whether every query has answered, with points or without. */
  get loaded(): boolean {
    return this.ready.every((r) => r);
  }

  /** Time of the newest evaluated step, in ms; −1 before the first. */
  get newestMs(): number {
    return Math.max(-1, ...this.rings.map((ring) => ring.newestMs));
  }

  close(): void {
    for (const close of this.closers.splice(0)) close();
  }

  /** The newest values by name, for what is shown as a number and not as a line. */
  latest(): { name: string; labels: Readonly<Record<string, string>>; query: number; value: number }[] {
    return this.rings.flatMap((ring, query) =>
      ring.indexes.map((index) => {
        const labels = ring.labelsOf(index);
        return { name: seriesName(this.queries[query]!, labels), labels, query, value: ring.latest(index) };
      }).filter((item) => !Number.isNaN(item.value)));
  }

  picture(): Picture {
    const { stepMs, factor, fineMs } = this.grid;
    const newest = this.newestMs;
    if (newest < 0) return { seconds: [], lines: [] };
    const last = this.selection.kind === 'last' ? newest : Math.min(newest, this.selection.toMs);
    const lastStep = Math.floor(last / stepMs);
    const count = Math.ceil(rangeOf(this.selection) / stepMs) + 1;
    const firstStep = Math.max(0, lastStep - count + 1);
    const lines: Line[] = [];
    this.rings.forEach((ring, query) => {
      for (const index of ring.indexes) {
        const fine = ring.copy(index, (firstStep * stepMs) / fineMs, count * factor);
        if (fine.every((v) => Number.isNaN(v))) continue;
        lines.push({ name: seriesName(this.queries[query]!, ring.labelsOf(index)), ...mergePoints(fine, factor) });
      }
    });
    return { seconds: Array.from({ length: count }, (_, i) => ((firstStep + i) * stepMs) / 1_000), lines };
  }

  private follow(live: LiveClient, query: Query, i: number, rangeMs: number): void {
    const ring = this.rings[i]!;
    let stale = false;
    const request = { expr: expand(query.expr, this.grid.fineMs, this.intervalMs), stepMs: this.grid.fineMs, rangeMs };
    const fresh = (): void => {
      if (stale) ring.clear();
      stale = false;
    };
    this.closers.push(live.subscribe(request, {
      // The old picture stays until the first frame of the new life: a break must not blank the page.
      restart: () => { stale = true; },
      series: (frame) => {
        fresh();
        for (const { index, labels } of frame.series) ring.name(index, labels);
      },
      data: (frame) => {
        fresh();
        ring.merge(frame);
        this.ready[i] = true;
        this.error = null;
        this.changed();
      },
      error: (frame) => this.fail(frame.error),
    }));
  }

  private async ask(query: Query, i: number): Promise<void> {
    if (this.selection.kind !== 'between') {
      const now = Date.now();
      return this.fetch(query, i, now - this.selection.rangeMs, now);
    }
    return this.fetch(query, i, this.selection.fromMs, this.selection.toMs);
  }

  private async fetch(query: Query, i: number, fromMs: number, toMs: number): Promise<void> {
    const { fineMs, stepMs } = this.grid;
    const abort = new AbortController();
    this.closers.push(() => abort.abort());
    try {
      // From a whole drawn step on, so that merged points are whole.
      const { frame, labels } = await queryRange(expand(query.expr, fineMs, this.intervalMs), Math.floor(fromMs / stepMs) * stepMs, toMs, fineMs, abort.signal);
      const ring = this.rings[i]!;
      labels.forEach((l, index) => ring.name(index, l));
      ring.merge(frame);
      this.ready[i] = true;
      this.changed();
    } catch (fault) {
      if (abort.signal.aborted) return;
      this.fail(fault instanceof ApiError ? fault.message : String(fault));
    }
  }

  private fail(message: string): void {
    this.error = message;
    this.changed();
  }
}
