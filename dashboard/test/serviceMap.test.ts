import { describe, expect, it } from 'vitest';
import { edgeQuery } from '../src/lib/services/edges';
import { box, label, labelPlaces, layOutMap, pathOf } from '../src/lib/services/layout';

const edges = [['web', 'shop'], ['web', 'users'], ['shop', 'db'], ['users', 'db'], ['web', 'db'], ['shop', 'web'], ['db', 'db']].map(([client, server]) => ({ client: client!, server: server! }));

describe('the layout of the service map', () => {
  it('stands callers left of what they call, cycles aside', () => {
    const { places } = layOutMap([], edges);
    expect(Object.fromEntries([...places].map(([name, { layer }]) => [name, layer]))).toEqual({ web: 0, shop: 1, users: 1, db: 2 });
  });

  it('is the same for the same calls in any order', () => {
    expect(layOutMap(['web', 'db'], edges)).toEqual(layOutMap(['db', 'web'], edges.toReversed()));
  });

  it('keeps boxes apart and inside', () => {
    const { places, width, height } = layOutMap(['alone'], edges);
    const all = [...places.values()];
    for (const a of all) {
      expect(a.x >= 0 && a.y >= 0 && a.x + box.width <= width && a.y + box.height <= height).toBe(true);
      for (const b of all) if (a !== b) expect(Math.abs(a.x - b.x) >= box.width || Math.abs(a.y - b.y) >= box.height).toBe(true);
    }
  });

  it('draws every call, from box to box', () => {
    const { ways } = layOutMap([], edges);
    expect(ways.map((w) => `${w.client}>${w.server}`).sort()).toEqual(edges.map((e) => `${e.client}>${e.server}`).sort());
    for (const { points } of ways) expect(pathOf(points)).toMatch(/^M[-\d.]+ [-\d.]+C/);
  });

  it('puts no label on another', () => {
    const places = labelPlaces(layOutMap([], edges));
    places.forEach((a, i) => places.slice(i + 1).forEach((b) => expect(Math.abs(a.x - b.x) >= label.width * 2 || Math.abs(a.y - b.y) >= label.height * 2).toBe(true)));
  });

  it('has a place for a map without calls', () => {
    expect(layOutMap([], []).places.size).toBe(0);
    expect(layOutMap(['one'], []).places.get('one')).toMatchObject({ x: 0, y: 0 });
  });
});

describe('the traces of a call', () => {
  it('are those in which one service is somewhere above the other', () => {
    expect(edgeQuery({ client: 'a', server: 'b', kind: '' })).toBe('{ resource.service.name = "a" } >> { resource.service.name = "b" }');
    expect(edgeQuery({ client: 'a', server: 'pg', kind: 'database' })).toBe('{ resource.service.name = "a" && kind = client }');
    expect(edgeQuery({ client: 'user', server: 'b', kind: 'virtual_node' })).toContain('"user"');
  });
});
