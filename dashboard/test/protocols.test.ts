import { describe, expect, test } from 'vitest';
import { rowsOf, titleOf } from '../src/lib/sources/protocols';

describe('the table of protocols', () => {
  const none = { spans: 0, logs: 0, refusedSpans: {}, refusedLogs: {} };
  const influx = { ...none, name: 'influx', samples: 30, requests: { ok: 5, partial: 2, bad_request: 1, busy: 3 }, refused: { too_old: 1, string_field: 4 } };

  test('rates are since the reading before, and unknown at first', () => {
    expect(rowsOf([influx], [], 2)[0]!.rate).toBeNaN();
    expect(rowsOf([influx], [{ ...influx, samples: 10 }], 2)[0]!.rate).toBe(10);
    expect(rowsOf([influx], [{ ...influx, samples: 100 }], 2)[0]!.rate).toBe(0); // Toka was started anew.
  });

  test('a request that was taken in part did not fail; its samples are refused', () => {
    expect(rowsOf([influx], [], 2)[0]).toMatchObject({ requests: 11, failed: 4, refused: 5 });
  });

  test('reasons come with the commonest first, samples before requests', () => {
    expect(rowsOf([influx], [], 2)[0]!.reasons.map((r) => `${r.count} ${r.what} ${r.reason}`)).toEqual(
      ['4 sample string_field', '1 sample too_old', '3 request busy', '1 request bad_request']);
  });

  test('spans and log records are counted together, and told apart where they are refused', () => {
    const otlp = { ...influx, spans: 4, logs: 5, refusedSpans: { no_time: 1, over_quota: 3 }, refusedLogs: { too_old: 2 } };
    const row = rowsOf([otlp], [], 1)[0]!;
    expect([row.events, row.refused]).toEqual([9, 11]);
    expect(row.reasons.slice(2, 5).map((r) => `${r.count} ${r.what} ${r.reason}`)).toEqual(['3 span over_quota', '1 span no_time', '2 log record too_old']);
  });

  test('what something came by stands first', () => {
    const idle = { ...none, name: 'a', samples: 0, requests: {}, refused: {} };
    expect(rowsOf([idle, influx], [], 1).map((r) => r.name)).toEqual(['influx', 'a']);
  });

  test('a protocol that the page does not know is shown by its name', () => {
    expect(titleOf('otlp_grpc')).toBe('OTLP over gRPC');
    expect(titleOf('new_one')).toBe('new_one');
  });
});
