import type { Cost } from '../api/events';

/** A number with its 95 % interval; null where there is too little to tell. */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** How sure a difference is: the chance of it without a reason, corrected for the number of questions, and that in a word. */
export interface Significance {
  p: number | null;
  adjustedP: number | null;
  certainty: string;
}

export interface PlaceSide {
  /** How many, or which. */
  spans: number | number[];
  durationNs: number;
  selfNs: number;
  criticalNs: number;
  errors: number;
}

/** All spans with one path of services and operations from the root, in two traces. */
export interface ComparedPlace {
  service: string;
  name: string;
  /** The place above it; −1 for none. */
  parent: number;
  depth: number;
  first: PlaceSide;
  second: PlaceSide;
  attributes: { key: string; first: string | null; second: string | null; spans: number }[];
}

export interface TraceDifference {
  firstNs: number;
  secondNs: number;
  places: ComparedPlace[];
  byCriticalDelta: number[];
  bySelfDelta: number[];
}

export interface ComparedOperation {
  service: string;
  name: string;
  firstTraces: number;
  secondTraces: number;
  firstCritical: number;
  secondCritical: number;
  criticalSeconds: Estimate;
  selfSeconds: Estimate;
  selfSuperiority: number | null;
  selfSignificance: Significance;
  firstCount: number;
  secondCount: number;
  countSignificance: Significance;
  firstErrors: number;
  secondErrors: number;
}

export interface ComparedAttribute {
  service: string;
  key: string;
  value: string;
  first: number;
  second: number;
  logOdds: Estimate;
  significance: Significance;
}

export interface SetDifference {
  first: number;
  second: number;
  firstDurations: (number | null)[];
  secondDurations: (number | null)[];
  medianSeconds: Estimate;
  meanSeconds: Estimate;
  duration: Significance;
  operations: ComparedOperation[];
  operationsLeftOut: number;
  attributes: ComparedAttribute[];
  attributesTested: number;
  keysLeftOut: number;
  cost?: Cost;
}

export const countOf = (side: PlaceSide): number => (Array.isArray(side.spans) ? side.spans.length : side.spans);

/** How sure, in words that people use. */
export function sureWords({ certainty, adjustedP }: Significance): string {
  const word = certainty.toLowerCase().replace(/[^a-z]/g, '');
  if (word === 'almostcertain') return 'almost certain';
  if (word === 'strong') return 'very likely';
  if (word === 'likely') return 'likely';
  return adjustedP === null ? 'too little to tell' : 'may be chance';
}

export const isSure = (s: Significance): boolean => ['likely', 'strong', 'almostcertain'].includes(s.certainty.toLowerCase().replace(/[^a-z]/g, ''));

/** The ends of an axis for estimates: even to both sides of 0, wide enough for the widest value and most intervals. */
export function reachOf(estimates: readonly Estimate[]): number {
  return estimates.reduce((most, { value, low, high }) => Math.max(most, Math.abs(value ?? 0), Math.abs(low ?? 0), Math.abs(high ?? 0)), 0) || 1;
}

/** Places that a view shows, in its order. */
export function placesOf(difference: TraceDifference, show: 'all' | 'a' | 'b', order: 'critical' | 'self' | 'tree'): { place: ComparedPlace; at: number }[] {
  const all = difference.places.map((place, at) => ({ place, at }));
  const first = order === 'tree' ? all : (order === 'critical' ? difference.byCriticalDelta : difference.bySelfDelta).map((at) => all[at]!);
  const seen = new Set(first.map(({ at }) => at));
  return [...first, ...all.filter(({ at }) => !seen.has(at))].filter(({ place }) =>
    show === 'all' || (show === 'a' ? countOf(place.second) === 0 : countOf(place.first) === 0));
}
