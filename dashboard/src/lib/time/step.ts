/** Most points that a chart asks for: about one for each pixel of its width. */
export const mostPoints = 720;

const second = 1_000;
const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * second);

/** The step of a chart over `rangeMs`: at least 1 s, at most `mostPoints` points, a step that people count in. */
export function chooseStep(rangeMs: number): number {
  const least = rangeMs / mostPoints;
  const nice = niceSteps.find((step) => step >= least);
  const day = 86_400 * second;
  return nice ?? Math.ceil(least / day) * day;
}

/** How many evaluated points are merged into one drawn point: more than one shows the extremes between two drawn points. */
export function mergeFactor(stepMs: number): number {
  if (stepMs < 2 * second) return 1;
  return stepMs < 4 * second ? 2 : 4;
}

/** Shortest window of a rate: five samples at the default interval of 1 s keep one late sample from making a hole. */
export const shortestWindowMs = 5_000;

/** A rate looks back over at least so many collections: two late ones in a row still leave it two samples. */
export const windowIntervals = 4;

/** The window of a rate that is evaluated each `stepMs` over samples `intervalMs` apart: none between two points goes unseen. */
export function rateWindow(stepMs: number, intervalMs: number): string {
  return duration(Math.max(shortestWindowMs, windowIntervals * intervalMs, stepMs));
}

/** A PromQL expression with `$w` replaced by the rate window of the step. */
export function expand(expr: string, stepMs: number, intervalMs: number): string {
  return expr.replaceAll('$w', rateWindow(stepMs, intervalMs));
}

/** Milliseconds as a PromQL duration in its largest whole unit. */
export function duration(ms: number): string {
  for (const [unit, size] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1_000]] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}

/** Reads `15m`, `6h`, `90s`; undefined where the text is no duration of 10 s to 400 d. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 's' | 'm' | 'h' | 'd'];
  return ms >= 10_000 && ms <= 400 * 86_400_000 ? ms : undefined;
}
