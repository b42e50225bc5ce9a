/** What the server says of spans and logs. Times since 1970 are decimal strings of ns: a number would lose their last digits. */
import type { Labels } from '../live/frames';
import { beside, request } from './client';
import type { SetDifference, TraceDifference } from '../compare/shapes';
import { lines } from './follow';

export type StatusWord = 'unset' | 'ok' | 'error';

/** What a search looked at, and whether it left something out. */
export interface Cost {
  rows?: number;
  parts?: number;
  partsSkipped?: number;
  cut?: boolean;
  ms?: number;
}

export interface ServicePart {
  name: string;
  spans: number;
  errors: number;
}

export interface FoundSpan {
  traceId?: string;
  spanId: string;
  startNs: string;
  durationNs: number;
  service: string;
  name: string;
  status: StatusWord;
  attributes?: Record<string, unknown>;
}

export interface FoundTrace {
  traceId: string;
  startNs: string;
  durationNs: number;
  rootService: string;
  rootName: string;
  /** False: the root is not there (yet); name and service are those of the first span. */
  hasRoot: boolean;
  spans: number;
  errors: number;
  services: ServicePart[];
  matched: FoundSpan[];
  matchedCount: number;
}

export interface TraceSearch {
  query: string;
  traces: FoundTrace[];
  cost: Cost;
}

/** A trace in columns; spans stand depth first, so that what is below a span follows it without a gap. */
export interface TraceAnswer {
  traceId: string;
  startNs: string;
  durationNs: number;
  count: number;
  /** The index of the root that the trace is named by. */
  root?: number;
  /** True: the trace has more spans than the server sends. */
  cut: boolean;
  services: string[];
  names: string[];
  origins: { service: string; resource: Record<string, unknown>; scope: { name: string; version: string } }[];
  columns: {
    id: string[];
    /** Index of the parent; −1 for a root, −2 where the parent is not there. */
    parent: number[];
    depth: number[];
    start: number[];
    duration: number[];
    origin: number[];
    service: number[];
    name: number[];
    kind: number[];
    status: number[];
    self: number[];
    events: number[];
    links: number[];
  };
  criticalPath: { span: number; from: number; to: number }[];
  findings: Finding[];
}

export interface Finding {
  kind: string;
  message: string;
  spans: number[];
  count: number;
  durationNs: number;
}

export interface Attribute {
  key: string;
  type: string;
  value: unknown;
}

export interface SpanDetails {
  spanId: string;
  name: string;
  service: string;
  kind: string | number;
  status: StatusWord;
  statusMessage: string;
  traceState: string;
  attributes: Attribute[];
  resource: Attribute[];
  scope: { name: string; version: string; attributes: Attribute[] };
  events: { timeNs: string; name: string; attributes: Attribute[] }[];
  links: { traceId: string; spanId: string; attributes: Attribute[] }[];
  linkedFrom: { traceId: string; spanId: string; service: string; name: string }[];
  logs: Log[];
}

export interface Log {
  timeNs: string;
  observedNs: string;
  severity: number;
  severityText: string;
  service: string;
  body: string;
  eventName: string;
  traceId: string;
  spanId: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  scope: string;
}

export interface LogStep {
  fromNs: string;
  counts: Record<string, number>;
}

export interface LogPattern {
  pattern: string;
  count: number;
  share: number;
  severity: string | number;
  services: string[];
  example: Log;
}

