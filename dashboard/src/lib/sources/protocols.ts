import type { Protocol } from '../api/types';

/** How people call the protocols. One that is not here is shown by its name. */
const titles: Record<string, string> = {
  otlp_grpc: 'OTLP over gRPC',
  otlp_http: 'OTLP over HTTP',
  otlp_json: 'OTLP as JSON',
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
  requests: number;
  failed: number;
  refused: number;
  /** Why, the commonest first: samples refused by reason, then failed requests by outcome. */
  reasons: { reason: string; count: number; what: 'sample' | 'request' }[];
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, n) => all + n, 0);

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
      requests: sum(p.requests),
      failed: failures.reduce((all, [, n]) => all + n, 0),
      refused: sum(p.refused),
      reasons: [
        ...Object.entries(p.refused).map(([reason, count]) => ({ reason, count, what: 'sample' as const })).sort((a, b) => b.count - a.count),
        ...failures.map(([reason, count]) => ({ reason, count, what: 'request' as const })).sort((a, b) => b.count - a.count),
      ],
    };
  }).sort((a, b) => Number(b.requests > 0) - Number(a.requests > 0) || a.title.localeCompare(b.title));
}
