/** The shapes of Toka's own API that the page reads. */

export type HealthState = 'Healthy' | 'Degraded' | 'Unhealthy';
export type Severity = 'Low' | 'Medium' | 'High' | 'Critical';
export type AlertState = 'Pending' | 'Active' | 'Acknowledged' | 'Resolved';

export interface HealthPart {
  name: string;
  state: HealthState;
  reason: string | null;
  sinceMs: number;
}

export interface Alert {
  id: string;
  rule: string;
  severity: Severity;
  state: AlertState;
  labels: Record<string, string>;
  summary: string;
  expression: string;
  value: number | null;
  threshold: number | null;
  sinceMs: number;
  activeAtMs: number | null;
  resolvedAtMs: number | null;
  acknowledgedBy: string | null;
  acknowledgedAtMs: number | null;
}

/** What came by one protocol since the start. */
export interface Protocol {
  name: string;
  samples: number;
  spans: number;
  logs: number;
  requests: Record<string, number>;
  refused: Record<string, number>;
  refusedSpans: Record<string, number>;
  refusedLogs: Record<string, number>;
}

export interface Target {
  scrapePool: string;
  scrapeUrl: string;
  labels: Record<string, string>;
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  /** RFC 3339; the year 1 for never. */
  lastScrape: string;
  /** In seconds. */
  lastScrapeDuration: number;
  scrapeInterval: string;
}

export interface Remote {
  name: string;
  url: string;
  state: 'sending' | 'retrying' | 'refusing';
  protocol: string;
  sent: number;
  retried: number;
  dropped: Record<string, number>;
  pending: number;
  pendingBytes: number;
  lagSeconds: number;
  lastError: string | null;
  lastErrorMs: number | null;
}

const severities: readonly Severity[] = ['Critical', 'High', 'Medium', 'Low'];

/** The gravest first, then the newest. */
export function bySeverity(a: Pick<Alert, 'severity' | 'sinceMs'>, b: Pick<Alert, 'severity' | 'sinceMs'>): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.sinceMs - a.sinceMs;
}

export interface Overview {
  nowMs: number;
  startedAtMs: number;
  version: string;
  environment: string;
  health: { state: HealthState; sentence: string; parts: HealthPart[] };
  host: { name: string; kernel: string; os: string; cores: number; memoryBytes: number; bootTimeMs: number; collectionIntervalMs: number };
  alerts: Alert[];
  self: {
    cpuRatio: number;
    memoryBytes: number;
    series: number;
    samplesPerSecond: number;
    droppedTotal: number;
    walBytes: number;
  };
}

export interface Rule {
  name: string;
  severity: Severity;
  expression: string;
  forMs: number;
  /** Series that its expression found the last time; 0 is a rule that sees nothing. */
  matched: number;
  lastEvaluationMs: number;
  lastError: string | null;
}

/** Warning and critical limits in per cent, as `monitoring.thresholds` has them. */
export interface Limits {
  warning: number;
  critical: number;
}

export type Watched = 'cpu' | 'memory' | 'disk' | 'network';

export interface ProcessGroup {
  name: string;
  pids: number[];
  cpuRatio: number;
  residentBytes: number;
  threads: number;
}

export interface Processes {
  atMs: number;
  total: number;
  groups: ProcessGroup[];
}
