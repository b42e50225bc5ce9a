import { describe, expect, it } from 'vitest';
import { decodeFrame, FrameError } from '../src/lib/live/frames';
import { dataPayload, frame, seriesPayload, utf8 } from './bytes';

describe('decodeFrame', () => {
  it('reads series with labels of any language', () => {
    const labels = { __name__: 'up', zone: 'Zürich · 東京' };
    expect(decodeFrame(frame(1, 7, seriesPayload([[0, { cpu: '0' }], [5, labels]])))).toEqual({
      kind: 'series', id: 7, series: [{ index: 0, labels: { cpu: '0' } }, { index: 5, labels }],
    });
  });

  it('reads data columns, with NaN where there is no point, infinities and times before 1970', () => {
    const got = decodeFrame(frame(2, 0x7fffffff, dataPayload(-4000, 1000, 3, [[2, [1.5, NaN, -Infinity]], [9, [0, -0, 1e308]]])));
    expect(got).toEqual({
      kind: 'data', id: 0x7fffffff, startMs: -4000, stepMs: 1000, points: 3,
      columns: [{ index: 2, values: Float64Array.of(1.5, NaN, -Infinity) }, { index: 9, values: Float64Array.of(0, -0, 1e308) }],
    });
  });

  it('reads errors and statuses', () => {
    expect(decodeFrame(frame(3, 4, utf8('{"errorType":"bad_data","error":"no such function"}'))))
      .toEqual({ kind: 'error', id: 4, errorType: 'bad_data', error: 'no such function' });
    expect(decodeFrame(frame(4, 0, utf8('{"nowMs":1}')))).toEqual({ kind: 'status', id: 0, body: { nowMs: 1 } });
  });

  it.each([
    ['a header that is cut', new ArrayBuffer(7)],
    ['another version', frame(2, 1, new Uint8Array(20), 2)],
    ['an unknown kind', frame(9, 1, new Uint8Array(0))],
    ['a status that is no JSON', frame(4, 0, utf8('{'))],
    ['labels that are no UTF-8', frame(1, 1, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xff))],
    ['a step of 0', frame(2, 1, dataPayload(0, 0, 1, [[0, [1]]]))],
    ['more points announced than there are bytes', frame(2, 1, dataPayload(0, 1000, 2, [[0, [1, 2]]]).slice(0, -1))],
    ['bytes after the last series', frame(1, 1, Uint8Array.of(...seriesPayload([[0, {}]]), 0))],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(FrameError);
  });

  it('refuses every frame that is cut anywhere, and never reads past its end', () => {
    for (const whole of [frame(1, 1, seriesPayload([[0, { a: 'b' }], [1, { c: 'd' }]])), frame(2, 1, dataPayload(1000, 1000, 4, [[0, [1, 2, 3, 4]]]))]) {
      for (let length = 0; length < whole.byteLength; length++) {
        expect(() => decodeFrame(whole.slice(0, length))).toThrow(FrameError);
      }
    }
  });
});
