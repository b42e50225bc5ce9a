import type { Finding, TraceAnswer } from '../api/events';

export const kindWords = ['', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusWords = ['unset', 'ok', 'error'] as const;
export const errorStatus = 2;

/** What an operation of a trace took together. Times in ns. */
export interface OperationSum {
  service: number;
  name: number;
  count: number;
  errors: number;
  total: number;
  self: number;
  p95: number;
  max: number;
}

/**
 * A trace in typed arrays, index by index in depth-first order: what is below span `i` are the spans from `i + 1` up to
 * `end[i]`. Times are ns from the trace's start.
 */
export class TraceModel {
  readonly traceId: string;
  readonly count: number;
  /** The span that the trace is named by. */
  readonly root: number;
  readonly startNs: bigint;
  readonly durationNs: number;
  readonly cut: boolean;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly ids: readonly string[];
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly self: Float64Array;
  readonly service: Int32Array;
  readonly name: Int32Array;
  readonly kind: Uint8Array;
  readonly status: Uint8Array;
  readonly events: Int32Array;
  readonly links: Int32Array;
  /** The first index behind all that is below a span. */
  readonly end: Int32Array;
  /** Spans that failed, by index. */
  readonly errors: readonly number[];
  readonly findings: readonly Finding[];
  /** The critical path by time; and where each span's stretches begin in it, for spans that are on it. */
  readonly critical: readonly { span: number; from: number; to: number }[];
  private readonly criticalBySpan = new Map<number, { from: number; to: number }[]>();
  private readonly criticalJoined = new Map<number, { least: number; stretches: { from: number; to: number }[] }>();
  private places: Map<string, number> | null = null;

  constructor(answer: TraceAnswer) {
    const { columns: c } = answer;
    this.traceId = answer.traceId;
    this.count = c.id.length;
    this.root = Math.max(0, answer.root ?? 0);
    this.startNs = BigInt(answer.startNs);
    this.durationNs = Math.max(1, answer.durationNs);
    this.cut = answer.cut;
    this.services = answer.services;
    this.names = answer.names;
    this.ids = c.id;
    this.parent = Int32Array.from(c.parent);
    this.depth = Int32Array.from(c.depth);
    this.start = Float64Array.from(c.start);
    this.duration = Float64Array.from(c.duration);
    this.self = Float64Array.from(c.self);
    this.service = Int32Array.from(c.service);
    this.name = Int32Array.from(c.name);
    this.kind = Uint8Array.from(c.kind);
    this.status = Uint8Array.from(c.status);
    this.events = Int32Array.from(c.events);
    this.links = Int32Array.from(c.links);
    this.end = subtreeEnds(this.parent);
    const errors: number[] = [];
    for (let i = 0; i < this.count; i++) if (this.status[i] === errorStatus) errors.push(i);
    this.errors = errors;
    this.findings = answer.findings ?? [];
    this.critical = answer.criticalPath ?? [];
    for (const { span, from, to } of this.critical) {
      const list = this.criticalBySpan.get(span);
      if (list === undefined) this.criticalBySpan.set(span, [{ from, to }]);
      else list.push({ from, to });
    }
  }

  serviceOf(i: number): string {
    return this.services[this.service[i]!] ?? '';
  }

  nameOf(i: number): string {
    return this.names[this.name[i]!] ?? '';
  }

  /** The index of a span's id; −1 where it is not in the trace. */
  indexOf(id: string): number {
    this.places ??= new Map(this.ids.map((one, i) => [one, i]));
    return this.places.get(id) ?? -1;
  }

  hasChildren(i: number): boolean {
    return this.end[i]! > i + 1;
  }

  criticalOf(i: number): readonly { from: number; to: number }[] {
    return this.criticalBySpan.get(i) ?? [];
  }

  /** The same without gaps below `least` ns: what stands in one pixel is one mark. */
  criticalMarks(i: number, least: number): readonly { from: number; to: number }[] {
    const all = this.criticalOf(i);
    if (all.length < 2) return all;
    let kept = this.criticalJoined.get(i);
    if (kept?.least !== least) {
      kept = { least, stretches: joined(all, least) };
      this.criticalJoined.set(i, kept);
    }
    return kept.stretches;
  }

  /** How long a span is itself what the trace waits for, in ns. */
  criticalNs(i: number): number {
    return this.criticalOf(i).reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** The span that the trace waits for longest, which is what to look at first; of two the deeper one. The first span where no path is known. */
  slowest(): number {
    let [best, most] = [0, -1];
    for (const span of this.criticalBySpan.keys()) {
      const ns = this.criticalNs(span);
      if (ns > most || (ns === most && this.depth[span]! > this.depth[best]!)) [best, most] = [span, ns];
    }
    return best;
  }

  /** When a span began, in ms since 1970. */
  atMs(i: number): number {
    return Number(this.startNs) / 1e6 + this.start[i]! / 1e6;
  }

  /** Indexes of spans that a text is found in: name, service or id; all parts of the text must be. */
  find(text: string): number[] {
    const parts = text.toLowerCase().split(/\s+/).filter((part) => part !== '');
    if (parts.length === 0) return [];
    const names = this.names.map((name) => name.toLowerCase());
    const services = this.services.map((service) => service.toLowerCase());
    const memory = new Map<number, boolean>();
    const found: number[] = [];
    for (let i = 0; i < this.count; i++) {
      const operation = this.service[i]! * this.names.length + this.name[i]!;
      let hit = memory.get(operation);
      if (hit === undefined) {
        const words = `${services[this.service[i]!]} ${names[this.name[i]!]}`;
        hit = parts.every((part) => words.includes(part));
        memory.set(operation, hit);
      }
      if (hit || (parts.length === 1 && this.ids[i] === parts[0])) found.push(i);
    }
    return found;
  }

  operations(): OperationSum[] {
    const groups = new Map<number, number[]>();
    for (let i = 0; i < this.count; i++) {
      const key = this.service[i]! * this.names.length + this.name[i]!;
      const list = groups.get(key);
      if (list === undefined) groups.set(key, [i]);
      else list.push(i);
    }
    return [...groups.values()].map((spans) => {
      const durations = Float64Array.from(spans, (i) => this.duration[i]!).sort();
      let [total, self, errors] = [0, 0, 0];
      for (const i of spans) {
        total += this.duration[i]!;
        self += this.self[i]!;
        if (this.status[i] === errorStatus) errors++;
      }
      const first = spans[0]!;
      return {
        service: this.service[first]!, name: this.name[first]!, count: spans.length, errors, total, self,
        p95: durations[Math.min(durations.length - 1, Math.ceil(durations.length * 0.95) - 1)]!, max: durations[durations.length - 1]!,
      };
    });
  }
}

/** Where each span's subtree ends, for spans in depth-first order. */
export function subtreeEnds(parent: Int32Array): Int32Array {
  const end = new Int32Array(parent.length);
  for (let i = parent.length - 1; i >= 0; i--) {
    if (end[i]! < i + 1) end[i] = i + 1;
    const above = parent[i]!;
    if (above >= 0 && end[above]! < end[i]!) end[above] = end[i]!;
  }
  return end;
}

/** Joins stretches that stand less than `least` apart: what is closer than a pixel is one mark. */
export function joined(stretches: readonly { from: number; to: number }[], least: number): { from: number; to: number }[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = result[result.length - 1];
    if (last !== undefined && from - last.to < least) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}
