import { errorStatus, type TraceModel } from './model';

/** So many siblings of one operation in a row become one line. Fewer are read faster than unfolded. */
export const foldLeast = 5;

/** What a person opened and closed. */
export interface Openness {
  /** Spans whose children are hidden. */
  closed: ReadonlySet<number>;
  /** Runs that are shown span by span, by their first span. */
  unfolded: ReadonlySet<number>;
}

/** The lines of a waterfall. A line is a span, or a run of siblings of one operation. */
export interface Rows {
  count: number;
  /** The span of a line; of a run its first. Ascending. */
  span: Int32Array;
  /** How many siblings a run has; 0 for a line that is a span. */
  run: Int32Array;
  depth: Int32Array;
}

export interface RunSum {
  count: number;
  total: number;
  errors: number;
  from: number;
  to: number;
}

const laidOut = new WeakMap<Openness, { model: TraceModel; rows: Rows }>();

/** The lines in order, kept for as long as what is open is the same object. */
export function layOut(model: TraceModel, open: Openness): Rows {
  const kept = laidOut.get(open);
  if (kept?.model === model) return kept.rows;
  const rows = layOutAnew(model, open);
  laidOut.set(open, { model, rows });
  return rows;
}

/** One pass over the spans, and no recursion: a trace may be as deep as it is long. */
function layOutAnew(model: TraceModel, { closed, unfolded }: Openness): Rows {
  const { count, end, service, name } = model;
  // Each run that is open has a head beside its spans.
  const most = count + Math.ceil(count / foldLeast);
  const rows: Rows = { count: 0, span: new Int32Array(most), run: new Int32Array(most), depth: new Int32Array(most) };
  const emit = (span: number, run: number, depth: number): void => {
    const at = rows.count++;
    rows.span[at] = span;
    rows.run[at] = run;
    rows.depth[at] = depth;
  };
  // Each frame walks siblings from `at` to `stop`; below `plain` they are members of an unfolded run.
  const stack = [{ at: 0, stop: count, depth: 0, plain: 0 }];
  while (stack.length > 0) {
    const frame = stack[stack.length - 1]!;
    const at = frame.at;
    if (at >= frame.stop) {
      stack.pop();
      continue;
    }
    if (at >= frame.plain) {
      let [run, next] = [1, end[at]!];
      while (next < frame.stop && service[next] === service[at] && name[next] === name[at]) {
        run++;
        next = end[next]!;
      }
      if (run >= foldLeast) {
        const open = unfolded.has(at);
        emit(at, run, frame.depth);
        frame.at = next;
        if (open) stack.push({ at, stop: next, depth: frame.depth + 1, plain: next });
        continue;
      }
    }
    const shut = closed.has(at);
    emit(at, 0, frame.depth);
    frame.at = end[at]!;
    if (!shut && end[at]! > at + 1) stack.push({ at: at + 1, stop: end[at]!, depth: frame.depth + 1, plain: 0 });
  }
  return rows;
}

/** The line that shows a span, or that hides it in a run or below a closed span. */
export function rowOf(rows: Rows, span: number): number {
  let [low, high] = [0, rows.count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows.span[middle]! <= span) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Opens whatever hides a span; the first of a run stands for it and stays folded. Returns the same object where nothing does. */
export function reveal(model: TraceModel, open: Openness, span: number): Openness {
  let closed = open.closed;
  for (let above = model.parent[span]!; above >= 0; above = model.parent[above]!) {
    if (!closed.has(above)) continue;
    if (closed === open.closed) closed = new Set(closed);
    (closed as Set<number>).delete(above);
  }
  let result = closed === open.closed ? open : { closed, unfolded: open.unfolded };
  for (;;) {
    const rows = layOut(model, result);
    const row = rowOf(rows, span);
    if (rows.run[row] === 0 || rows.span[row] === span) return result;
    result = { closed: result.closed, unfolded: new Set([...result.unfolded, rows.span[row]!]) };
  }
}

/** The index behind a line's last span and all that is below it, open or not. */
export function endOf(model: TraceModel, rows: Rows, row: number): number {
  let end = model.end[rows.span[row]!]!;
  for (let i = 1; i < rows.run[row]!; i++) end = model.end[end]!;
  return end;
}

/** What a run took together. */
export function sumOf(model: TraceModel, first: number, run: number): RunSum {
  const sum: RunSum = { count: run, total: 0, errors: 0, from: Infinity, to: 0 };
  for (let i = 0, span = first; i < run; i++, span = model.end[span]!) {
    sum.total += model.duration[span]!;
    if (model.status[span] === errorStatus) sum.errors++;
    sum.from = Math.min(sum.from, model.start[span]!);
    sum.to = Math.max(sum.to, model.start[span]! + model.duration[span]!);
  }
  return sum;
}
