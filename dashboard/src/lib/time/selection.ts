import { duration, parseDuration } from './step';

/** What time the page shows: the last so many ms, moving with the clock; or a fixed stretch. */
export type Selection = { kind: 'last'; rangeMs: number } | { kind: 'between'; fromMs: number; toMs: number };

export const presets = [
  { rangeMs: 300_000, text: '5 min', words: 'Last 5 minutes' },
  { rangeMs: 900_000, text: '15 min', words: 'Last 15 minutes' },
  { rangeMs: 3_600_000, text: '1 h', words: 'Last hour' },
  { rangeMs: 21_600_000, text: '6 h', words: 'Last 6 hours' },
  { rangeMs: 86_400_000, text: '24 h', words: 'Last 24 hours' },
] as const;

export const standard: Selection = { kind: 'last', rangeMs: 300_000 };

/** Shortest stretch that can be chosen, in ms: below it a chart has too few points to say anything. */
export const shortestMs = 10_000;

export function rangeOf(selection: Selection): number {
  return selection.kind === 'last' ? selection.rangeMs : selection.toMs - selection.fromMs;
}

export function bounds(selection: Selection, nowMs: number): { fromMs: number; toMs: number } {
  return selection.kind === 'last'
    ? { fromMs: nowMs - selection.rangeMs, toMs: nowMs }
    : { fromMs: selection.fromMs, toMs: selection.toMs };
}

/** Stops the clock: the stretch that is shown now, to look at in peace. */
export function freeze(selection: Selection, nowMs: number): Selection {
  return { kind: 'between', ...bounds(selection, Math.round(nowMs)) };
}

/** Starts the clock again, with the preset that is closest to the length shown. */
export function resume(selection: Selection): Selection {
  if (selection.kind === 'last') return selection;
  const range = rangeOf(selection);
  const distance = (ms: number): number => Math.abs(Math.log(ms / range));
  const nearest = presets.reduce((a, b) => (distance(b.rangeMs) < distance(a.rangeMs) ? b : a));
  return { kind: 'last', rangeMs: nearest.rangeMs };
}

/** Makes the stretch longer (2) or shorter (0.5); a moving one keeps its right edge at now. */
export function scaled(selection: Selection, factor: number): Selection {
  const rangeMs = Math.max(shortestMs, Math.round(rangeOf(selection) * factor));
  if (selection.kind === 'last') return { kind: 'last', rangeMs };
  const middle = (selection.fromMs + selection.toMs) / 2;
  return { kind: 'between', fromMs: Math.round(middle - rangeMs / 2), toMs: Math.round(middle + rangeMs / 2) };
}

/** Moves the stretch by a part of its length: −0.5 is half of it back. */
export function shifted(selection: Selection, part: number, nowMs: number): Selection {
  const { fromMs, toMs } = bounds(selection, nowMs);
  const by = Math.round((toMs - fromMs) * part);
  return { kind: 'between', fromMs: Math.round(fromMs + by), toMs: Math.round(toMs + by) };
}

/** The selection as parameters of the address; the standard one needs none. */
export function toParams(selection: Selection): Record<string, string | null> {
  if (selection.kind === 'between') {
    return { range: null, from: new Date(selection.fromMs).toISOString(), to: new Date(selection.toMs).toISOString() };
  }
  const range = selection.rangeMs === presets[0].rangeMs ? null : duration(Math.round(selection.rangeMs / 1_000) * 1_000);
  return { range, from: null, to: null };
}

/** The selection that an address states; what it states wrongly is as if it stated nothing. */
export function fromParams(params: URLSearchParams): Selection {
  const from = Date.parse(params.get('from') ?? '');
  const to = Date.parse(params.get('to') ?? '');
  if (to - from >= 1_000) return { kind: 'between', fromMs: from, toMs: to };
  const rangeMs = parseDuration(params.get('range') ?? '');
  return rangeMs === undefined ? standard : { kind: 'last', rangeMs };
}
