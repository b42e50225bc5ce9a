import { describe, expect, it } from 'vitest';
import { isSure, placesOf, reachOf, sureWords, type ComparedPlace, type PlaceSide, type TraceDifference } from '../src/lib/compare/shapes';

const side = (count: number): PlaceSide => ({ count, durationNs: 0, selfNs: 0, criticalNs: 0, errors: 0, spanIds: [] });
const place = (name: string, a: PlaceSide, b: PlaceSide): ComparedPlace => ({ service: 's', name, parent: -1, depth: 0, a, b, selfDeltaNs: 0, criticalDeltaNs: 0, attributes: [] });
const trace = { traceId: '', service: '', name: '', durationNs: 10, spans: 1 };

const difference: TraceDifference = {
  a: trace, b: trace, deltaNs: 20,
  places: [place('root', side(1), side(1)), place('gone', side(2), side(0)), place('new', side(0), side(2))],
  placesLeftOut: 0, byCritical: [2, 1], bySelf: [1],
};

describe('the comparison of two traces', () => {
  it('shows what differs most first, then the rest', () => {
    expect(placesOf(difference, 'all', 'critical').map(({ place }) => place.name)).toEqual(['new', 'gone', 'root']);
    expect(placesOf(difference, 'all', 'tree').map(({ place }) => place.name)).toEqual(['root', 'gone', 'new']);
  });

  it('tells what only one has', () => {
    expect(placesOf(difference, 'a', 'self').map(({ place }) => place.name)).toEqual(['gone']);
    expect(placesOf(difference, 'b', 'self').map(({ place }) => place.name)).toEqual(['new']);
  });
});

describe('how sure a difference is', () => {
  it('is a word', () => {
    const words = (certainty: string, adjustedP: number | null = 0.5): string => sureWords({ p: adjustedP, adjustedP, certainty });
    expect(['almost certain', 'strong', 'likely', 'not shown'].map((c) => words(c))).toEqual(['almost certain', 'very likely', 'likely', 'may be chance']);
    expect(words('not shown', null)).toBe('too little to tell');
    expect(isSure({ p: 0, adjustedP: 0, certainty: 'almost certain' })).toBe(true);
  });

  it('has an axis that holds values and intervals', () => {
    expect(reachOf([{ value: 1, low: -3, high: 2 }, { value: null, low: null, high: null }])).toBe(3);
    expect(reachOf([])).toBe(1);
  });
});
