import { describe, expect, it } from 'vitest';
import { axisScale, format, formatText, tick, unitOf, type Unit } from '../src/lib/format/value';
import { span, timeTick } from '../src/lib/format/time';

describe('format', () => {
  it.each<[number, Unit, string]>([
    [0.142, 'ratio', '14.2 %'], [1, 'ratio', '100 %'], [0, 'ratio', '0 %'], [0.00042, 'ratio', '0.042 %'], [0.0999, 'ratio', '9.99 %'],
    [1023, 'bytes', '1023 B'], [1024, 'bytes', '1.00 KiB'], [1536 * 1024, 'bytes', '1.50 MiB'], [8_347_000_000, 'bytes', '7.77 GiB'],
    [999, 'bytes/s', '999 B/s'], [999.6, 'bytes/s', '1.00 kB/s'], [12_345_678, 'bytes/s', '12.3 MB/s'], [0, 'bytes/s', '0 B/s'],
    [0.0012, 'seconds', '1.20 ms'], [0.00000005, 'seconds', '50.0 ns'], [180, 'seconds', '3.00 min'], [59.99, 'seconds', '1.00 min'],
    [1234, 'number', '1.23 k'], [3, 'number', '3'], [0.52, 'number', '0.520'], [-12.34, 'number', '−12.3'], [2.5e12, 'number', '2.50 T'],
    [412, '/s', '412 /s'],
  ])('writes %d as %s: %s', (value, unit, text) => {
    expect(formatText(value, unit).replace('\u00a0', ' ')).toBe(text);
  });

  it('shows a dash for no number and says infinity', () => {
    expect(format(NaN, 'bytes')).toEqual({ value: '–', unit: '' });
    expect(format(-Infinity, 'bytes').value).toBe('−∞');
  });

  it('never shows more than four digits', () => {
    for (let e = -6; e < 14; e += 0.01) {
      const { value } = format(10 ** e, 'number');
      expect(value.replace(/[^0-9]/g, '').replace(/^0+/, '').length, value).toBeLessThanOrEqual(4);
    }
  });

  it('keeps one scale along an axis', () => {
    const scale = axisScale('bytes', 3 * 1024 ** 3);
    expect([0, 0.5, 1.5, 3].map((n) => tick(n * 1024 ** 3, scale))).toEqual(['0', '0.5', '1.5', '3']);
    expect(scale.unit).toBe('GiB');
  });

  it('guesses the unit from the names of metrics', () => {
    expect(unitOf('rate(node_network_receive_bytes_total[5s])')).toBe('bytes/s');
    expect(unitOf('node_memory_MemFree_bytes{job="a/b"}')).toBe('bytes');
    expect(unitOf('a_bytes / b_bytes')).toBe('number');
    expect(unitOf('count(node_cpu_seconds_total)')).toBe('number');
    expect(unitOf('(100 * (1 - rate(node_cpu_seconds_total[10s])))')).toBe('percent');
    expect(unitOf('rate(http_requests_total[1m])')).toBe('/s');
    expect(unitOf('http_request_duration_seconds')).toBe('seconds');
  });
});

describe('time', () => {
  it('says how long in one unit', () => {
    expect([0, 59_999, 60_000, 3_600_000, 172_800_000].map(span).map((t) => t.replace('\u00a0', ' '))).toEqual(['0 s', '59 s', '1 min', '1 h', '2 d']);
  });

  it('labels ticks as finely as they stand', () => {
    const noon = new Date(2026, 10, 23, 12, 5, 7).getTime();
    expect(timeTick(noon, 1_000)).toBe('12:05:07');
    expect(timeTick(noon, 300_000)).toBe('12:05');
    expect(timeTick(noon, 86_400_000)).toBe('23 Nov');
    expect(timeTick(new Date(2026, 10, 23).getTime(), 3_600_000)).toBe('23 Nov');
  });
});
