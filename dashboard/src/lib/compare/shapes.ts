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
  count: number;
  durationNs: number;
  selfNs: number;
  criticalNs: number;
  errors: number;
  /** Some of the spans. */
  spanIds: string[];
}

/** All spans with one path of services and operations from the root, in two traces. */
export interface ComparedPlace {
  service: string;
  name: string;
  /** The place above it; −1 for none. */
  parent: number;
  depth: number;
  a: PlaceSide;
  b: PlaceSide;
  selfDeltaNs: number;
  criticalDeltaNs: number;
  attributes: { key: string; a: string | null; b: string | null; spans: number }[];
}

export interface ComparedTrace {
  traceId: string;
  service: string;
  name: string;
  durationNs: number;
  spans: number;
}

/** Differences are B less A. */
export interface TraceDifference {
  a: ComparedTrace;
  b: ComparedTrace;
  deltaNs: number;
  places: ComparedPlace[];
  placesLeftOut: number;
  /** Places with a difference on the critical path, the largest first. */
  byCritical: number[];
  bySelf: number[];
}

export interface ComparedOperation {
  service: string;
  name: string;
  aTraces: number;
  bTraces: number;
  aCritical: number | null;
  bCritical: number | null;
  criticalSeconds: Estimate;
  selfSeconds: Estimate;
  selfSuperiority: number | null;
  selfSignificance: Significance;
  aCount: number | null;
  bCount: number | null;
  countSignificance: Significance;
  aErrors: number | null;
  bErrors: number | null;
}

export interface ComparedAttribute {
  service: string;
  key: string;
  value: string;
  /** In how many traces of each set. */
  a: number;
  b: number;
  logOdds: Estimate;
  significance: Significance;
}

export interface SetSide {
  traces: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface SetDifference {
  a: SetSide;
  b: SetSide;
  medianSeconds: Estimate;
  meanSeconds: Estimate;
  significance: Significance;
  operations: ComparedOperation[];
  operationsLeftOut: number;
  attributes: ComparedAttribute[];
  attributesTested: number;
  keysLeftOut: number;
  cost?: Cost;
}

/** How sure, in words that people use. */
export function sureWords({ certainty, adjustedP }: Significance): string {
  if (certainty === 'almost certain' || certainty === 'likely') return certainty;
  if (certainty === 'strong') return 'very likely';
  return adjustedP === null ? 'too little to tell' : 'may be chance';
}

export const isSure = ({ certainty }: Significance): boolean => ['likely', 'strong', 'almost certain'].includes(certainty);

/** The ends of an axis for estimates: even to both sides of 0, wide enough for the widest value and most intervals. */
export function reachOf(estimates: readonly Estimate[]): number {
  return estimates.reduce((most, { value, low, high }) => Math.max(most, Math.abs(value ?? 0), Math.abs(low ?? 0), Math.abs(high ?? 0)), 0) || 1;
}

/** Places that a view shows, in its order. */
export function placesOf(difference: TraceDifference, show: 'all' | 'a' | 'b', order: 'critical' | 'self' | 'tree'): { place: ComparedPlace; at: number }[] {
  const all = difference.places.map((place, at) => ({ place, at }));
  const first = order === 'tree' ? all : (order === 'critical' ? difference.byCritical : difference.bySelf).map((at) => all[at]!);
  const seen = new Set(first.map(({ at }) => at));
  return [...first, ...all.filter(({ at }) => !seen.has(at))].filter(({ place }) =>
    show === 'all' || (show === 'a' ? place.b.count === 0 : place.a.count === 0));
}
