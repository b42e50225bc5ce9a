/** Reads something again and again while the page is visible. Returns what ends it. */
export function poll<T>(everyMs: number, read: (signal: AbortSignal) => Promise<T>, got: (value: T) => void, failed: (reason: string) => void): () => void {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  async function once(): Promise<void> {
    if (!document.hidden) {
      try {
        got(await read(abort.signal));
      } catch (fault) {
        if (abort.signal.aborted) return;
        failed((fault as Error).message);
      }
    }
    if (!abort.signal.aborted) timer = setTimeout(once, everyMs);
  }
  void once();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
