/** The binary frames of `docs/formats/live.md`: bytes in, typed frames out. */

export type Labels = Readonly<Record<string, string>>;

export interface SeriesFrame {
  kind: 'series';
  id: number;
  series: { index: number; labels: Labels }[];
}

export interface DataFrame {
  kind: 'data';
  id: number;
  /** Time of the first point, in milliseconds since the Unix epoch. */
  startMs: number;
  stepMs: number;
  points: number;
  /** One column of `points` values for each series; NaN where there is no point. */
  columns: { index: number; values: Float64Array }[];
}

export interface ErrorFrame {
  kind: 'error';
  id: number;
  errorType: string;
  error: string;
}

export interface StatusFrame {
  kind: 'status';
  id: number;
  body: unknown;
}

export type Frame = SeriesFrame | DataFrame | ErrorFrame | StatusFrame;

/** A frame that does not follow the format: a fault of the server, or a server of another version. */
export class FrameError extends Error {}

const headerBytes = 8;
const text = new TextDecoder('utf-8', { fatal: true });

/** Decodes one frame. Throws FrameError where the bytes do not follow the format. */
export function decodeFrame(bytes: ArrayBuffer): Frame {
  const view = new DataView(bytes);
  if (bytes.byteLength < headerBytes) {
    throw new FrameError(`frame of ${bytes.byteLength} bytes is shorter than its header`);
  }
  const version = view.getUint8(0);
  if (version !== 1) {
    throw new FrameError(`frame version ${version} is not known here: reload the page`);
  }
  const kind = view.getUint8(1);
  const id = view.getUint32(4, true);
  try {
    switch (kind) {
      case 1: return decodeSeries(view, id);
      case 2: return decodeData(view, id);
      case 3: return decodeError(bytes, id);
      case 4: return { kind: 'status', id, body: decodeJson(bytes, headerBytes, bytes.byteLength - headerBytes) };
    }
  } catch (fault) {
    if (fault instanceof FrameError) throw fault;
    throw new FrameError(`frame of kind ${kind} is cut or not legal: ${(fault as Error).message}`);
  }
  throw new FrameError(`frame kind ${kind} is not known here: reload the page`);
}

function decodeSeries(view: DataView, id: number): SeriesFrame {
  let at = headerBytes;
  const count = view.getUint32(at, true);
  at += 4;
  const series: SeriesFrame['series'] = [];
  for (let i = 0; i < count; i++) {
    const index = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    series.push({ index, labels: decodeJson(view.buffer as ArrayBuffer, at + 8, length) as Labels });
    at += 8 + length;
  }
  expectEnd(view, at);
  return { kind: 'series', id, series };
}

function decodeData(view: DataView, id: number): DataFrame {
  let at = headerBytes;
  const startMs = Number(view.getBigInt64(at, true));
  const stepMs = view.getUint32(at + 8, true);
  const points = view.getUint32(at + 12, true);
  const count = view.getUint32(at + 16, true);
  at += 20;
  if (stepMs === 0) throw new FrameError('data frame with a step of 0');
  if (view.byteLength - at !== count * (4 + 8 * points)) {
    throw new FrameError(`data frame of ${count} series with ${points} points has ${view.byteLength - at} bytes of payload`);
  }
  const columns: DataFrame['columns'] = [];
  for (let i = 0; i < count; i++) {
    const index = view.getUint32(at, true);
    at += 4;
    // Columns stand at multiples of 4, not of 8: a Float64Array over the frame is not possible, so read one by one.
    const values = new Float64Array(points);
    for (let p = 0; p < points; p++, at += 8) values[p] = view.getFloat64(at, true);
    columns.push({ index, values });
  }
  return { kind: 'data', id, startMs, stepMs, points, columns };
}

function decodeError(bytes: ArrayBuffer, id: number): ErrorFrame {
  const body = decodeJson(bytes, headerBytes, bytes.byteLength - headerBytes) as Partial<ErrorFrame>;
  return { kind: 'error', id, errorType: String(body.errorType ?? 'unknown'), error: String(body.error ?? '') };
}

function decodeJson(bytes: ArrayBuffer, offset: number, length: number): unknown {
  return JSON.parse(text.decode(new Uint8Array(bytes, offset, length)));
}

function expectEnd(view: DataView, at: number): void {
  if (at !== view.byteLength) throw new FrameError(`frame has ${view.byteLength - at} bytes after its end`);
}
