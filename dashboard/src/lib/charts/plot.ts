import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { axisScale, tick } from '../format/value';
import { timeTick } from '../format/time';
import { bounds, type Selection } from '../time/selection';
import { beginnings } from './beginnings';
import { addPainter, wake, type Painter } from './frames';
import { niceCeiling, stacked, type ChartSpec, type Line } from './model';
import type { Picture } from './feed';

export interface Threshold {
  value: number;
  text: string;
  /** A severity gives the line its colour. */
  severity?: 'medium' | 'critical';
  /** The axis reaches up to the line even where the values do not. */
  reach?: boolean;
}

export interface Drawn extends Picture {
  hues: number[];
  /** The only line to draw; null draws all. */
  only: string | null;
  selection: Selection;
  thresholds: readonly Threshold[];
}

export interface PlotEvents {
  /** Time under the crosshair in ms, or null when the pointer has left. */
  pointer(atMs: number | null): void;
  brush(fromMs: number, toMs: number): void;
}

const axisFont = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** Width of the value axis, equal in all charts, so that their time axes stand exactly under each other. */
const axisWidth = 58;
/** Up to here a share counts as the whole: rates of sampled counters miss 1 by what the samples were late. */
const almostWhole = 1.1;
const roundSteps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
const crosshair = uPlot.sync('page');

/** Where the pointer was last pressed. The shared crosshair repeats a brush in every chart; only the chart under it acts. */
let pressed: Node | null = null;
document.addEventListener('mousedown', (event) => { pressed = event.target as Node; }, true);

/** One uPlot, kept through all changes of data, size and colours. Knows nothing of Svelte. */
export class Plot implements Painter {
  private plot: uPlot | null = null;
  private drawn: Drawn | null = null;
  private shape = '';
  private dirty = false;
  private visible = true;
  private paintedEdge = 0;
  private colours = { series: [] as string[], grid: '', text: '', others: '', medium: '', critical: '', card: '' };
  private readonly remove: () => void;
  private readonly resizes: ResizeObserver;
  private readonly sights: IntersectionObserver;

  constructor(
    private readonly host: HTMLElement,
    private readonly spec: ChartSpec,
    private readonly events: PlotEvents,
    private readonly nowMs: () => number,
  ) {
    this.readColours();
    this.resizes = new ResizeObserver(() => {
      this.plot?.setSize(this.size());
      this.repaint();
    });
    this.resizes.observe(host);
    this.sights = new IntersectionObserver((entries) => {
      this.visible = entries[entries.length - 1]!.isIntersecting;
      if (this.visible) this.repaint();
    }, { rootMargin: '100px' });
    this.sights.observe(host);
    this.remove = addPainter(this);
  }

  destroy(): void {
    this.remove();
    this.resizes.disconnect();
    this.sights.disconnect();
    if (this.plot !== null) crosshair.unsub(this.plot);
    this.plot?.destroy();
  }

  show(drawn: Drawn): void {
    this.drawn = drawn;
    this.repaint();
  }

  /** The theme changed. */
  recolour(): void {
    this.readColours();
    this.shape = '';
    this.repaint();
  }

  /** Moves the crosshair by so many points, for those who use the keyboard. */
  step(by: number): void {
    const plot = this.plot;
    const times = plot?.data[0];
    if (plot == null || times === undefined || times.length === 0) return;
    const at = Math.min(times.length - 1, Math.max(0, (plot.cursor.idx ?? times.length - 1) + by));
    plot.setCursor({ left: plot.valToPos(times[at]!, 'x'), top: plot.over.clientHeight / 2 });
  }

  leave(): void {
    this.plot?.setCursor({ left: -10, top: -10 });
  }

  get canvas(): HTMLCanvasElement | null {
    return this.plot?.ctx.canvas ?? null;
  }

  paint(): number {
    const drawn = this.drawn;
    if (!this.visible || drawn === null || this.host.clientWidth === 0) return Infinity;
    const { fromMs: startMs, toMs } = bounds(drawn.selection, this.nowMs());
    const fromMs = beginnings.leftEdge(drawn.selection, startMs, toMs);
    const halfPixel = (toMs - fromMs) / Math.max(1, (this.host.clientWidth - axisWidth) * devicePixelRatio * 2);
    const moves = drawn.selection.kind === 'last';
    if (this.dirty || (moves && Math.abs(toMs - this.paintedEdge) >= halfPixel)) {
      this.ensure(drawn);
      const plot = this.plot!;
      const fresh = this.dirty;
      this.dirty = false;
      this.paintedEdge = toMs;
      plot.batch(() => {
        if (fresh) plot.setData(this.columns(drawn), false);
        plot.setScale('x', { min: fromMs / 1_000, max: toMs / 1_000 });
      });
    }
    return moves ? halfPixel : Infinity;
  }

