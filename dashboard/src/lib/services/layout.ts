import { hashOf } from '../colour/assign';

export interface Place {
  name: string;
  layer: number;
  x: number;
  y: number;
}

export interface Way {
  client: string;
  server: string;
  /** Points of a smooth line, from the client's right edge to the server's left one. */
  points: { x: number; y: number }[];
}

export interface Layout {
  places: Map<string, Place>;
  ways: Way[];
  width: number;
  height: number;
}

export const box = { width: 160, height: 56 } as const;
/** Between layers, and between boxes of one; the second where many boxes stand on each other. */
const gap = { x: 122, y: 30, dense: 14 } as const;
const denseFrom = 8;
/** Passes over the layers, forth and back, that put neighbours near each other; more change nothing that one sees. */
const sweeps = 8;

/**
 * Services in layers from left to right, callers before what they call. The same services and calls always stand in the same
 * places: names decide where nothing else does, and nothing moves by itself. After Sugiyama, Tagawa, Toda (1981): layers by
 * longest way, order by the means of neighbours, with places kept free where a call passes a layer.
 */
export function layOutMap(names: readonly string[], edges: readonly { client: string; server: string }[]): Layout {
  const nodes = [...new Set([...names, ...edges.flatMap((e) => [e.client, e.server])])].sort();
  const calls = uniqueCalls(edges);
  const forward = withoutCycles(nodes, calls);
  const layerOf = layersOf(nodes, forward);
  const layers = orderedLayers(nodes, forward, layerOf);
  const tallest = Math.max(1, ...layers.map((layer) => layer.length));
  const between = tallest >= denseFrom ? gap.dense : gap.y;
  const height = tallest * (box.height + between) - between;
  const at = new Map<string, { x: number; y: number }>();
  layers.forEach((layer, l) => {
    const top = (height - (layer.length * (box.height + between) - between)) / 2;
    layer.forEach((id, i) => at.set(id, { x: l * (box.width + gap.x), y: top + i * (box.height + between) }));
  });
  const places = new Map(nodes.map((name) => [name, { name, layer: layerOf.get(name)!, ...at.get(name)! }]));
  const ways = calls.map(({ client, server }) => ({ client, server, points: wayOf(client, server, places, at) }));
  return { places, ways, width: Math.max(box.width, layers.length * (box.width + gap.x) - gap.x), height: Math.max(box.height, height) };
}

interface Call {
  client: string;
  server: string;
}

function uniqueCalls(edges: readonly Call[]): Call[] {
  const seen = new Map<string, Call>();
  for (const { client, server } of edges) seen.set(`${client}\n${server}`, { client, server });
  return [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, call]) => call);
}

/** The calls without those that close a cycle: found by walking from those that call more than they are called, then by name. */
function withoutCycles(nodes: readonly string[], calls: readonly Call[]): Call[] {
  const next = new Map<string, string[]>(nodes.map((n) => [n, []]));
  const balance = new Map<string, number>(nodes.map((n) => [n, 0]));
  for (const { client, server } of calls) {
    if (client === server) continue;
    next.get(client)!.push(server);
    balance.set(client, balance.get(client)! + 1);
    balance.set(server, balance.get(server)! - 1);
  }
  const state = new Map<string, 'open' | 'done'>();
  const kept: Call[] = [];
  const walk = (from: string): void => {
    const stack = [{ node: from, at: 0 }];
    state.set(from, 'open');
    while (stack.length > 0) {
      const frame = stack[stack.length - 1]!;
      const to = next.get(frame.node)![frame.at++];
      if (to === undefined) {
        state.set(frame.node, 'done');
        stack.pop();
      } else if (state.get(to) !== 'open') {
        kept.push({ client: frame.node, server: to });
        if (!state.has(to)) {
          state.set(to, 'open');
          stack.push({ node: to, at: 0 });
        }
      }
    }
  };
  const called = new Set(calls.filter((c) => c.client !== c.server).map((c) => c.server));
  const order = nodes.toSorted((a, b) => Number(called.has(a)) - Number(called.has(b)) || balance.get(b)! - balance.get(a)!);
  for (const node of order) if (!state.has(node)) walk(node);
  return kept;
}