/** Rates are a second, durations in seconds; null where nothing is known. */
export interface Red {
  rate: number | null;
  errorRatio: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface ServiceRow extends Red {
  service: string;
  operations: number;
}

export interface OperationRow extends Red {
  name: string;
  /** As `SPAN_KIND_SERVER`. */
  kind: string;
}

export interface MapEdge extends Red {
  client: string;
  server: string;
  kind: string;
  exemplar: { traceId: string; spanId: string } | null;
}

export interface MapNode extends Red {
  service: string;
  /** Empty for a service; else what it is that sends no spans itself: `database`, `messaging_system`, `virtual_node`. */
  kind?: string;
}

export interface MapAnswer {
  nodes: MapNode[];
  edges: MapEdge[];
}

export interface ServiceAnswer extends Partial<Red> {
  service: string;
  operations: OperationRow[];
  callers: MapEdge[];
  callees: MapEdge[];
}

export type Params = Record<string, string | number | readonly string[] | null | undefined>;

/** An address under the own API; parameters without a value are left out, lists are repeated. */
export function apiAddress(path: string, params: Params = {}): URL {
  const url = beside(`api/toka/v1/${path}`);
  for (const [key, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value as readonly string[] : [String(value)]) url.searchParams.append(key, one);
  }
  return url;
}

async function get<T>(path: string, params: Params, signal: AbortSignal): Promise<T> {
  return (await request(apiAddress(path, params), { signal })) as T;
}

/** The bounds of a search, as the API takes them: Unix seconds. */
export interface When {
  fromMs: number;
  toMs: number;
}

const times = ({ fromMs, toMs }: When): Params => ({ from: (fromMs / 1_000).toFixed(3), to: (toMs / 1_000).toFixed(3) });

export const searchTraces = (q: string, when: When, limit: number, signal: AbortSignal): Promise<TraceSearch> =>
  get('traces', { q, ...times(when), limit }, signal);

export const fetchTrace = (id: string, signal: AbortSignal): Promise<TraceAnswer> => get(`traces/${encodeURIComponent(id)}`, {}, signal);

export const fetchSpan = (trace: string, span: string, signal: AbortSignal): Promise<SpanDetails> =>
  get(`traces/${encodeURIComponent(trace)}/spans/${encodeURIComponent(span)}`, {}, signal);

export const fetchTraceLogs = (id: string, limit: number, signal: AbortSignal): Promise<{ logs: Log[]; cost?: Cost }> =>
  get(`traces/${encodeURIComponent(id)}/logs`, { limit }, signal);

export const fetchLogs = (filter: Params, when: When, limit: number, signal: AbortSignal): Promise<{ logs: Log[]; cost: Cost }> =>
  get('logs', { ...filter, ...times(when), limit }, signal);

export const fetchHistogram = (filter: Params, when: When, stepMs: number, signal: AbortSignal): Promise<{ stepNs: number; steps: LogStep[] }> =>
  get('logs/histogram', { ...filter, ...times(when), step: stepMs / 1_000 }, signal);

export const fetchPatterns = (filter: Params, when: When, limit: number, signal: AbortSignal): Promise<{ patterns: LogPattern[]; sampled: number }> =>
  get('logs/patterns', { ...filter, ...times(when), limit }, signal);

export async function fetchServices(when: When, signal: AbortSignal): Promise<ServiceRow[]> {
  return (await get<{ services: ServiceRow[] }>('services', times(when), signal)).services;
}

export const fetchService = (service: string, when: When, signal: AbortSignal): Promise<ServiceAnswer> =>
  get(`services/${encodeURIComponent(service)}`, times(when), signal);

export const fetchMap = (when: When, signal: AbortSignal): Promise<MapAnswer> => get('service-map', times(when), signal);

export type Signal = 'spans' | 'logs';

/** A key of attributes in use, and where it stands: on the span, the resource, an event … */
export interface KeyInUse {
  scope: string;
  key: string;
}

export async function fetchKeys(of: Signal, when: When, signal: AbortSignal): Promise<KeyInUse[]> {
  const { keys } = await get<{ keys: (string | KeyInUse)[] }>('events/keys', { signal: of, ...times(when) }, signal);
  return keys.map((key) => (typeof key === 'string' ? { scope: '', key } : key));
}

export async function fetchValues(of: Signal, field: string, prefix: string, when: When, signal: AbortSignal): Promise<string[]> {
  const { values } = await get<{ values: (string | { value: unknown })[] }>('events/values', { signal: of, field, prefix, ...times(when), limit: 50 }, signal);
  return values.map((value) => String(typeof value === 'object' && value !== null ? value.value : value));
}

/** Spans as they come, until the signal ends it. */
export const followSpans = (q: string, got: (spans: FoundSpan[], dropped: number) => void, signal: AbortSignal): Promise<void> =>
  lines(apiAddress('traces/follow', { q }), got, signal);

/** Log records as they come, until the signal ends it. */
export const followLogs = (filter: Params, got: (logs: Log[], dropped: number) => void, signal: AbortSignal): Promise<void> =>
  lines(apiAddress('logs/follow', filter), got, signal);

export const compareTraces = (a: string, b: string, signal: AbortSignal): Promise<TraceDifference> => get('traces/compare', { a, b }, signal);

/** A set of traces: what a search finds. */
export interface TraceSet extends When {
  q: string;
}

export async function compareSets(a: TraceSet, b: TraceSet, signal: AbortSignal): Promise<SetDifference> {
  const one = (set: TraceSet): object => ({ q: set.q, from: new Date(set.fromMs).toISOString(), to: new Date(set.toMs).toISOString() });
  return (await request(apiAddress('traces/compare'), {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ a: one(a), b: one(b) }), signal,
  })) as SetDifference;
}

/** Values of an instant PromQL query, by labels. */
export async function queryNow(expr: string, signal: AbortSignal): Promise<{ labels: Labels; value: number }[]> {
  const answer = (await request(beside('api/v1/query'), { method: 'POST', body: new URLSearchParams({ query: expr }), signal })) as
    { data: { result: { metric: Labels; value: [number, string] }[] } };
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
