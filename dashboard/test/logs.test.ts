import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../src/lib/api/follow';
import { barsOf, barStep } from '../src/lib/logs/bars';
import { Tail, textOfPattern, toApi, filterOf } from '../src/lib/logs/filter';
import { severityWord } from '../src/lib/logs/severity';

describe('the severity of a record', () => {
  it('is a word by OTLP’s numbers and by what programs write', () => {
    expect([1, 5, 9, 13, 17, 21, 24, 0, 99].map(severityWord)).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'fatal', 'info', 'info']);
    expect(['WARNING', 'Error', 'unset', '17'].map(severityWord)).toEqual(['warn', 'error', 'info', 'error']);
  });
});

describe('the histogram', () => {
  it('has a bar for each step, empty ones too, the gravest at the foot', () => {
    const bars = barsOf([{ fromNs: '10000000000', counts: { info: 2, error: 1 } }, { fromNs: '10000000000', counts: { unset: 1 } }], 1_000, 9_000, 12_000);
    expect(bars.map((b) => [b.fromMs, b.total])).toEqual([[9_000, 0], [10_000, 4], [11_000, 0]]);
    expect(bars[1]!.parts).toEqual([{ severity: 'error', count: 1 }, { severity: 'info', count: 3 }]);
  });

  it('has about as many bars as are wanted', () => {
    expect([300_000, 3_600_000, 86_400_000].map((range) => barStep(range, 90))).toEqual([5_000, 60_000, 1_800_000]);
  });
});

describe('the live tail', () => {
  it('shows the newest first and forgets the oldest', () => {
    const tail = new Tail<number>(3);
    tail.add([1, 2], false);
    tail.add([3, 4], false);
    expect(tail.lines).toEqual([4, 3, 2]);
    expect(tail.dropped).toBe(0);
  });

  it('keeps what comes while the reader reads, and counts what nobody will see', () => {
    const tail = new Tail<number>(2);
    tail.add([1], false);
    tail.add([2, 3, 4], true, 5);
    expect(tail.lines).toEqual([1]);
    expect(tail.waiting).toEqual([4, 3]);
    expect(tail.dropped).toBe(6);
    tail.resume();
    expect(tail.lines).toEqual([4, 3]);
    expect(tail.waiting).toEqual([]);
  });
});

describe('newline-delimited JSON', () => {
  it('is cut into items wherever the pieces end, and what was dropped is counted', () => {
    const splitter = new LineSplitter<{ a: number }>();
    splitter.add('{"a":1}\n{"a"');
    splitter.add(':2}\n\n{"dropped":3}\nbroken\n{"a":3}');
    expect(splitter.take()).toEqual({ items: [{ a: 1 }, { a: 2 }], dropped: 4 });
    splitter.add('\n');
    expect(splitter.take()).toEqual({ items: [{ a: 3 }], dropped: 0 });
  });
});

describe('filters', () => {
  it('go from the address to the API', () => {
    const values: Record<string, string> = { service: 'shop', trace: 'ab', attr: 'k=v\nx=1' };
    expect(toApi(filterOf((key) => values[key] ?? null))).toEqual({ service: 'shop', severity: '', text: '', traceId: 'ab', attr: ['k=v', 'x=1'] });
  });

  it('find records of a pattern by its longest text', () => {
    expect(textOfPattern('user <*> logged in from <IP>')).toBe('logged in from');
    expect(textOfPattern('<*>')).toBe('');
  });
});
