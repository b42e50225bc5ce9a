import { describe, expect, it } from 'vitest';
import { toColumns } from '../src/lib/api/client';
import { foldOthers, inOrder, mergePoints, niceCeiling, seriesName, stacked, statistics, type Line } from '../src/lib/charts/model';
import { toCsv } from '../src/lib/charts/save';

const line = (name: string, ...values: number[]): Line => ({ name, mean: Float64Array.from(values), low: null, high: null });

describe('the model of a chart', () => {
  it('names series by template, or by all labels', () => {
    expect(seriesName({ expr: 'x', name: '{{device}} in {{none}}' }, { device: 'eth0' })).toBe('eth0 in ');
    expect(seriesName({ expr: 'x' }, { __name__: 'up', job: 'a"b' })).toBe('up{job="a\\"b"}');
    expect(seriesName({ expr: 'x' }, {})).toBe('value');
  });

  it('keeps the extremes of merged points and does not count what is missing', () => {
    const merged = mergePoints(Float64Array.of(1, 9, NaN, 2, NaN, NaN, NaN, NaN), 4);
    expect([...merged.mean]).toEqual([4, NaN]);
    expect([...merged.low!]).toEqual([1, NaN]);
    expect([...merged.high!]).toEqual([9, NaN]);
  });

  it('shows the seven largest and the rest together, nothing lost', () => {
    const lines = Array.from({ length: 12 }, (_, i) => line(`s${i}`, i, i * 2));
    const folded = foldOthers(lines, 'sum');
    expect(folded.map((l) => l.name)).toEqual(['s5', 's6', 's7', 's8', 's9', 's10', 's11', '5 others']);
    const total = (all: Line[]): number => all.reduce((sum, l) => sum + l.mean[0]! + l.mean[1]!, 0);
    expect(total(folded)).toBe(total(lines));
    expect([...foldOthers(lines, 'mean')[7]!.mean]).toEqual([2, 4]);
    expect(foldOthers(lines.slice(0, 8), 'sum')).toHaveLength(8);
  });

  it('orders as listed, then by name with numbers as numbers', () => {
    const names = (lines: Line[], order?: string[]): string[] => inOrder(lines, order).map((l) => l.name);
    expect(names([line('core 10'), line('core 2')])).toEqual(['core 2', 'core 10']);
    expect(names([line('a'), line('system'), line('user')], ['user', 'system'])).toEqual(['user', 'system', 'a']);
  });

  it('stacks upwards; a missing part counts as nothing, a time without any part is a gap', () => {
    const tops = stacked([Float64Array.of(1, NaN, NaN), Float64Array.of(2, 3, NaN)]);
    expect(tops.map((t) => [...t])).toEqual([[1, NaN, NaN], [3, 3, NaN]]);
  });

  it('counts last, mean, max and median over what is there', () => {
    expect(statistics(Float64Array.of(4, NaN, 1, 10, NaN))).toEqual({ last: 10, mean: 5, max: 10, median: 4 });
    expect(statistics(Float64Array.of(NaN)).last).toBeNaN();
  });

  it('ends an axis at a round number that is not below the largest value', () => {
    for (let e = -9; e < 15; e += 0.013) {
      const top = niceCeiling(10 ** e);
      expect(top).toBeGreaterThanOrEqual(10 ** e * (1 - 1e-9));
      expect(top).toBeLessThanOrEqual(10 ** e * 1.4);
    }
    expect(niceCeiling(0)).toBe(1);
  });

  it('puts the values of the Prometheus API on the grid', () => {
    const { frame, labels } = toColumns({ result: [{ metric: { cpu: '0' }, values: [[10, '1.5'], [12, '+Inf'], [13, 'NaN']] }] }, 10_000, 13_000, 1000);
    expect([...frame.columns[0]!.values]).toEqual([1.5, NaN, Infinity, NaN]);
    expect(labels).toEqual([{ cpu: '0' }]);
  });

  it('writes CSV with quoted names and empty fields for gaps', () => {
    expect(toCsv({ seconds: [0, 1], lines: [line('a,"b"', 1, NaN)] })).toBe('time,"a,""b"""\n1970-01-01T00:00:00.000Z,1\n1970-01-01T00:00:01.000Z,\n');
  });
});
