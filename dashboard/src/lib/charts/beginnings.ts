import { standard, type Selection } from '../time/selection';

/** A young store is drawn from its first sample on, but never narrower than this, in ms. */
const leastMs = 60_000;

/** Where the samples of the charts on the page begin, so that all of them share one time axis. */
export class Beginnings {
  private readonly firsts = new Map<string, number>();

  /** States where a chart's samples begin, in ms; null takes the chart away. */
  set(chart: string, firstMs: number | null): void {
    if (firstMs === null) this.firsts.delete(chart);
    else this.firsts.set(chart, firstMs);
  }

  /**
   * The left edge of the time axis. While the store is younger than the range that the page opens with, the axis begins
   * where the samples do: a server started a moment ago fills the charts. A range that somebody chose is kept.
   */
  leftEdge(selection: Selection, fromMs: number, toMs: number): number {
    if (selection.kind !== 'last' || standard.kind !== 'last' || selection.rangeMs !== standard.rangeMs || this.firsts.size === 0) return fromMs;
    return Math.max(fromMs, Math.min(toMs - leastMs, ...this.firsts.values()));
  }
}

export const beginnings = new Beginnings();

/** Index of the first point that any line has; −1 where there is none. */
export function firstPoint(lines: readonly { mean: Float64Array }[]): number {
  let first = -1;
  for (const { mean } of lines) {
    const at = mean.findIndex((v) => !Number.isNaN(v));
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}
