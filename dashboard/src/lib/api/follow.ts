import { ApiError, errorOf } from './client';

/** Lines are handed on at most so often, in ms: a fast feed must not cost a repaint a line. */
const batchMs = 100;

/**
 * Reads newline-delimited JSON until the signal ends it or the server does. A line `{"dropped":n}` is the server's word that
 * so many did not fit; a line that is no JSON is counted as dropped too.
 */
export async function lines<T>(url: URL, got: (items: T[], dropped: number) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal, headers: { Accept: 'application/x-ndjson' } });
  if (!response.ok || response.body === null) throw new ApiError(errorOf(await response.text()) ?? `The server answered ${response.status} ${response.statusText}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const splitter = new LineSplitter<T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    const { items, dropped } = splitter.take();
    if (!signal.aborted && (items.length > 0 || dropped > 0)) got(items, dropped);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      splitter.add(value);
      timer ??= setTimeout(flush, batchMs);
    }
  } finally {
    clearTimeout(timer);
    flush();
  }
}

/** Cuts a text that comes in pieces into lines of JSON. */
export class LineSplitter<T> {
  private rest = '';
  private items: T[] = [];
  private dropped = 0;

  add(text: string): void {
    const parts = (this.rest + text).split('\n');
    this.rest = parts.pop()!;
    for (const part of parts) {
      if (part.trim() === '') continue;
      try {
        const item = JSON.parse(part) as T & { dropped?: unknown };
        const keys = Object.keys(item as object);
        if (keys.length === 1 && typeof item.dropped === 'number') this.dropped += item.dropped;
        else this.items.push(item);
      } catch {
        this.dropped++;
      }
    }
  }

  take(): { items: T[]; dropped: number } {
    const taken = { items: this.items, dropped: this.dropped };
    this.items = [];
    this.dropped = 0;
    return taken;
  }
}
