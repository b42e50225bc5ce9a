import type { LogStep } from '../api/events';
import { severities, severityWord, type SeverityWord } from './severity';

/** One bar of the histogram: its counts by severity, the gravest first. */
export interface Bar {
  fromMs: number;
  total: number;
  parts: { severity: SeverityWord; count: number }[];
}

/** Bars at every step of the time shown, empty ones included: what is missing must be seen. */
export function barsOf(steps: readonly LogStep[], stepMs: number, fromMs: number, toMs: number): Bar[] {
  const counts = new Map<number, Map<SeverityWord, number>>();
  for (const { fromNs, counts: by } of steps) {
    const at = Math.floor(Number(fromNs) / 1e6 / stepMs + 1e-6);
    const bar = counts.get(at) ?? new Map<SeverityWord, number>();
    for (const [word, count] of Object.entries(by)) {
      const severity = severityWord(word);
      bar.set(severity, (bar.get(severity) ?? 0) + count);
    }
    counts.set(at, bar);
  }
  const bars: Bar[] = [];
  for (let at = Math.floor(fromMs / stepMs); at * stepMs < toMs; at++) {
    const bar = counts.get(at);
    const parts = severities.filter((s) => (bar?.get(s) ?? 0) > 0).map((severity) => ({ severity, count: bar!.get(severity)! }));
    bars.push({ fromMs: at * stepMs, total: parts.reduce((sum, p) => sum + p.count, 0), parts });
  }
  return bars;
}

const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** The step that makes about so many bars. */
export function barStep(rangeMs: number, bars: number): number {
  const least = rangeMs / 1_000 / bars;
  return (steps.find((s) => s >= least) ?? Math.ceil(least / 86_400) * 86_400) * 1_000;
}
