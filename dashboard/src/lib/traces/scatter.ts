import { formatText } from '../format/value';

/** A trace as a dot: when, how long, how many spans, whether it failed. */
export interface Dot {
  traceId: string;
  atMs: number;
  ns: number;
  spans: number;
  errors: number;
  label: string;
}

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  fromMs: number;
  toMs: number;
  /** The ends of the logarithmic axis, ns. */
  leastNs: number;
  mostNs: number;
}

/** Room for the axes, px. */
const margin = { left: 58, right: 12, top: 10, bottom: 24 };

/** The frame that holds all dots: whole decades where they spread, at least one decade. */
export function frameOf(dots: readonly Dot[], fromMs: number, toMs: number, width: number, height: number): Frame {
  let [least, most] = [Infinity, 0];
  for (const { ns } of dots) {
    least = Math.min(least, Math.max(1, ns));
    most = Math.max(most, ns);
  }
  if (dots.length === 0) [least, most] = [1e6, 1e9];
  let [low, high] = [Math.floor(Math.log10(least) * 3) / 3, Math.ceil(Math.log10(Math.max(most, least * 1.01)) * 3) / 3];
  if (high - low < 1) [low, high] = [low - (1 - high + low) / 2, high + (1 - high + low) / 2];
  return {
    left: margin.left, top: margin.top, width: Math.max(10, width - margin.left - margin.right), height: Math.max(10, height - margin.top - margin.bottom),
    fromMs, toMs, leastNs: 10 ** low, mostNs: 10 ** high,
  };
}

export const xOf = (frame: Frame, ms: number): number => frame.left + ((ms - frame.fromMs) / (frame.toMs - frame.fromMs)) * frame.width;

export function yOf(frame: Frame, ns: number): number {
  const part = Math.log(Math.max(1, ns) / frame.leastNs) / Math.log(frame.mostNs / frame.leastNs);
  return frame.top + (1 - part) * frame.height;
}

export const msAt = (frame: Frame, x: number): number => frame.fromMs + ((x - frame.left) / frame.width) * (frame.toMs - frame.fromMs);
export const nsAt = (frame: Frame, y: number): number => frame.leastNs * (frame.mostNs / frame.leastNs) ** (1 - (y - frame.top) / frame.height);

/** Half the width of a dot, px: by the number of spans, in a range that is still told apart. */
export const radiusOf = (spans: number): number => Math.min(11, 3.5 + Math.log10(Math.max(1, spans)) * 1.8);

/** The dot under a point, or the closest within `reach` px; −1 where there is none. Of two, the slower. */
export function dotAt(dots: readonly Dot[], frame: Frame, x: number, y: number, reach: number): number {
  let [best, least] = [-1, reach];
  dots.forEach((dot, i) => {
    const distance = Math.hypot(xOf(frame, dot.atMs) - x, yOf(frame, dot.ns) - y) - radiusOf(dot.spans);
    if (distance < least || (distance === least && best >= 0 && dot.ns > dots[best]!.ns)) [best, least] = [i, distance];
  });
  return best;
}

/** Ticks of the logarithmic axis: decades, with 3 between them where few decades are shown. */
export function ticks(frame: Frame): { ns: number; text: string }[] {
  const decades = Math.log10(frame.mostNs / frame.leastNs);
  const steps = decades > 5 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const result: { ns: number; text: string }[] = [];
  for (let power = Math.floor(Math.log10(frame.leastNs)); power <= Math.log10(frame.mostNs); power++) {
    for (const step of steps) {
      const ns = step * 10 ** power;
      if (ns >= frame.leastNs * 0.999 && ns <= frame.mostNs * 1.001) result.push({ ns, text: plain(ns) });
    }
  }
  return result;
}

/** Round durations without needless digits: 10 ms, not 10.0 ms. */
function plain(ns: number): string {
  return formatText(ns / 1e9, 'seconds').replace(/\.0+(?=\u00a0)/, '');
}
