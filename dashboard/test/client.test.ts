import { describe, expect, it } from 'vitest';
import { longestWaitMs, waitMs } from '../src/lib/live/backoff';
import { LiveClient, silenceMs, type Sink, type Socket } from '../src/lib/live/client';
import { dataPayload, frame, utf8 } from './bytes';

class FakeSocket implements Socket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  sent: { op: string; id: number; expr?: string }[] = [];
  closed = false;
  send(message: string): void { this.sent.push(JSON.parse(message)); }
  close(): void { this.closed = true; }
}

function world() {
  const sockets: FakeSocket[] = [];
  const timers = new Map<number, { ms: number; run: () => void }>();
  let next = 0;
  const client = new LiveClient({
    connect: () => { const socket = new FakeSocket(); sockets.push(socket); return socket; },
    after: (ms, run) => { const id = next++; timers.set(id, { ms, run }); return () => timers.delete(id); },
    random: () => 1,
  });
  const fire = (): number => {
    expect(timers.size).toBe(1);
    const [id, { ms, run }] = [...timers][0]!;
    timers.delete(id);
    run();
    return ms;
  };
  return { client, sockets, fire };
}

function recorder() {
  const seen: string[] = [];
  const sink: Sink = {
    restart: () => seen.push('restart'), series: () => seen.push('series'),
    data: (f) => seen.push(`data ${f.startMs}`), error: (f) => seen.push(`error ${f.error}`),
  };
  return { seen, sink };
}

const request = { expr: 'up', stepMs: 1000, rangeMs: 300_000 };

describe('LiveClient', () => {
  it('subscribes when the connection opens, and hands data to the sink', () => {
    const { client, sockets } = world();
    const { seen, sink } = recorder();
    client.start();
    client.subscribe(request, sink);
    expect(sockets[0]!.sent).toEqual([]);
    sockets[0]!.onopen!();
    expect(sockets[0]!.sent).toEqual([{ op: 'subscribe', id: 1, ...request }]);
    sockets[0]!.onmessage!({ data: frame(2, 1, dataPayload(1000, 1000, 1, [[0, [1]]])) });
    expect(seen).toEqual(['restart', 'data 1000']);
  });

  it('connects again after a break with growing waits, and subscribes again', () => {
    const { client, sockets, fire } = world();
    const { seen, sink } = recorder();
    client.start();
    client.subscribe(request, sink);
    sockets[0]!.onopen!();
    sockets[0]!.onclose!();
    expect(client.state).toBe('waiting');
    expect(fire()).toBe(500);
    sockets[1]!.onclose!();
    expect(fire()).toBe(1000);
    sockets[2]!.onopen!();
    expect(sockets[2]!.sent).toEqual([{ op: 'subscribe', id: 1, ...request }]);
    expect(seen).toEqual(['restart', 'restart']);
  });

  it('counts a silent connection as lost', () => {
    const { client, sockets, fire } = world();
    client.start();
    sockets[0]!.onopen!();
    expect(fire()).toBe(silenceMs);
    expect(sockets[0]!.closed).toBe(true);
    expect(client.state).toBe('waiting');
  });

  it('shares equal subscriptions and ends them with the last reader', () => {
    const { client, sockets } = world();
    const [a, b] = [recorder(), recorder()];
    client.start();
    sockets[0]!.onopen!();
    const endA = client.subscribe(request, a.sink);
    const endB = client.subscribe({ ...request }, b.sink);
    const live = (): number[] => {
      const ids = new Set<number>();
      for (const m of sockets[0]!.sent) if (m.op === 'subscribe') ids.add(m.id); else ids.delete(m.id);
      return [...ids];
    };
    expect(live()).toEqual([2]);
    sockets[0]!.onmessage!({ data: frame(2, 2, dataPayload(5000, 1000, 1, [[0, [1]]])) });
    expect(a.seen).toEqual(['restart', 'restart', 'data 5000']);
    expect(b.seen).toEqual(['restart', 'data 5000']);
    endA();
    endA();
    expect(live()).toEqual([2]);
    endB();
    expect(live()).toEqual([]);
  });

  it('hands an error to the subscription and a status to the page', () => {
    const { client, sockets } = world();
    const { seen, sink } = recorder();
    const statuses: unknown[] = [];
    const faults: string[] = [];
    client.onStatus = (body) => statuses.push(body);
    client.onFault = (message) => faults.push(message);
    client.start();
    sockets[0]!.onopen!();
    const end = client.subscribe(request, sink);
    sockets[0]!.onmessage!({ data: frame(3, 1, utf8('{"errorType":"bad_data","error":"no"}')) });
    sockets[0]!.onmessage!({ data: frame(3, 0, utf8('{"errorType":"bad_data","error":"what"}')) });
    sockets[0]!.onmessage!({ data: frame(4, 0, utf8('{"nowMs":5}')) });
    end();
    expect(seen).toEqual(['restart', 'error no']);
    expect(faults).toEqual(['what']);
    expect(statuses).toEqual([{ nowMs: 5 }]);
    expect(sockets[0]!.sent.map((m) => m.op)).toEqual(['subscribe']);
  });
});

describe('waitMs', () => {
  it('doubles up to its limit and spreads over the upper half', () => {
    expect([0, 1, 2, 3].map((n) => waitMs(n, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(waitMs(0, 0)).toBe(250);
    expect(waitMs(1000, 1)).toBe(longestWaitMs);
  });
});
