import { hues } from '../colour/assign';
import type { Labels } from '../live/frames';
import type { Unit } from '../format/value';

/** One expression of a chart. `$w` in it is the rate window of the step. */
export interface Query {
  expr: string;
  /** The series' name: `{{label}}` is replaced by the label's value; without it, all labels. */
  name?: string;
}

export interface ChartSpec {
  id: string;
  /** The question that the chart answers. */
  title: string;
  unit: Unit;
  queries: Query[];
  /** Stacked areas instead of lines. */
  stack?: boolean;
  /** Names from the bottom of the stack upwards; others follow by name. */
  order?: string[];
  /** The axis ends here (1 for a utilisation); without it at a round number above the largest value. */
  max?: number;
  /** What series beyond the eighth make together: their sum, or their mean where a sum says nothing. */
  others?: 'sum' | 'mean';
  /** Rows that the legend may grow to before it scrolls; the card is that much taller from the start. */
  rows: number;
  /** What to say, and do, when no series matches. */
  empty: string;
}

/** One line of a chart on the drawn grid. `low` and `high` are the extremes of merged points, where points were merged. */
export interface Line {
  name: string;
  mean: Float64Array;
  low: Float64Array | null;
  high: Float64Array | null;
}

/** Names a series by its query's template, or by its labels where there is none. */
export function seriesName(query: Query, labels: Labels): string {
  if (query.name !== undefined) return query.name.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
  const { __name__: metric = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ');
  return pairs === '' ? metric || 'value' : `${metric}{${pairs}}`;
}

/** Merges each `factor` points of a fine grid into one: mean of what is there, least and largest; NaN where nothing is. */
export function mergePoints(fine: Float64Array, factor: number): Omit<Line, 'name'> {
  if (factor === 1) return { mean: fine, low: null, high: null };
  const count = Math.floor(fine.length / factor);
  const [mean, low, high] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    let [sum, seen, least, most] = [0, 0, Infinity, -Infinity];
    for (let j = i * factor; j < (i + 1) * factor; j++) {
      const value = fine[j]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      seen++;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    mean[i] = seen === 0 ? NaN : sum / seen;
    low[i] = seen === 0 ? NaN : least;
    high[i] = seen === 0 ? NaN : most;
  }
  return { mean, low, high };
}

/** At most eight lines: the seven largest by mean, and the rest as “others”. */
export function foldOthers(lines: Line[], how: 'sum' | 'mean'): Line[] {
  if (lines.length <= hues) return lines;
  const ranked = lines.map((line) => ({ line, weight: statistics(line.mean).mean || 0 })).sort((a, b) => b.weight - a.weight);
  const top = new Set(ranked.slice(0, hues - 1).map((r) => r.line));
  const rest = lines.filter((line) => !top.has(line));
  const merged = new Float64Array(rest[0]!.mean.length).fill(NaN);
  for (let i = 0; i < merged.length; i++) {
    let [sum, seen] = [0, 0];
    for (const line of rest) {
      if (Number.isNaN(line.mean[i]!)) continue;
      sum += line.mean[i]!;
      seen++;
    }
    if (seen > 0) merged[i] = how === 'sum' ? sum : sum / seen;
  }
  return [...lines.filter((line) => top.has(line)), { name: `${rest.length} others`, mean: merged, low: null, high: null }];
}

/** Lines in a fixed order: as listed, then by name with numbers counted as numbers (core 2 before core 10). */
export function inOrder(lines: Line[], order: readonly string[] = []): Line[] {
  const place = ({ name }: Line): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...lines].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** The tops of stacked areas, from the bottom one upwards. A missing part counts as nothing; a time without any is a gap. */
export function stacked(columns: readonly Float64Array[]): Float64Array[] {
  const tops: Float64Array[] = [];
  let below: Float64Array | undefined;
  for (const column of columns) {
    const top = new Float64Array(column.length);
    for (let i = 0; i < column.length; i++) {
      const base = below?.[i] ?? NaN;
      const value = column[i]!;
      top[i] = Number.isNaN(base) ? value : base + (Number.isNaN(value) ? 0 : value);
    }
    tops.push(top);
    below = top;
  }
  return tops;
}

export interface Statistics {
  last: number;
  mean: number;
  max: number;
  median: number;
}

export function statistics(values: Float64Array): Statistics {
  const present = values.filter((v) => !Number.isNaN(v));
  if (present.length === 0) return { last: NaN, mean: NaN, max: NaN, median: NaN };
  let [sum, max] = [0, -Infinity];
  for (const value of present) {
    sum += value;
    if (value > max) max = value;
  }
  const last = present[present.length - 1]!;
  present.sort();
  return { last, mean: sum / present.length, max, median: present[present.length >> 1]! };
}

/** The round number at or above a value where an axis can end. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const ratio = value / power;
  const nice = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((n) => n >= ratio - 1e-9)!;
  return nice * power;
}
