import { formatText } from '../format/value';
import type { Palette } from '../canvas/board';
import { errorStatus, joined, type TraceModel } from './model';
import type { Rows } from './rows';

/** What the time column of a waterfall shows: lines `first` up to `last`. */
export interface RowsView {
  model: TraceModel;
  rows: Rows;
  /** By service. */
  hues: readonly number[];
  first: number;
  last: number;
  zoom: { from: number; to: number };
  rowHeight: number;
  /** Bars under the names instead of beside them. */
  narrow: boolean;
  chosen: number;
  hits: Uint8Array | null;
}

/** Room at the right edge, px: the last bar does not touch the scroll bar. */
const right = 12;

export function paintRows(context: CanvasRenderingContext2D, width: number, height: number, palette: Palette, view: RowsView): void {
  const { model, rows, hues, first, last, zoom, rowHeight, narrow, chosen, hits } = view;
  const left = narrow ? 8 : 0;
  const inner = width - right - left;
  const scale = inner / (zoom.to - zoom.from);
  const xOf = (ns: number): number => left + (ns - zoom.from) * scale;
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  const lines = narrow ? 3 : 5;
  for (let i = 0; i < lines; i++) {
    const x = Math.round(left + (inner * i) / (lines - 1)) + (i === 0 ? 0.5 : -0.5);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
  for (let row = first; row < last; row++) {
    const y = (row - first) * rowHeight;
    if (row === chosen && !narrow) {
      context.fillStyle = palette.raised;
      context.fillRect(0, y, width, rowHeight);
    }
    const span = rows.span[row]!;
    const colour = palette.series[hues[model.service[span]!] ?? 0]!;
    const [top, thick] = narrow ? [y + 27, 8] : [y + 7, rowHeight - 13];
    // The spans of a run are of one operation: a search finds all of them or none.
    context.globalAlpha = hits !== null && hits[span] === 0 ? 0.35 : 1;
    if (rows.run[row]! > 0) paintRun(context, palette, view, row, xOf, colour, top, thick, width);
    else paintSpan(context, palette, view, span, xOf, colour, top, thick, width, left);
    context.globalAlpha = 1;
  }
}

function paintSpan(
  context: CanvasRenderingContext2D, palette: Palette, { model, narrow }: RowsView, span: number,
  xOf: (ns: number) => number, colour: string, top: number, thick: number, width: number, left: number,
): void {
  const [from, to] = [model.start[span]!, model.start[span]! + model.duration[span]!];
  const [x0, x1] = [Math.max(xOf(from), -4), Math.min(xOf(to), width + 4)];
  context.fillStyle = colour;
  if (x1 >= 0 && x0 <= width) context.fillRect(x0, top, Math.max(2, x1 - x0), thick);
  if (model.status[span] === errorStatus) {
    context.strokeStyle = palette.critical;
    context.lineWidth = 2;
    context.strokeRect(x0 - 1, top - 1, Math.max(2, x1 - x0) + 2, thick + 2);
  }
  paintCritical(context, palette, model.criticalMarks(span, 1 / (xOf(1) - xOf(0))), xOf, top + thick + 1);
  if (narrow) return;
  const text = formatText(model.duration[span]! / 1e9, 'seconds');
  const wide = context.measureText(text).width;
  context.fillStyle = palette.secondary;
  context.textAlign = 'left';
  const middle = top + thick / 2;
  if (x1 + 6 + wide < width) context.fillText(text, Math.max(x1, left) + 6, middle);
  else if (x0 - 6 - wide > 0) context.fillText(text, Math.min(x0, width) - 6 - wide, middle);
  else if (x1 > 0 && x0 < width) {
    // A bar across the whole width carries its label on a ground of the card's colour.
    context.fillStyle = palette.card;
    const end = Math.min(x1, width) - 8; // Behind it the bar goes on: where it ends is to be seen.
    context.fillRect(end - wide - 10, top, wide + 10, thick);
    context.fillStyle = palette.text;
    context.fillText(text, end - wide - 5, middle);
  }
}

/** A run shows each of its spans as far as pixels tell them apart, thinner than a span of its own. */
function paintRun(
  context: CanvasRenderingContext2D, palette: Palette, { model, rows }: RowsView, row: number,
  xOf: (ns: number) => number, colour: string, top: number, thick: number, width: number,
): void {
  let reached = -Infinity;
  context.fillStyle = colour;
  const failed: number[] = [];
  const stretches: { from: number; to: number }[] = [];
  for (let i = 0, span = rows.span[row]!; i < rows.run[row]!; i++, span = model.end[span]!) {
    const x0 = xOf(model.start[span]!);
    const x1 = Math.max(x0 + 0.8, xOf(model.start[span]! + model.duration[span]!));
    if (model.status[span] === errorStatus) failed.push(x0);
    stretches.push(...model.criticalOf(span));
    if (x1 <= reached || x1 < 0 || x0 > width) continue;
    const from = Math.max(x0, reached, -4);
    context.fillRect(from, top + 2, Math.min(x1, width + 4) - from, thick - 4);
    reached = x1;
  }
  context.fillStyle = palette.critical;
  for (const x of failed) context.fillRect(x - 1, top, 2, thick);
  paintCritical(context, palette, joined(stretches, 1 / (xOf(1) - xOf(0))), xOf, top + thick + 1);
}

/** The stretches that the trace waited for stand as a line under the bar. */
function paintCritical(context: CanvasRenderingContext2D, palette: Palette, stretches: readonly { from: number; to: number }[], xOf: (ns: number) => number, y: number): void {
  if (stretches.length === 0) return;
  const nsPerPixel = 1 / (xOf(1) - xOf(0));
  context.fillStyle = palette.text;
  for (const { from, to } of stretches) context.fillRect(xOf(from), y, Math.max(1, (to - from) / nsPerPixel), 2);
}

/** All spans from the top down in a small picture: each line of pixels stands for many, errors on top. */
export function paintMinimap(context: CanvasRenderingContext2D, width: number, height: number, palette: Palette, model: TraceModel, hues: readonly number[]): void {
  const scale = width / model.durationNs;
  const thick = Math.max(1, Math.min(4, height / Math.max(1, model.count)));
  const free = height - thick;
  const lastX = new Float64Array(Math.ceil(height) + 2).fill(-1);
  for (let i = 0; i < model.count; i++) {
    const y = model.count === 1 ? 0 : (i / (model.count - 1)) * free;
    const [x0, x1] = [model.start[i]! * scale, (model.start[i]! + model.duration[i]!) * scale];
    const line = Math.round(y);
    // What would repaint the same pixel is left out: it is most of a large trace.
    if (x1 - x0 < 0.5 && x1 <= lastX[line]!) continue;
    lastX[line] = x1;
    context.fillStyle = palette.series[hues[model.service[i]!] ?? 0]!;
    context.fillRect(x0, y, Math.max(0.7, x1 - x0), thick);
  }
  context.fillStyle = palette.critical;
  // Few errors are marked so that none is overlooked; many are small, or nothing else would be seen.
  const mark = model.errors.length > 100 ? 1 : 2;
  for (const i of model.errors) {
    const y = model.count === 1 ? 0 : (i / (model.count - 1)) * free;
    context.fillRect(Math.min(width - mark, model.start[i]! * scale), y, mark, Math.max(mark, thick));
  }
}