/** The longest way to each from those that nobody calls; these stand right before the first that they call. */
function layersOf(nodes: readonly string[], calls: readonly Call[]): Map<string, number> {
  const layer = new Map(nodes.map((n) => [n, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const { client, server } of calls) {
      const least = layer.get(client)! + 1;
      if (layer.get(server)! < least) {
        layer.set(server, least);
        changed = true;
      }
    }
  }
  const called = new Set(calls.map((c) => c.server));
  for (const node of nodes) {
    const next = calls.filter((c) => c.client === node).map((c) => layer.get(c.server)!);
    if (!called.has(node) && next.length > 0) layer.set(node, Math.min(...next) - 1);
  }
  return layer;
}

const passing = (client: string, server: string, layer: number): string => `${client}\n${server}\n${layer}`;

function orderedLayers(nodes: readonly string[], calls: readonly Call[], layerOf: ReadonlyMap<string, number>): string[][] {
  const count = Math.max(0, ...layerOf.values()) + 1;
  const layers: string[][] = Array.from({ length: count }, () => []);
  for (const node of nodes) layers[layerOf.get(node)!]!.push(node);
  const above = new Map<string, string[]>();
  const below = new Map<string, string[]>();
  const join = (a: string, b: string): void => {
    above.set(b, [...(above.get(b) ?? []), a]);
    below.set(a, [...(below.get(a) ?? []), b]);
  };
  for (const { client, server } of calls) {
    let last = client;
    for (let l = layerOf.get(client)! + 1; l < layerOf.get(server)!; l++) {
      const id = passing(client, server, l);
      layers[l]!.push(id);
      join(last, id);
      last = id;
    }
    join(last, server);
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 0;
    for (let i = 1; i < count; i++) {
      const l = down ? i : count - 1 - i;
      const fixed = layers[down ? l - 1 : l + 1]!;
      const place = new Map(fixed.map((id, at) => [id, (at + 0.5) / fixed.length]));
      const own = new Map(layers[l]!.map((id, at) => [id, (at + 0.5) / layers[l]!.length]));
      const weight = (id: string): number => {
        const neighbours = ((down ? above : below).get(id) ?? []).map((n) => place.get(n)).filter((p) => p !== undefined);
        return neighbours.length === 0 ? own.get(id)! : neighbours.reduce((a, b) => a + b, 0) / neighbours.length;
      };
      const weights = new Map(layers[l]!.map((id) => [id, weight(id)]));
      layers[l]!.sort((a, b) => weights.get(a)! - weights.get(b)! || (a < b ? -1 : 1));
    }
  }
  return layers;
}

function wayOf(client: string, server: string, places: ReadonlyMap<string, Place>, at: ReadonlyMap<string, { x: number; y: number }>): { x: number; y: number }[] {
  const [a, b] = [places.get(client)!, places.get(server)!];
  const middle = box.height / 2;
  // Calls in both directions, and several into one box, do not lie on each other: each leaves at a height of its own.
  const shift = ((hashOf(`${client}\n${server}`) % 5) - 2) * 5;
  if (client === server) {
    return [{ x: a.x + box.width, y: a.y + middle - 8 }, { x: a.x + box.width + 34, y: a.y - 14 }, { x: a.x + box.width / 2, y: a.y - 18 }, { x: a.x + box.width / 2, y: a.y }];
  }
  if (b.layer <= a.layer) {
    // Back: under both boxes, and in from the left.
    const low = Math.max(a.y, b.y) + box.height + 16;
    return [{ x: a.x + box.width, y: a.y + middle + 12 }, { x: a.x + box.width + 30, y: low }, { x: b.x - 30, y: low }, { x: b.x, y: b.y + middle + 12 }];
  }
  const points = [{ x: a.x + box.width, y: a.y + middle + shift }];
  for (let l = a.layer + 1; l < b.layer; l++) {
    const pass = at.get(passing(client, server, l));
    if (pass !== undefined) points.push({ x: pass.x, y: pass.y + middle }, { x: pass.x + box.width, y: pass.y + middle });
  }
  points.push({ x: b.x, y: b.y + middle + shift });
  return points;
}

/** The line through points as an SVG path: level at each point, so that it enters and leaves boxes at right angles. */
export function pathOf(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  let last = first;
  for (const point of rest) {
    const half = (last.x + point.x) / 2;
    path += `C${half} ${last.y} ${half} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}

/** Half the room of a label. */
export const label = { width: 54, height: 11 } as const;

/**
 * Where the labels of ways stand: on their lines, as near to the middle of the longest piece as no box and no other label
 * stands. Where there is no such place, the middle.
 */
export function labelPlaces({ ways, places }: Layout): { x: number; y: number }[] {
  const taken = [...places.values()].map(({ x, y }) => ({ x0: x, y0: y, x1: x + box.width, y1: y + box.height }));
  return ways.map(({ points }) => {
    const [a, b] = longestPiece(points);
    let best = curveAt(a, b, 0.5);
    for (const t of [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]) {
      const at = curveAt(a, b, t);
      if (taken.some((r) => at.x + label.width > r.x0 && at.x - label.width < r.x1 && at.y + label.height > r.y0 && at.y - label.height < r.y1)) continue;
      best = at;
      break;
    }
    taken.push({ x0: best.x - label.width, y0: best.y - label.height, x1: best.x + label.width, y1: best.y + label.height });
    return best;
  });
}

function longestPiece(points: readonly { x: number; y: number }[]): [{ x: number; y: number }, { x: number; y: number }] {
  let [best, most] = [0, -1];
  for (let i = 0; i + 1 < points.length; i++) {
    const length = Math.hypot(points[i + 1]!.x - points[i]!.x, points[i + 1]!.y - points[i]!.y);
    if (length > most) [best, most] = [i, length];
  }
  return [points[best]!, points[best + 1] ?? points[best]!];
}

/** A point of the curve that `pathOf` draws from one point to the next. */
function curveAt(a: { x: number; y: number }, b: { x: number; y: number }, t: number): { x: number; y: number } {
  const half = (a.x + b.x) / 2;
  const [p, q, r, s] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  return { x: p * a.x + (q + r) * half + s * b.x, y: (p + q) * a.y + (r + s) * b.y };
}
