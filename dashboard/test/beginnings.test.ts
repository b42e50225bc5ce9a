import { describe, expect, it } from 'vitest';
import { Beginnings, firstPoint } from '../src/lib/charts/beginnings';
import { standard } from '../src/lib/time/selection';

const to = 1_700_000_000_000;
const from = to - 300_000;

describe('the left edge of the time axis', () => {
  it('stands at the range until a sample was seen', () => {
    expect(new Beginnings().leftEdge(standard, from, to)).toBe(from);
  });

  it('begins with the oldest sample of the page, and is never narrower than a minute', () => {
    const beginnings = new Beginnings();
    beginnings.set('cpu', to - 10_000);
    expect(beginnings.leftEdge(standard, from, to)).toBe(to - 60_000);
    beginnings.set('memory', to - 120_000);
    expect(beginnings.leftEdge(standard, from, to)).toBe(to - 120_000);
    beginnings.set('memory', to - 900_000);
    expect(beginnings.leftEdge(standard, from, to)).toBe(from);
    beginnings.set('memory', null);
    expect(beginnings.leftEdge(standard, from, to)).toBe(to - 60_000);
  });

  it('is left alone where somebody chose the time', () => {
    const beginnings = new Beginnings();
    beginnings.set('cpu', to - 10_000);
    expect(beginnings.leftEdge({ kind: 'last', rangeMs: 900_000 }, to - 900_000, to)).toBe(to - 900_000);
    expect(beginnings.leftEdge({ kind: 'between', fromMs: from, toMs: to }, from, to)).toBe(from);
  });

  it('finds the first point of any line', () => {
    expect(firstPoint([{ mean: Float64Array.of(NaN, NaN, 1) }, { mean: Float64Array.of(NaN, 2, NaN) }, { mean: Float64Array.of(NaN) }])).toBe(1);
    expect(firstPoint([{ mean: Float64Array.of(NaN) }])).toBe(-1);
  });
});
