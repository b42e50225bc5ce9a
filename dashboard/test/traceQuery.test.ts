import { describe, expect, it } from 'vitest';
import { emptyForm, formatNs, formatQuery, parseNs, parseQuery, similarQuery, slowAgainstRest, withTraceDuration, type SearchForm } from '../src/lib/traces/query';

describe('the query that a search form makes', () => {
  it('finds everything when the form is empty', () => {
    expect(formatQuery(emptyForm)).toBe('{ }');
    expect(parseQuery('')).toEqual(emptyForm);
    expect(parseQuery('{}')).toEqual(emptyForm);
  });

  it('asks all that the form asks', () => {
    const form: SearchForm = {
      service: 'shop "x"', operation: 'GET /', status: 'error', min: '100ms', max: '2s',
      attributes: [{ key: 'http.route', op: '=', value: '/a' }, { key: 'span.code', op: '>=', value: '500' }, { key: 'resource.host', op: '=~', value: 'web.*' }, { key: 'id', op: '=', value: '"7"' }],
    };
    const query = formatQuery(form);
    expect(query).toBe('{ resource.service.name = "shop \\"x\\"" && name = "GET /" && status = error && duration >= 100ms && duration <= 2s && '
      + '.http.route = "/a" && span.code >= 500 && resource.host =~ "web.*" && .id = "7" }');
    expect(formatQuery(parseQuery(query)!)).toBe(query);
  });

  it('gives the form back, and null where a form cannot say it', () => {
    expect(parseQuery('{ name = "a" && .k = "v && w" }')).toMatchObject({ operation: 'a', attributes: [{ key: '.k', op: '=', value: 'v && w' }] });
    for (const more of ['{ a } | count() > 2', '{ name = "a" || name = "b" }', '{ } >> { }', '{ name = "a" && }', 'nonsense', '{ name =~ "a" && weird = 3 }']) expect(parseQuery(more), more).toBeNull();
  });

  it('leaves out a duration that is none', () => {
    expect(formatQuery({ ...emptyForm, min: 'soon' })).toBe('{ }');
  });

  it('bounds how long whole traces took, in place of earlier bounds', () => {
    const once = withTraceDuration(emptyForm, 1.5e9, 2e9);
    expect(formatQuery(once)).toBe('{ traceDuration >= 1.5s && traceDuration < 2s }');
    expect(formatQuery(withTraceDuration(parseQuery(formatQuery(once))!, 3e6, null))).toBe('{ traceDuration >= 3ms }');
  });

  it('finds spans like one', () => {
    expect(similarQuery('db', 'SELECT', 1e9)).toBe('{ resource.service.name = "db" && name = "SELECT" && duration >= 800ms }');
  });
});

describe('slow traces against the rest', () => {
  const found = Array.from({ length: 30 }, (_, i) => ({ durationNs: (i + 1) * 1e6, rootService: 'web', matched: [{ durationNs: (i + 1) * 1e3 }] }));

  it('are told apart by their roots', () => {
    expect(slowAgainstRest(emptyForm, found)).toEqual({ slow: '{ nestedSetParent < 0 && duration >= 28ms }', rest: '{ nestedSetParent < 0 && duration < 28ms }', aboveNs: 28e6 });
    expect(slowAgainstRest({ ...emptyForm, service: 'web', min: '1s' }, found)!.slow).toBe('{ resource.service.name = "web" && nestedSetParent < 0 && duration >= 28ms }');
  });

  it('are told apart by the operation that was asked for', () => {
    expect(slowAgainstRest({ ...emptyForm, operation: 'GET' }, found)!.rest).toBe('{ name = "GET" && duration < 28us }');
  });

  it('are not made where a span cannot stand for the trace, or of few traces', () => {
    expect(slowAgainstRest({ ...emptyForm, service: 'db' }, found)).toBeNull();
    expect(slowAgainstRest(emptyForm, found.slice(0, 5))).toBeNull();
  });
});

describe('durations', () => {
  it('are read as people write them', () => {
    expect(['1.5s', '20us', '3', '2min', '7 ms'].map(parseNs)).toEqual([1.5e9, 2e4, 3e6, 1.2e11, 7e6]);
    expect(parseNs('x')).toBeNaN();
  });

  it('are written with three digits and a unit that the language has', () => {
    expect([1, 1_234, 1_234_567, 61e9].map(formatNs)).toEqual(['1ns', '1.23us', '1.23ms', '61s']);
  });
});
