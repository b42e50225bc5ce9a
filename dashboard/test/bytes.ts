/** Writes frames as `docs/formats/live.md` describes them, independently of the decoder. */
export function frame(kind: number, id: number, payload: Uint8Array, version = 1): ArrayBuffer {
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, kind);
  view.setUint32(4, id, true);
  bytes.set(payload, 8);
  return bytes.buffer;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export function seriesPayload(series: [number, object][]): Uint8Array {
  const parts: number[] = [...u32(series.length)];
  for (const [index, labels] of series) {
    const text = utf8(JSON.stringify(labels));
    parts.push(...u32(index), ...u32(text.length), ...text);
  }
  return Uint8Array.from(parts);
}

export function dataPayload(startMs: number, stepMs: number, points: number, columns: [number, number[]][]): Uint8Array {
  const payload = new Uint8Array(20 + columns.length * (4 + 8 * points));
  const view = new DataView(payload.buffer);
  view.setBigInt64(0, BigInt(startMs), true);
  view.setUint32(8, stepMs, true);
  view.setUint32(12, points, true);
  view.setUint32(16, columns.length, true);
  let at = 20;
  for (const [index, values] of columns) {
    view.setUint32(at, index, true);
    at += 4;
    for (const value of values) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return payload;
}

function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
}
