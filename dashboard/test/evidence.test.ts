import { describe, expect, it } from 'vitest';
import { condition, ended, evidence } from '../src/lib/alerts/evidence';
import type { Alert } from '../src/lib/api/types';
import { fromParams, standard } from '../src/lib/time/selection';

const now = 1_700_000_000_000;
const alert = (changes: Partial<Alert>): Alert => ({
  id: 'a', rule: 'cpu', severity: 'High', state: 'Active', labels: {}, summary: 'CPU is busy.', expression: '100 * (1 - idle)',
  value: 99, threshold: 85, sinceMs: now - 30_000, activeAtMs: now - 20_000, resolvedAtMs: null, acknowledgedBy: null, acknowledgedAtMs: null,
  ...changes,
});
const timeOf = (params: Record<string, string | null>): ReturnType<typeof fromParams> =>
  fromParams(new URLSearchParams(Object.entries(params).filter((e): e is [string, string] => e[1] !== null)));

describe('the evidence of an alert', () => {
  it('is its expression on one line, its unit and its threshold', () => {
    expect(evidence(alert({ expression: '100 * (\n  1 - idle\n)' }), standard, now)).toMatchObject({ expr: '100 * ( 1 - idle )', unit: 'percent', threshold: '85' });
    expect(evidence(alert({ threshold: null }), standard, now)['threshold']).toBeNull();
  });

  it('keeps a time that shows the beginning, and else takes one that does', () => {
    expect(timeOf(evidence(alert({}), standard, now))).toEqual(standard);
    expect(timeOf(evidence(alert({ sinceMs: now - 1_800_000 }), standard, now))).toEqual({ kind: 'last', rangeMs: 3_600_000 });
    const old = timeOf(evidence(alert({ sinceMs: now - 864_000_000 }), standard, now));
    expect(old).toMatchObject({ kind: 'between', toMs: now });
  });

  it('shows one that is over from before its beginning until after its end', () => {
    const time = timeOf(evidence(alert({ state: 'Resolved', sinceMs: now - 600_000, resolvedAtMs: now - 300_000 }), standard, now));
    expect(time).toEqual({ kind: 'between', fromMs: now - 675_000, toMs: now - 225_000 });
  });

  it('tells what a rule measures from what it compares that with', () => {
    expect(condition('(100 * (1 - idle)) > 85')).toEqual({ expr: '100 * (1 - idle)', word: 'above', threshold: 85 });
    expect(condition('(free) < -1.5e+3')).toEqual({ expr: 'free', word: 'below', threshold: -1500 });
    for (const whole of ['a > b', '(a) > 1 or (b) > 2', 'absent(x)']) expect(condition(whole)).toEqual({ expr: whole, word: null, threshold: NaN });
  });

  it('counts each end once, whatever else changed', () => {
    const over = alert({ state: 'Resolved', resolvedAtMs: now });
    expect(ended([over, over, alert({}), alert({ state: 'Pending' }), { ...over, sinceMs: now - 90_000 }])).toHaveLength(2);
  });
});
