import { describe, expect, it } from 'vitest';
import { joined, TraceModel } from '../src/lib/traces/model';
import { endOf, layOut, reveal, rowOf, sumOf, type Openness } from '../src/lib/traces/rows';
import { answerOf, shop } from './traceAnswer';

const allOpen: Openness = { closed: new Set(), unfolded: new Set() };

function lines(model: TraceModel, open: Openness): string[] {
  const rows = layOut(model, open);
  return Array.from({ length: rows.count }, (_, i) => `${' '.repeat(rows.depth[i]!)}${rows.run[i]! > 0 ? `× ${rows.run[i]} ` : ''}${model.nameOf(rows.span[i]!)}`);
}

describe('the lines of a waterfall', () => {
  it('are spans depth first, with runs of one operation folded', () => {
    const model = new TraceModel(answerOf([shop(6)]));
    expect(lines(model, allOpen)).toEqual(['GET /', ' list', '  × 6 SELECT', ' render', '  GET']);
  });

  it('leave four siblings as they are', () => {
    expect(lines(new TraceModel(answerOf([shop(4)])), allOpen)).toEqual(['GET /', ' list', '  SELECT', '  SELECT', '  SELECT', '  SELECT', ' render', '  GET']);
  });

  it('show a run span by span under its head once it is opened', () => {
    const model = new TraceModel(answerOf([shop(5)]));
    expect(lines(model, { closed: new Set(), unfolded: new Set([2]) })).toEqual(['GET /', ' list', '  × 5 SELECT', ...Array<string>(5).fill('   SELECT'), ' render', '  GET']);
  });

  it('hide what is below a closed span', () => {
    expect(lines(new TraceModel(answerOf([shop(6)])), { closed: new Set([1]), unfolded: new Set() })).toEqual(['GET /', ' list', ' render', '  GET']);
  });

  it('keep orphans and further roots', () => {
    const model = new TraceModel(answerOf([shop(1), { service: 'late', name: 'orphan', start: 3, duration: 4 }]));
    expect(lines(model, allOpen).at(-1)).toBe('orphan');
  });

  it('open whatever hides a span, and nothing else', () => {
    const model = new TraceModel(answerOf([shop(6)]));
    const hidden: Openness = { closed: new Set([0, 1]), unfolded: new Set() };
    const open = reveal(model, hidden, 5);
    const rows = layOut(model, open);
    expect(rows.span[rowOf(rows, 5)]).toBe(5);
    expect([...open.closed]).toEqual([]);
    expect([...open.unfolded]).toEqual([2]);
    expect(reveal(model, allOpen, 1)).toBe(allOpen);
  });

  it('let the first of a run stand for it', () => {
    const model = new TraceModel(answerOf([shop(6)]));
    expect(reveal(model, allOpen, 2)).toBe(allOpen);
    const rows = layOut(model, allOpen);
    expect(rows.run[rowOf(rows, 2)]).toBe(6);
    expect(endOf(model, rows, rowOf(rows, 2))).toBe(8);
    expect(rowOf(rows, 6)).toBe(rowOf(rows, 2));
  });

  it('say of a run what it took together', () => {
    expect(sumOf(new TraceModel(answerOf([shop(6)])), 2, 6)).toEqual({ count: 6, total: 12, errors: 1, from: 10, to: 22 });
  });

  it('are laid out for a chain as deep as it is long, without recursion', () => {
    const answer = answerOf([{ service: 's', name: 'op', start: 0, duration: 1 }]);
    const count = 50_000;
    const same = (value: number): number[] => Array<number>(count).fill(value);
    answer.columns = {
      ...answer.columns, id: Array.from({ length: count }, (_, i) => String(i)), parent: Array.from({ length: count }, (_, i) => i - 1), depth: Array.from({ length: count }, (_, i) => i),
      start: same(0), duration: same(1), origin: same(0), service: same(0), name: same(0), kind: same(0), status: same(0), self: same(0), events: same(0), links: same(0),
    };
    const model = new TraceModel(answer);
    const rows = layOut(model, allOpen);
    expect(rows.count).toBe(count);
    expect(rows.depth[count - 1]).toBe(count - 1);
  });
});

describe('a trace in columns', () => {
  const model = new TraceModel(answerOf([shop(6)], [{ span: 0, from: 0, to: 5 }, { span: 1, from: 5, to: 505 }, { span: 0, from: 505, to: 1_000 }]));

  it('knows where each subtree ends', () => {
    expect([...model.end]).toEqual([10, 8, 3, 4, 5, 6, 7, 8, 10, 10]);
  });

  it('names the span that the trace waits for longest', () => {
    expect(model.slowest()).toBe(1);
    expect(model.criticalNs(0)).toBe(500);
    expect(new TraceModel(answerOf([shop(1)])).slowest()).toBe(0);
  });

  it('finds spans by parts of service and name, and by id', () => {
    expect(model.find('DB sel')).toEqual([2, 3, 4, 5, 6, 7]);
    expect(model.find('db render')).toEqual([]);
    expect(model.find(model.ids[8]!)).toEqual([8]);
    expect(model.find(' ')).toEqual([]);
  });

  it('sums spans by operation', () => {
    const select = model.operations().find((o) => model.names[o.name] === 'SELECT')!;
    expect(select).toMatchObject({ count: 6, errors: 1, total: 12, self: 12, p95: 2, max: 2 });
  });

  it('joins stretches of the critical path that no pixel tells apart', () => {
    expect(joined([{ from: 5, to: 6 }, { from: 0, to: 2 }, { from: 2.5, to: 4 }], 1)).toEqual([{ from: 0, to: 4 }, { from: 5, to: 6 }]);
  });
});
