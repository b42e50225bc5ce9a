import { session } from '../live/session.svelte';

/** The hue of each service, the same here as in every chart. Names are taken in order, so that the same set has the same hues. */
export function serviceHues(names: Iterable<string>): Map<string, number> {
  const sorted = [...new Set(names)].sort();
  const hues = session.hues.assign(sorted);
  return new Map(sorted.map((name, i) => [name, hues[i]!]));
}
