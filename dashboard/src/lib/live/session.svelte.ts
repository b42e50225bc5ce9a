import { fetchLimits, liveAddress } from '../api/client';
import type { Limits, Overview, Watched } from '../api/types';
import { HueBook } from '../colour/assign';
import { LiveClient, type ConnectionState } from './client';

/** Of so many statuses the least delayed one tells the server's clock. */
const clockSamples = 10;

/** What all of the page shares: the live connection, the last status, the server's clock, the colours given out. */
class Session {
  connection = $state<ConnectionState>('connecting');
  /** Since when there is no connection, in ms of this machine; null while there is one. */
  lostAtMs = $state<number | null>(null);
  status = $state.raw<Overview | null>(null);
  fault = $state<string | null>(null);
  /** How often the host is collected, in ms; the default until the server says it. */
  intervalMs = $state(1_000);
  /** The thresholds in force; null until they are known. */
  limits = $state.raw<Record<Watched, Limits> | null>(null);
  readonly hues = new HueBook();
  readonly live = new LiveClient({
    connect: () => new WebSocket(liveAddress()) as never,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  });
  private offsets: number[] = [];
  private offsetMs = 0;

  start(): void {
    this.live.onState = (state) => {
      this.connection = state;
      if (state === 'open') {
        this.lostAtMs = null;
        void this.readLimits();
      } else {
        this.lostAtMs ??= Date.now();
      }
    };
    this.live.onStatus = (body) => this.receive(body as Overview);
    this.live.onFault = (message) => { this.fault = message; };
    this.live.start();
    addEventListener('online', () => this.live.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.live.retryNow();
    });
  }

  /** Now by the server's clock: charts end here even where this machine's clock is wrong. */
  nowMs = (): number => Date.now() + this.offsetMs;

  /** Anew with each connection: a restart is when they most often change. */
  private async readLimits(): Promise<void> {
    try {
      this.limits = await fetchLimits(AbortSignal.timeout(10_000));
    } catch {
      // Charts then go without their threshold lines; that the server does not answer is said elsewhere.
    }
  }

  private receive(status: Overview): void {
    this.status = status;
    this.intervalMs = status.host.collectionIntervalMs;
    this.offsets = [...this.offsets, status.nowMs - Date.now()].slice(-clockSamples);
    const best = Math.max(...this.offsets);
    // Small differences are delay, not clocks: following them would make the charts shake.
    if (Math.abs(best - this.offsetMs) > 250) this.offsetMs = best;
  }
}

export const session = new Session();
