import type { DataFrame, Labels } from '../live/frames';
import type { Alert, Limits, Processes, Protocol, Remote, Rule, Target, Watched } from './types';

/** A request that failed: what the server said, or that it could not be reached. */
export class ApiError extends Error {}

/** The address of something beside the page, wherever the page is mounted. */
export function beside(path: string): URL {
  return new URL(path, document.baseURI);
}

/** The address of the live connection: the page's own, with the scheme of a WebSocket. */
export function liveAddress(): URL {
  const url = beside('api/toka/v1/live');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

export function fetchProcesses(signal: AbortSignal): Promise<Processes> {
  return request(beside('api/toka/v1/processes'), { signal }) as Promise<Processes>;
}

export async function fetchProtocols(signal: AbortSignal): Promise<Protocol[]> {
  return ((await request(beside('api/toka/v1/ingest'), { signal })) as { protocols: Protocol[] }).protocols;
}

/** The stores that samples are sent on to. */
export async function fetchRemotes(signal: AbortSignal): Promise<Remote[]> {
  return ((await request(beside('api/toka/v1/forwarding'), { signal })) as { remotes: Remote[] }).remotes;
}

/** What is scraped, and how many targets relabelling dropped, by pool. */
export async function fetchTargets(signal: AbortSignal): Promise<{ targets: Target[]; dropped: Record<string, number> }> {
  const { data } = (await request(beside('api/v1/targets'), { signal })) as { data: { activeTargets: Target[]; droppedTargetCounts: Record<string, number> } };
  return { targets: data.activeTargets, dropped: data.droppedTargetCounts };
}

export async function acknowledge(id: string, by: string): Promise<void> {
  await request(beside(`api/toka/v1/alerts/${encodeURIComponent(id)}/ack`), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ by }),
  });
}

/** Changes of alerts' states, newest first: at most `limit` of them. */
export async function fetchAlertHistory(limit: number, signal: AbortSignal): Promise<Alert[]> {
  const url = beside('api/toka/v1/alerts/history');
  url.searchParams.set('limit', String(limit));
  return ((await request(url, { signal })) as { alerts: Alert[] }).alerts;
}

export async function fetchRules(signal: AbortSignal): Promise<Rule[]> {
  return ((await request(beside('api/toka/v1/rules'), { signal })) as { rules: Rule[] }).rules;
}

/** The thresholds in force, by what they watch. */
export async function fetchLimits(signal: AbortSignal): Promise<Record<Watched, Limits>> {
  const { monitoring: { thresholds: t } } = (await request(beside('api/toka/v1/config'), { signal })) as { monitoring: { thresholds: Record<string, number> } };
  const pair = (name: Watched): Limits => ({ warning: t[`${name}_warning_percent`] ?? NaN, critical: t[`${name}_critical_percent`] ?? NaN });
  return { cpu: pair('cpu'), memory: pair('memory'), disk: pair('disk'), network: pair('network') };
}

/** The names of all metrics that are stored. */
export async function fetchNames(signal: AbortSignal): Promise<string[]> {
  return ((await request(beside('api/v1/label/__name__/values'), { signal })) as { data: string[] }).data;
}

/** Whether an expression has any value now. */
export async function hasValue(expr: string, signal: AbortSignal): Promise<boolean> {
  const answer = (await request(beside('api/v1/query'), { method: 'POST', body: new URLSearchParams({ query: expr, limit: '1' }), signal })) as { data: { result: unknown[] } };
  return answer.data.result.length > 0;
}

export interface RangeAnswer {
  frame: DataFrame;
  labels: Labels[];
}

interface Matrix {
  result: { metric: Labels; values: [number, string][] }[];
}

/** Evaluates an expression at the multiples of `stepMs` from `fromMs` to `toMs` over Prometheus's API. */
export async function queryRange(expr: string, fromMs: number, toMs: number, stepMs: number, signal: AbortSignal): Promise<RangeAnswer> {
  const startMs = Math.ceil(fromMs / stepMs) * stepMs;
  const endMs = Math.max(startMs, Math.floor(toMs / stepMs) * stepMs);
  const body = new URLSearchParams({ query: expr, start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepMs / 1000) });
  const answer = (await request(beside('api/v1/query_range'), { method: 'POST', body, signal })) as { data: Matrix };
  return toColumns(answer.data, startMs, endMs, stepMs);
}

/** Prometheus's matrix as columns on the grid: a value in its step's place, NaN where there is none. */
export function toColumns(matrix: Matrix, startMs: number, endMs: number, stepMs: number): RangeAnswer {
  const points = Math.round((endMs - startMs) / stepMs) + 1;
  const columns = matrix.result.map((series, index) => {
    const values = new Float64Array(points).fill(NaN);
    for (const [seconds, text] of series.values) {
      const at = Math.round((seconds * 1000 - startMs) / stepMs);
      if (at >= 0 && at < points) values[at] = parseValue(text);
    }
    return { index, values };
  });
  return { frame: { kind: 'data', id: 0, startMs, stepMs, points, columns }, labels: matrix.result.map((s) => s.metric) };
}

function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

export async function request(url: URL, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (fault) {
    if (init.signal?.aborted === true) throw fault;
    throw new ApiError('Toka cannot be reached. Is “toka serve” still running?');
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(errorOf(text) ?? `The server answered ${response.status} ${response.statusText}.`);
  return text === '' ? null : JSON.parse(text);
}

/** What an answer says went wrong; undefined where it is no error of this API. */
export function errorOf(text: string): string | undefined {
  try {
    const error: unknown = (JSON.parse(text) as { error?: unknown }).error;
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
