import { describe, expect, it } from 'vitest';
import { Ring } from '../src/lib/live/ring';

const data = (startMs: number, columns: [number, number[]][]): Parameters<Ring['merge']>[0] => ({
  startMs, stepMs: 1000, points: columns[0]?.[1].length ?? 0, columns: columns.map(([index, values]) => ({ index, values: Float64Array.from(values) })),
});
const all = (ring: Ring, index: number, from: number, count: number): number[] => Array.from(ring.copy(index, from, count));

describe('Ring', () => {
  it('replaces times that come again and appends new ones', () => {
    const ring = new Ring(1000, 8);
    ring.merge(data(10_000, [[0, [1, 2, 3]]]));
    ring.merge(data(11_000, [[0, [20, 30, 40]]]));
    expect(all(ring, 0, 10, 4)).toEqual([1, 20, 30, 40]);
    expect(ring.newestMs).toBe(13_000);
  });

  it('forgets what is older than its capacity', () => {
    const ring = new Ring(1000, 3);
    ring.merge(data(10_000, [[0, [1, 2, 3]]]));
    ring.merge(data(13_000, [[0, [4]]]));
    expect(all(ring, 0, 10, 4)).toEqual([NaN, 2, 3, 4]);
  });

  it('leaves a gap where steps were never sent', () => {
    const ring = new Ring(1000, 6);
    ring.merge(data(10_000, [[0, [1, 2, 3, 4, 5, 6]]]));
    ring.merge(data(19_000, [[0, [9]]]));
    expect(all(ring, 0, 14, 6)).toEqual([5, 6, NaN, NaN, NaN, 9]);
  });

  it('gives a series that is no longer sent no points at the times of the frame', () => {
    const ring = new Ring(1000, 6);
    ring.merge(data(10_000, [[0, [1, 1]], [1, [2, 2]]]));
    ring.merge(data(11_000, [[0, [5, 6]]]));
    expect(all(ring, 0, 10, 3)).toEqual([1, 5, 6]);
    expect(all(ring, 1, 10, 3)).toEqual([2, NaN, NaN]);
  });

  it('takes a frame that is longer than itself and keeps its end', () => {
    const ring = new Ring(1000, 2);
    ring.merge(data(10_000, [[0, [1, 2, 3, 4, 5]]]));
    expect(all(ring, 0, 12, 3)).toEqual([NaN, 4, 5]);
  });

  it('refuses a frame of another grid', () => {
    const ring = new Ring(1000, 4);
    expect(ring.merge({ ...data(10_000, [[0, [1]]]), stepMs: 2000 })).toBe(false);
    expect(ring.merge(data(10_500, [[0, [1]]]))).toBe(false);
    expect(ring.newestMs).toBe(-1);
  });

  it('finds the latest number, but not one that is too old', () => {
    const ring = new Ring(1000, 10);
    ring.merge(data(10_000, [[0, [1, 2, NaN, NaN]]]));
    expect(ring.latest(0)).toBe(2);
    expect(ring.latest(0, 2)).toBeNaN();
    expect(ring.latest(1)).toBeNaN();
  });

  it('agrees with a plain map over thousands of random increments', () => {
    let seed = 42;
    const random = (below: number): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % below;
    const ring = new Ring(1000, 50);
    const model = new Map<number, number>();
    let end = 1000;
    for (let turn = 0; turn < 3000; turn++) {
      const points = 1 + random(6);
      const start = Math.max(1, end - random(4) + (random(40) === 0 ? random(80) : 0));
      const values = Array.from({ length: points }, () => (random(5) === 0 ? NaN : random(1000)));
      ring.merge(data(start * 1000, [[0, values]]));
      values.forEach((v, i) => model.set(start + i, v));
      end = Math.max(end, start + points);
      expect(all(ring, 0, end - 50, 50)).toEqual(Array.from({ length: 50 }, (_, i) => model.get(end - 50 + i) ?? NaN));
    }
  });
});
