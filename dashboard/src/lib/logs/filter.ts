import type { Params } from '../api/events';

/** What the page of logs asks for; empty texts ask nothing. */
export interface LogFilter {
  service: string;
  /** The least severity, as a word. */
  severity: string;
  text: string;
  trace: string;
  /** Conditions `key=value`. */
  attributes: string[];
}

/** The filter that an address states. */
export function filterOf(get: (key: string) => string | null): LogFilter {
  return {
    service: get('service') ?? '', severity: get('severity') ?? '', text: get('text') ?? '', trace: get('trace') ?? '',
    attributes: (get('attr') ?? '').split('\n').filter((one) => one !== ''),
  };
}

/** The filter as parameters of the own API. */
export function toApi(filter: LogFilter): Params {
  return { service: filter.service, severity: filter.severity, text: filter.text, traceId: filter.trace, attr: filter.attributes };
}

/** The longest text of a pattern that has no gap in it: what a search for its records can ask. */
export function textOfPattern(pattern: string): string {
  return pattern.split(/<[^<>]*>/).map((piece) => piece.trim()).reduce((best, piece) => (piece.length > best.length ? piece : best), '');
}

/** Lines of a live tail, newest first, no more than `most`; what had to go is counted. */
export class Tail<T> {
  lines: T[] = [];
  /** Lines that came while the reader had stopped. */
  waiting: T[] = [];
  dropped = 0;

  constructor(private readonly most: number) {}

  add(items: readonly T[], paused: boolean, dropped = 0): void {
    const fresh = items.toReversed();
    this.dropped += dropped;
    if (paused) this.waiting = this.cut([...fresh, ...this.waiting], true);
    else this.lines = this.cut([...fresh, ...this.waiting, ...this.lines], false);
    if (!paused) this.waiting = [];
  }

  /** Shows what waited. */
  resume(): void {
    this.add([], false);
  }

  /** Of lines that were shown the old ones go without a word; of lines that nobody saw they are told. */
  private cut(lines: T[], unseen: boolean): T[] {
    if (lines.length <= this.most) return lines;
    if (unseen) this.dropped += lines.length - this.most;
    return lines.slice(0, this.most);
  }
}
