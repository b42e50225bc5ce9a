import type { Alert } from '../api/types';
import { unitOf } from '../format/value';
import { rangeOf, presets, toParams, type Selection } from '../time/selection';

/** An alert's chart shows at least so much time before it began, in ms: without a before, a rise cannot be seen. */
const leastBeforeMs = 60_000;

/**
 * The parameters of the page Explore that show what an alert stands on: its expression, its threshold, and a time that
 * holds its beginning (and its end).
 */
export function evidence(alert: Alert, selection: Selection, nowMs: number): Record<string, string | null> {
  // A line is an expression there; in PromQL a line's end is a space.
  const expr = alert.expression.replace(/\s*\n\s*/g, ' ');
  return {
    expr, unit: unitOf(expr), threshold: alert.threshold === null ? null : String(alert.threshold),
    ...toParams(timeOf(alert, selection, nowMs)),
  };
}

/** A rule's expression, taken apart where it is one comparison with a number; else whole, without a condition. */
export function condition(expression: string): { expr: string; word: 'above' | 'below' | null; threshold: number } {
  const expr = expression.replace(/\s*\n\s*/g, ' ');
  const match = /^\((.*)\) ([<>]) (-?[\d.]+(?:e[+-]?\d+)?)$/.exec(expr);
  if (match === null || !isBalanced(match[1]!)) return { expr, word: null, threshold: NaN };
  return { expr: match[1]!, word: match[2] === '>' ? 'above' : 'below', threshold: Number(match[3]) };
}

/** Whether each parenthesis closes one that was opened before it: else the outer pair is not one pair. */
function isBalanced(expr: string): boolean {
  let depth = 0;
  for (const c of expr) {
    if (c === '(') depth++;
    else if (c === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

function timeOf(alert: Alert, selection: Selection, nowMs: number): Selection {
  const endMs = alert.resolvedAtMs ?? nowMs;
  const before = Math.max(leastBeforeMs, (endMs - alert.sinceMs) / 4);
  if (alert.resolvedAtMs !== null) {
    return { kind: 'between', fromMs: Math.round(alert.sinceMs - before), toMs: Math.round(Math.min(nowMs, endMs + before)) };
  }
  const needed = nowMs - alert.sinceMs + before;
  if (selection.kind === 'last' && rangeOf(selection) >= needed) return selection;
  const preset = presets.find((p) => p.rangeMs >= needed);
  return preset === undefined ? { kind: 'between', fromMs: Math.round(alert.sinceMs - before), toMs: Math.round(nowMs) } : { kind: 'last', rangeMs: preset.rangeMs };
}

/** Of the changes of alerts, newest first, those that ended one: what was over and when. */
export function ended(history: readonly Alert[]): Alert[] {
  const seen = new Set<string>();
  return history.filter((a) => {
    const key = `${a.id} ${a.sinceMs}`;
    if (a.state !== 'Resolved' || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
