/** What is asked of the server and shown when it comes: the old answer stays until the new one is there. */
export class Loaded<T> {
  value = $state.raw<T | null>(null);
  error = $state<string | null>(null);
  busy = $state(false);

  /** Asks. Returns what ends the asking: an answer that comes later is not shown. */
  run = (read: (signal: AbortSignal) => Promise<T>, got?: (value: T) => void): (() => void) => {
    const abort = new AbortController();
    this.busy = true;
    read(abort.signal).then((value) => {
      if (abort.signal.aborted) return;
      this.value = value;
      this.error = null;
      this.busy = false;
      got?.(value);
    }, (fault: unknown) => {
      if (abort.signal.aborted) return;
      this.error = (fault as Error).message;
      this.busy = false;
    });
    return () => abort.abort();
  };

  forget(): void {
    this.value = null;
    this.error = null;
  }
}
