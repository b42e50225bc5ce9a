import type { Protocol } from '../api/types';

/** How people call the protocols. One that is not here is shown by its name. */
const titles: Record<string, string> = {
  otlp_grpc: 'OTLP over gRPC',
  otlp_http: 'OTLP over HTTP',
  otlp_json: 'OTLP as JSON',
  zipkin: 'Zipkin',
  remote_write: 'Remote write',
  scrape: 'Scraping',
  text_push: 'Pushed expositions',
  influx: 'Influx line protocol',
  statsd: 'StatsD',
};

export function titleOf(name: string): string {
  return titles[name] ?? name;
}

/** Outcomes of requests that brought all they had. */
const good = new Set(['ok', 'partial']);

export interface Row {
  name: string;
  title: string;
  samples: number;
  /** Samples a second since the reading before; NaN at first. */
  rate: number;
  /** Spans and log records. */
  events: number;
  requests: number;
  failed: number;
  refused: number;
  /** Why, the commonest first: samples, spans and log records refused by reason, then failed requests by outcome. */
  reasons: Reason[];
}

interface Reason {
  reason: string;
  count: number;
  what: 'sample' | 'span' | 'log record' | 'request';
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, n) => all + n, 0);

const reasonsOf = (counts: [string, number][], what: Reason['what']): Reason[] =>
  counts.map(([reason, count]) => ({ reason, count, what })).sort((a, b) => b.count - a.count);

/** The rows of the table of protocols: those that something came by first. */
export function rowsOf(now: readonly Protocol[], before: readonly Protocol[], seconds: number): Row[] {
  const earlier = new Map(before.map((p) => [p.name, p.samples]));
  return now.map((p) => {
    const failures = Object.entries(p.requests).filter(([outcome]) => !good.has(outcome));
    const last = earlier.get(p.name);
    return {
      name: p.name,
      title: titleOf(p.name),
      samples: p.samples,
      rate: last === undefined || seconds <= 0 ? NaN : Math.max(0, p.samples - last) / seconds,
      events: p.spans + p.logs,
      requests: sum(p.requests),
      failed: failures.reduce((all, [, n]) => all + n, 0),
      refused: sum(p.refused) + sum(p.refusedSpans) + sum(p.refusedLogs),
      reasons: [
        ...reasonsOf(Object.entries(p.refused), 'sample'),
        ...reasonsOf(Object.entries(p.refusedSpans), 'span'),
        ...reasonsOf(Object.entries(p.refusedLogs), 'log record'),
        ...reasonsOf(failures, 'request'),
      ],
    };
  }).sort((a, b) => Number(b.requests > 0) - Number(a.requests > 0) || a.title.localeCompare(b.title));
}
