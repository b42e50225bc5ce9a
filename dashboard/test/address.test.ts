import { describe, expect, it } from 'vitest';
import { carried, formatAddress, listHas, listToggled, parseAddress, withChanges } from '../src/lib/url/address';

describe('address', () => {
  it('survives writing and reading, expressions with every sign included', () => {
    const expr = 'sum by (mode) (rate(x{a=~"b|c",d!="?&#%+ü"}[5m]))\nup';
    const params = new URLSearchParams({ expr, range: '15m' });
    const { page, params: got } = parseAddress(formatAddress({ page: 'explore', params }));
    expect(page).toBe('explore');
    expect(got.get('expr')).toBe(expr);
    expect(got.get('range')).toBe('15m');
  });

  it('leads to the overview from no page and from an unknown one', () => {
    for (const hash of ['', '#', '#/', '#/nothing?x=1']) expect(parseAddress(hash).page).toBe('overview');
    expect(formatAddress(parseAddress(''))).toBe('#/overview');
  });

  it('changes parameters in a fixed order, so that the same view has the same address', () => {
    const a = withChanges(withChanges(new URLSearchParams(), { b: '1' }), { a: '2', c: '3' });
    const b = withChanges(new URLSearchParams('c=3&b=9'), { a: '2', b: '1' });
    expect(a.toString()).toBe(b.toString());
    expect(withChanges(a, { a: null }).has('a')).toBe(false);
  });

  it('carries only the time from page to page', () => {
    expect(carried(new URLSearchParams('range=1h&enlarge=cpu&sort=name')).toString()).toBe('range=1h');
  });

  it('keeps lists', () => {
    const params = new URLSearchParams('table=cpu,memory');
    expect(listHas(params, 'table', 'cpu')).toBe(true);
    expect(listHas(params, 'table', 'cp')).toBe(false);
    expect(listToggled(params, 'table', 'cpu')).toBe('memory');
    expect(listToggled(params, 'table', 'swap')).toBe('cpu,memory,swap');
    expect(listToggled(new URLSearchParams('table=cpu'), 'table', 'cpu')).toBeNull();
  });
});
