import { hues } from '../colour/assign';

/** The colours of the theme, for what is painted by hand. */
export interface Palette {
  text: string;
  secondary: string;
  card: string;
  raised: string;
  border: string;
  grid: string;
  accent: string;
  critical: string;
  high: string;
  medium: string;
  low: string;
  well: string;
  series: string[];
}

export type Paint = (context: CanvasRenderingContext2D, width: number, height: number, palette: Palette) => void;

export const canvasFont = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of('text'), secondary: of('secondary'), card: of('card'), raised: of('raised'), border: of('border'), grid: of('grid'), accent: of('accent'),
    critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low'), well: of('well'),
    series: Array.from({ length: hues }, (_, i) => of(`series-${i + 1}`)),
  };
}

/** A canvas that keeps the size of its box and the sharpness of the screen, and paints at most once a frame. */
export class Board {
  private palette = readPalette();
  private frame = 0;
  /** The size as last observed: to ask the canvas for it would lay the page out anew at each painting. */
  private size: { width: number; height: number };
  private readonly resizes: ResizeObserver;

  constructor(private readonly canvas: HTMLCanvasElement, private readonly paint: Paint) {
    this.size = { width: canvas.clientWidth, height: canvas.clientHeight };
    this.resizes = new ResizeObserver(() => {
      this.size = { width: canvas.clientWidth, height: canvas.clientHeight };
      this.repaint();
    });
    this.resizes.observe(canvas);
    this.repaint();
  }

  /** The theme changed. */
  recolour(): void {
    this.palette = readPalette();
    this.repaint();
  }

  repaint(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.paintNow());
  }

  /** Paints within this frame: for what must not stand behind the rows that move beside it. */
  paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { width, height } = this.size;
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    const context = this.canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = canvasFont;
    context.textBaseline = 'middle';
    this.paint(context, width, height, this.palette);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
  }
}

/** The text, cut with “…” to a width. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (width < 10) return '';
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : `${text.slice(0, low)}…`;
}

/** Black or white, whichever is read better on a colour `#rrggbb`. */
export function inkOn(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
  return r * 0.299 + g * 0.587 + b * 0.114 > 140 ? '#000000' : '#ffffff';
}
