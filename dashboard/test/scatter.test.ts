import { describe, expect, it } from 'vitest';
import { dotAt, frameOf, msAt, nsAt, ticks, xOf, yOf, type Dot } from '../src/lib/traces/scatter';

const dot = (atMs: number, ns: number): Dot => ({ traceId: `${atMs}`, atMs, ns, spans: 1, errors: 0, label: '' });
const dots = [dot(1_000, 1e6), dot(5_000, 1e9), dot(9_000, 3e7)];
const frame = frameOf(dots, 0, 10_000, 600, 220);

describe('the scatter of durations', () => {
  it('holds every dot inside its frame', () => {
    for (const d of dots) {
      expect(yOf(frame, d.ns)).toBeGreaterThanOrEqual(frame.top - 1e-6);
      expect(yOf(frame, d.ns)).toBeLessThanOrEqual(frame.top + frame.height + 1e-6);
    }
  });

  it('tells time and duration of a place', () => {
    expect(msAt(frame, xOf(frame, 4_321))).toBeCloseTo(4_321);
    expect(nsAt(frame, yOf(frame, 5e7))).toBeCloseTo(5e7);
  });

  it('finds the dot under a place, and none far from all', () => {
    expect(dotAt(dots, frame, xOf(frame, 5_000) + 3, yOf(frame, 1e9) + 2, 14)).toBe(1);
    expect(dotAt(dots, frame, xOf(frame, 2_500), yOf(frame, 1e9), 14)).toBe(-1);
  });

  it('has round ticks within the frame', () => {
    expect(ticks(frame).map((t) => t.text.replace('\u00a0', ' '))).toEqual(['1 ms', '3 ms', '10 ms', '30 ms', '100 ms', '300 ms', '1 s']);
  });

  it('spreads equal durations over a decade', () => {
    const one = frameOf([dot(0, 5e6)], 0, 1, 600, 220);
    expect(Math.log10(one.mostNs / one.leastNs)).toBeCloseTo(1);
  });
});