  private repaint(): void {
    this.dirty = true;
    wake();
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(80, this.host.clientWidth), height: Math.max(60, this.host.clientHeight) };
  }

  private shown(drawn: Drawn): { line: Line; hue: number }[] {
    const all = drawn.lines.map((line, i) => ({ line, hue: drawn.hues[i]! }));
    const only = all.filter(({ line }) => line.name === drawn.only);
    return only.length > 0 ? only : all;
  }

  /** Columns for uPlot: times, then lines from the top of the stack downwards so that each fill ends at its own floor. */
  private columns(drawn: Drawn): uPlot.AlignedData {
    const means = this.shown(drawn).map(({ line }) => line.mean);
    const whole = this.spec.unit === 'ratio' ? 1 : Infinity;
    const ys = (this.spec.stack === true ? stacked(means) : means).map((values) => toNullable(values, whole));
    return [drawn.seconds, ...ys];
  }

  /** Makes the plot anew when the set of lines or their colours changed; else leaves it. */
  private ensure(drawn: Drawn): void {
    const shown = this.shown(drawn);
    const shape = shown.map(({ line, hue }) => `${hue}:${line.name}`).join('|');
    if (this.plot !== null && this.shape === shape) return;
    this.shape = shape;
    if (this.plot !== null) crosshair.unsub(this.plot);
    this.plot?.destroy();
    this.plot = new uPlot(this.options(shown), this.columns(drawn), this.host);
    this.dirty = true;
  }

  private options(shown: { line: Line; hue: number }[]): uPlot.Options {
    const { stack } = this.spec;
    const fill = stack === true || shown.length === 1;
    const axis = { font: axisFont, stroke: this.colours.text, grid: { stroke: this.colours.grid, width: 1 }, ticks: { show: false } };
    return {
      ...this.size(),
      padding: [10, 8, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: crosshair.key, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        bind: { dblclick: () => () => null },
        y: false,
      },
      scales: {
        x: { time: true, auto: false, range: (_, min, max) => [min, max] },
        y: { range: (_, __, most) => [0, this.top(most)] },
      },
      series: [{}, ...shown.map(({ hue }, i) => {
        const colour = this.colours.series[hue] ?? this.colours.others;
        const whole = !(stack === true && i > 0);
        return { stroke: colour, width: 1.5, points: { show: false }, ...(fill && whole ? { fill: `${colour}14` } : {}) };
      })],
      ...(stack === true ? { bands: shown.slice(1).map(({ hue }, i) => ({ series: [i + 2, i + 1] as [number, number], fill: `${this.colours.series[hue] ?? this.colours.others}14` })) } : {}),
      axes: [
        { ...axis, size: 28, gap: 6, space: 76, values: (plot, splits, __, ___, incr) => splits.map((s) => (fits(plot, s) ? timeTick(s * 1_000, incr * 1_000) : '')) },
        { ...axis, size: axisWidth, gap: 8, space: (_, __, ___, ____, height) => Math.max(36, height / 6), ...this.increments(), values: (plot, splits) => this.ticks(plot, splits) },
      ],
      hooks: {
        setCursor: [(plot) => {
          const idx = plot.cursor.idx;
          const left = plot.cursor.left ?? -1;
          this.events.pointer(idx == null || left < 0 ? null : (plot.data[0][idx] ?? 0) * 1_000);
        }],
        setSelect: [(plot) => {
          const { left, width } = plot.select;
          if (width === 0) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (width < 4 || !this.host.contains(pressed)) return;
          this.events.brush(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + width, 'x') * 1_000);
        }],
        drawAxes: [(plot) => this.drawBands(plot, shown)],
        draw: [(plot) => this.drawn?.thresholds.forEach((threshold) => this.drawThreshold(plot, threshold))],
      },
    };
  }

  private top(most: number | null): number {
    if (this.spec.max !== undefined) return this.spec.max;
    const reached = (this.drawn?.thresholds ?? []).filter((t) => t.reach === true).map((t) => t.value * 1.1);
    const largest = Math.max(most ?? 0, this.highest(), ...reached);
    if (this.spec.unit === 'ratio' && largest > 0.8 && largest < almostWhole) return 1;
    // Round within the prefix: 1.5 GiB, not 2 000 000 000 bytes.
    const { factor } = axisScale(this.spec.unit, largest);
    return niceCeiling(largest / factor) * factor;
  }

  private highest(): number {
    let highest = 0;
    for (const { line } of this.drawn === null || this.spec.stack === true ? [] : this.shown(this.drawn)) {
      for (const value of line.high ?? []) if (value > highest && value !== Infinity) highest = value;
    }
    return highest;
  }

  /** Prefixes that are no powers of ten need ticks that are round in the prefix, not in the base unit. */
  private increments(): Pick<uPlot.Axis, 'incrs'> {
    const { unit } = this.spec;
    if (unit !== 'bytes' && unit !== 'seconds') return {};
    return { incrs: (_, __, ___, largest) => roundSteps.map((n) => n * axisScale(unit, largest).factor) };
  }

  /** Ticks in one scale; the topmost names the unit, once. */
  private ticks(plot: uPlot, splits: number[]): string[] {
    const scale = axisScale(this.spec.unit, plot.scales['y']?.max ?? 1);
    const last = splits.length - 1;
    return splits.map((s, i) => (i === last && scale.unit !== '' ? `${tick(s, scale)}\u00a0${scale.unit}` : tick(s, scale)));
  }

  /** The extremes of merged points, where there are few enough lines to tell them apart. */
  private drawBands(plot: uPlot, shown: { line: Line; hue: number }[]): void {
    const drawn = this.drawn;
    if (drawn === null || this.spec.stack === true || shown.length > 3) return;
    const current = this.shown(drawn);
    const { ctx } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
    ctx.clip();
    for (const { line, hue } of current) {
      if (line.low === null || line.high === null) continue;
      ctx.fillStyle = `${this.colours.series[hue] ?? this.colours.others}33`;
      const x = (i: number): number => plot.valToPos(drawn.seconds[i]!, 'x', true);
      const y = (value: number): number => plot.valToPos(value, 'y', true);
      for (let i = 0; i < line.low.length; i++) {
        if (Number.isNaN(line.low[i]!)) continue;
        const from = i;
        while (i + 1 < line.low.length && !Number.isNaN(line.low[i + 1]!)) i++;
        ctx.beginPath();
        for (let j = from; j <= i; j++) ctx.lineTo(x(j), y(line.high[j]!));
        for (let j = i; j >= from; j--) ctx.lineTo(x(j), y(line.low[j]!));
        ctx.fill();
      }
    }
    ctx.restore();
  }

  private drawThreshold(plot: uPlot, threshold: Threshold): void {
    if (!(threshold.value <= (plot.scales['y']?.max ?? 0))) return;
    const { ctx, bbox } = plot;
    const y = Math.round(plot.valToPos(threshold.value, 'y', true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = threshold.severity === undefined ? this.colours.text : this.colours[threshold.severity];
    ctx.fillStyle = this.colours.text;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = axisFont.replace('12px', `${12 * devicePixelRatio}px`);
    ctx.textAlign = 'left';
    // Above the line, or below it where the chart ends.
    const above = y - 18 * devicePixelRatio >= bbox.top;
    const textY = y + (above ? -2 : 3) * devicePixelRatio;
    ctx.textBaseline = above ? 'bottom' : 'top';
    // A rim in the card's colour keeps the word readable where lines cross it.
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = this.colours.card;
    ctx.strokeText(threshold.text, bbox.left + 4 * devicePixelRatio, textY);
    ctx.fillText(threshold.text, bbox.left + 4 * devicePixelRatio, textY);
    ctx.restore();
  }

  private readColours(): void {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string): string => style.getPropertyValue(name).trim();
    this.colours = {
      series: Array.from({ length: 8 }, (_, i) => read(`--series-${i + 1}`)),
      grid: read('--grid'),
      text: read('--secondary'),
      others: read('--secondary'),
      card: read('--card'),
      medium: read('--medium'),
      critical: read('--critical'),
    };
  }
}

/** Whether a label at that time stands whole within the chart: half a word at the edge is worse than none. */
function fits(plot: uPlot, seconds: number): boolean {
  return plot.valToPos(seconds, 'x') <= plot.over.clientWidth - 20;
}

/** Values for uPlot. A share just above the whole (a late sample) is drawn at the whole, where it can be seen. */
function toNullable(values: Float64Array, whole: number): (number | null)[] {
  return Array.from(values, (v) => (!Number.isFinite(v) ? null : v > whole && v < almostWhole ? whole : v));
}
