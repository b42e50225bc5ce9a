import type { ChartSpec } from './model';
import type { Picture } from './feed';

/** The points of a chart as CSV: time in RFC 3339, then a column for each line, in the base unit. */
export function toCsv(picture: Picture): string {
  const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = ['time', ...picture.lines.map((line) => quote(line.name))].join(',');
  const rows = picture.seconds.map((s, i) =>
    [new Date(s * 1_000).toISOString(), ...picture.lines.map((line) => (Number.isNaN(line.mean[i]!) ? '' : String(line.mean[i])))].join(','));
  return [head, ...rows, ''].join('\n');
}

export function saveCsv(spec: ChartSpec, picture: Picture): void {
  save(new Blob([toCsv(picture)], { type: 'text/csv' }), `${spec.id}.csv`);
}

/** The chart as it stands, with its title and the names of its lines, on the card's colour. */
export function savePng(spec: ChartSpec, plot: HTMLCanvasElement, legend: { name: string; colour: string }[]): void {
  const ratio = devicePixelRatio;
  const style = getComputedStyle(document.documentElement);
  const [head, row] = [36 * ratio, 20 * ratio];
  const canvas = document.createElement('canvas');
  canvas.width = plot.width;
  canvas.height = head + plot.height + row * legend.length + 8 * ratio;
  const ctx = canvas.getContext('2d')!;
  ctx.fillStyle = style.getPropertyValue('--card');
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(plot, 0, head);
  ctx.textBaseline = 'middle';
  ctx.fillStyle = style.getPropertyValue('--text');
  ctx.font = `600 ${15 * ratio}px system-ui, sans-serif`;
  ctx.fillText(spec.title, 16 * ratio, head / 2);
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  legend.forEach(({ name, colour }, i) => {
    const y = head + plot.height + row * (i + 0.5);
    ctx.fillStyle = colour;
    ctx.fillRect(16 * ratio, y - 2 * ratio, 12 * ratio, 4 * ratio);
    ctx.fillStyle = style.getPropertyValue('--text');
    ctx.fillText(name, 36 * ratio, y);
  });
  canvas.toBlob((blob) => {
    if (blob !== null) save(blob, `${spec.id}.png`);
  });
}

/** Hands a file to the browser. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
