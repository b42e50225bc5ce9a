import { waitMs } from './backoff';
import { decodeFrame, FrameError, type DataFrame, type ErrorFrame, type SeriesFrame } from './frames';

export interface Subscription {
  expr: string;
  stepMs: number;
  rangeMs: number;
}

export interface Sink {
  /** A new life of the subscription begins: what was held may stay on the screen, its series indexes are void. */
  restart(): void;
  series(frame: SeriesFrame): void;
  data(frame: DataFrame): void;
  error(frame: ErrorFrame): void;
}

export type ConnectionState = 'connecting' | 'open' | 'waiting';

/** The part of WebSocket that is used, so that tests can stand in for it. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(message: string): void;
  close(): void;
}

export interface Surroundings {
  connect(): Socket;
  after(ms: number, run: () => void): () => void;
  random(): number;
}

/** Without any frame for so long (a status comes each second) the connection counts as lost, in ms. */
export const silenceMs = 6_000;

interface Entry {
  id: number;
  request: Subscription;
  sinks: Set<Sink>;
  ended: ErrorFrame | null;
}

/** The one live connection of a page: subscriptions shared by equal requests, and taken up again after each break. */
export class LiveClient {
  state: ConnectionState = 'connecting';
  onState: (state: ConnectionState) => void = () => {};
  onStatus: (body: unknown) => void = () => {};
  onFault: (message: string) => void = () => {};

  private readonly around: Surroundings;
  private socket: Socket | null = null;
  private readonly entries = new Map<number, Entry>();
  private nextId = 1;
  private attempt = 0;
  private cancelTimer: () => void = () => {};

  constructor(around: Surroundings) {
    this.around = around;
  }

  start(): void {
    this.cancelTimer();
    this.enter('connecting');
    const socket = this.around.connect();
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.enter('open');
      this.watch(socket);
      for (const entry of this.entries.values()) this.request(entry);
    };
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.lost(socket);
    this.watch(socket);
  }

  /** Tries now instead of at the end of the wait: the network came back, or a person asked. */
  retryNow(): void {
    if (this.state === 'waiting') this.start();
  }

  subscribe(request: Subscription, sink: Sink): () => void {
    let entry = this.find(request);
    if (entry === undefined) {
      entry = { id: this.nextId++, request, sinks: new Set([sink]), ended: null };
      this.entries.set(entry.id, entry);
      if (this.state === 'open') this.request(entry);
    } else {
      // A second reader needs the whole range: a new life under a new id gives it to all readers alike.
      entry.sinks.add(sink);
      this.renew(entry);
    }
    const held = entry;
    return () => this.drop(held, sink);
  }

  private find(request: Subscription): Entry | undefined {
    for (const entry of this.entries.values()) {
      const { expr, stepMs, rangeMs } = entry.request;
      if (expr === request.expr && stepMs === request.stepMs && rangeMs === request.rangeMs) return entry;
    }
    return undefined;
  }

  private renew(entry: Entry): void {
    this.entries.delete(entry.id);
    if (this.state === 'open' && entry.ended === null) this.send({ op: 'unsubscribe', id: entry.id });
    entry.id = this.nextId++;
    this.entries.set(entry.id, entry);
    if (this.state === 'open') this.request(entry);
  }

  private drop(entry: Entry, sink: Sink): void {
    if (!entry.sinks.delete(sink) || entry.sinks.size > 0) return;
    this.entries.delete(entry.id);
    if (this.state === 'open' && entry.ended === null) this.send({ op: 'unsubscribe', id: entry.id });
  }

  private request(entry: Entry): void {
    entry.ended = null;
    for (const sink of entry.sinks) sink.restart();
    this.send({ op: 'subscribe', id: entry.id, ...entry.request });
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  private receive(socket: Socket, data: unknown): void {
    if (socket !== this.socket || !(data instanceof ArrayBuffer)) return;
    this.attempt = 0;
    this.watch(socket);
    try {
      const frame = decodeFrame(data);
      if (frame.kind === 'status') return this.onStatus(frame.body);
      const entry = this.entries.get(frame.id);
      if (frame.kind === 'error') {
        if (entry === undefined) return this.onFault(frame.error);
        entry.ended = frame;
        for (const sink of entry.sinks) sink.error(frame);
        return;
      }
      if (entry === undefined) return; // on its way when it was given up
      for (const sink of entry.sinks) {
        if (frame.kind === 'series') sink.series(frame);
        else sink.data(frame);
      }
    } catch (fault) {
      if (!(fault instanceof FrameError)) throw fault;
      this.onFault(fault.message);
    }
  }

  private watch(socket: Socket): void {
    this.cancelTimer();
    this.cancelTimer = this.around.after(silenceMs, () => {
      socket.close();
      this.lost(socket);
    });
  }

  private lost(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    socket.onclose = null;
    this.cancelTimer();
    this.enter('waiting');
    this.cancelTimer = this.around.after(waitMs(this.attempt++, this.around.random()), () => this.start());
  }

  private enter(state: ConnectionState): void {
    this.state = state;
    this.onState(state);
  }
}
