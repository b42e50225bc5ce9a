import { describe, expect, it } from 'vitest';
import { freeze, fromParams, presets, resume, scaled, shifted, shortestMs, standard, toParams, type Selection } from '../src/lib/time/selection';
import { chooseStep, duration, expand, mergeFactor, mostPoints, parseDuration } from '../src/lib/time/step';

describe('chooseStep', () => {
  it('takes round steps for the presets', () => {
    expect(presets.map((p) => chooseStep(p.rangeMs) / 1000)).toEqual([1, 2, 5, 30, 120]);
  });

  it('is at least a second and never asks for too many points, from ten seconds to years', () => {
    for (let range = 10_000; range < 1e12; range *= 1.07) {
      const step = chooseStep(range);
      expect(step).toBeGreaterThanOrEqual(1000);
      expect(step % 1000).toBe(0);
      expect(range / step).toBeLessThanOrEqual(mostPoints + 1e-9);
    }
  });

  it('merges whole points that the live connection can send', () => {
    for (let range = 10_000; range < 1e10; range *= 1.3) {
      const step = chooseStep(range);
      expect(Number.isInteger(step / mergeFactor(step))).toBe(true);
      expect(step / mergeFactor(step)).toBeGreaterThanOrEqual(1000);
      expect((range / step) * mergeFactor(step)).toBeLessThan(11_000);
    }
  });

  it('gives rates a window of five seconds or a step', () => {
    expect(expand('rate(a[$w]) + rate(b[$w])', 1000, 1000)).toBe('rate(a[5s]) + rate(b[5s])');
    expect(expand('rate(a[$w])', 30_000, 1000)).toBe('rate(a[30s])');
    expect(expand('rate(a[$w])', 7_500, 1000)).toBe('rate(a[7500ms])');
  });

  it('gives rates at least four collections, however seldom there is one', () => {
    expect(expand('rate(a[$w])', 1000, 10_000)).toBe('rate(a[40s])');
    expect(expand('rate(a[$w])', 1000, 1500)).toBe('rate(a[6s])');
    expect(expand('rate(a[$w])', 120_000, 10_000)).toBe('rate(a[2m])');
  });

  it('reads what it writes', () => {
    for (const ms of [10_000, 90_000, 300_000, 86_400_000]) expect(parseDuration(duration(ms))).toBe(ms);
    for (const text of ['', '5', '5 m', '-5m', '1w', '1s', '9999d']) expect(parseDuration(text)).toBeUndefined();
  });
});

describe('selection', () => {
  const roundTrip = (selection: Selection): Selection => {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries(toParams(selection))) if (value !== null) params.set(key, value);
    return fromParams(params);
  };

  it('survives the address', () => {
    for (const selection of [standard, { kind: 'last', rangeMs: 21_600_000 }, { kind: 'between', fromMs: 1_700_000_000_123, toMs: 1_700_000_060_000 }] as Selection[]) {
      expect(roundTrip(selection)).toEqual(selection);
    }
  });

  it('falls back to the standard on nonsense', () => {
    for (const query of ['range=x', 'from=2026-01-01T00:00:00Z', 'from=b&to=a', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z']) {
      expect(fromParams(new URLSearchParams(query))).toEqual(standard);
    }
  });

  it('stops, moves, and follows the clock again', () => {
    const now = 1_700_000_000_000;
    const frozen = freeze({ kind: 'last', rangeMs: 900_000 }, now);
    expect(frozen).toEqual({ kind: 'between', fromMs: now - 900_000, toMs: now });
    expect(shifted(frozen, -0.5, now)).toEqual({ kind: 'between', fromMs: now - 1_350_000, toMs: now - 450_000 });
    expect(resume(frozen)).toEqual({ kind: 'last', rangeMs: 900_000 });
    expect(scaled(frozen, 2)).toEqual({ kind: 'between', fromMs: now - 1_350_000, toMs: now + 450_000 });
    expect(scaled({ kind: 'last', rangeMs: 15_000 }, 0.5)).toEqual({ kind: 'last', rangeMs: shortestMs });
  });
});
