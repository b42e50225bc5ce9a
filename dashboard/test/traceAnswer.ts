import type { TraceAnswer } from '../src/lib/api/events';

export interface Made {
  service: string;
  name: string;
  start: number;
  duration: number;
  error?: boolean;
  children?: Made[];
}

/** A trace as the server sends it, from a tree that a test writes down. */
export function answerOf(roots: Made[], critical: TraceAnswer['criticalPath'] = []): TraceAnswer {
  const [services, names]: [string[], string[]] = [[], []];
  const c: TraceAnswer['columns'] = { id: [], parent: [], depth: [], start: [], duration: [], origin: [], service: [], name: [], kind: [], status: [], self: [], events: [], links: [] };
  const place = (list: string[], text: string): number => (list.includes(text) ? list.indexOf(text) : list.push(text) - 1);
  const add = (span: Made, parent: number, depth: number): void => {
    const i = c.id.length;
    const below = span.children ?? [];
    c.id.push(i.toString(16).padStart(16, '0'));
    c.parent.push(parent);
    c.depth.push(depth);
    c.start.push(span.start);
    c.duration.push(span.duration);
    c.service.push(place(services, span.service));
    c.origin.push(c.service[i]!);
    c.name.push(place(names, span.name));
    c.kind.push(1);
    c.status.push(span.error === true ? 2 : 0);
    c.self.push(Math.max(0, span.duration - below.reduce((sum, s) => sum + s.duration, 0)));
    c.events.push(0);
    c.links.push(0);
    for (const child of below) add(child, i, depth + 1);
  };
  for (const root of roots) add(root, -1, 0);
  const durationNs = Math.max(...roots.map((r) => r.start + r.duration));
  return {
    traceId: 'a'.repeat(32), startNs: '1700000000000000001', durationNs, count: c.id.length, cut: false, services, names,
    origins: services.map((service) => ({ service, resource: {}, scope: { name: '', version: '' } })), columns: c, criticalPath: critical, findings: [],
  };
}

/** A root with runs of queries under two operations. */
export function shop(queries: number): Made {
  const query = (i: number): Made => ({ service: 'db', name: 'SELECT', start: 10 + i * 2, duration: 2, error: i === 3 });
  return {
    service: 'web', name: 'GET /', start: 0, duration: 1_000,
    children: [
      { service: 'shop', name: 'list', start: 5, duration: 500, children: Array.from({ length: queries }, (_, i) => query(i)) },
      { service: 'shop', name: 'render', start: 600, duration: 300, children: [{ service: 'cache', name: 'GET', start: 610, duration: 10 }] },
    ],
  };
}
