/** Numbers as people read them: three significant digits, a prefix that fits the unit, the unit apart from the number. */
export type Unit = 'number' | 'ratio' | 'percent' | 'bytes' | 'bytes/s' | 'seconds' | '/s' | 'cores';

export interface Text {
  value: string;
  unit: string;
}

interface Scale {
  factor: number;
  unit: string;
}

const binary: Scale[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((unit, i) => ({ factor: 1024 ** i, unit }));
const decimal = (unit: string): Scale[] => ['', 'k', 'M', 'G', 'T', 'P'].map((prefix, i) => ({ factor: 1000 ** i, unit: prefix + unit }));
const times: Scale[] = [
  { factor: 1e-9, unit: 'ns' }, { factor: 1e-6, unit: 'µs' }, { factor: 1e-3, unit: 'ms' }, { factor: 1, unit: 's' },
  { factor: 60, unit: 'min' }, { factor: 3600, unit: 'h' }, { factor: 86_400, unit: 'd' },
];

const scales: Record<Unit, Scale[]> = {
  number: decimal(''),
  ratio: [{ factor: 0.01, unit: '%' }],
  percent: [{ factor: 1, unit: '%' }],
  bytes: binary,
  'bytes/s': decimal('B/s'),
  seconds: times,
  '/s': decimal('/s'),
  cores: [{ factor: 1, unit: 'cores' }],
};

/** Shown where there is no number. */
export const nothing: Text = { value: '–', unit: '' };

export function format(value: number, unit: Unit): Text {
  if (Number.isNaN(value)) return nothing;
  if (!Number.isFinite(value)) return { value: value > 0 ? '∞' : '−∞', unit: '' };
  const size = Math.abs(value);
  const list = scales[unit];
  let at = scaleIndex(size, list);
  // What is counted or chosen is whole: 12 sockets, a threshold of 85 %.
  if ((unit === 'number' || unit === 'percent') && size < 1000 && Number.isInteger(size)) return { value: value < 0 ? `−${size}` : String(size), unit: list[at]!.unit };
  let text = digits(size / list[at]!.factor);
  // 999.6 rounds to 1000: then the next prefix says it better.
  const next = list[at + 1];
  if (next !== undefined && Number(text) * list[at]!.factor >= next.factor) text = digits(size / list[++at]!.factor);
  return { value: value < 0 && Number(text) !== 0 ? `−${text}` : text, unit: list[at]!.unit };
}

/** Number and unit in one string, with a no-break space between. */
export function formatText(value: number, unit: Unit): string {
  const text = format(value, unit);
  return text.unit === '' ? text.value : `${text.value}\u00a0${text.unit}`;
}

/** One scale for a whole axis, chosen by its largest value: the unit is then said once. */
export function axisScale(unit: Unit, largest: number): Scale {
  const list = scales[unit];
  return list[scaleIndex(Math.abs(largest), list)]!;
}

/** The label of a tick on an axis of that scale. */
export function tick(value: number, scale: Scale): string {
  const scaled = Number((value / scale.factor).toPrecision(6));
  return scaled < 0 ? `−${-scaled}` : String(scaled);
}

function scaleIndex(size: number, list: Scale[]): number {
  if (size === 0) return Math.max(0, list.findIndex((scale) => scale.factor === 1));
  let at = 0;
  while (at + 1 < list.length && size >= list[at + 1]!.factor) at++;
  return at;
}

/** Three significant digits, and never more than three decimals: what is smaller is noise to a reader. */
function digits(size: number): string {
  if (size === 0) return '0';
  if (size < 0.0005) return size.toExponential(0).replace('e-', 'e−');
  if (size < 0.1) return size.toFixed(3);
  return size < 999.5 ? size.toPrecision(3) : String(Math.round(size));
}

/** The unit that a metric's name tells by its suffix. */
export function unitOf(expr: string): Unit {
  if (/^[\s(]*count(_over_time|_values)?\b/.test(expr)) return 'number';
  if (/^[\s(]*100\s*\*/.test(expr)) return 'percent';
  const rate = /\b(rate|irate|increase|deriv)\s*\(/.test(expr);
  if (/[/]/.test(expr.replace(/\{[^}]*\}/g, ''))) return 'number';
  if (/_bytes(_total)?\b/.test(expr)) return rate ? 'bytes/s' : 'bytes';
  if (/_seconds(_total)?\b/.test(expr)) return rate ? 'number' : 'seconds';
  if (/_ratio\b/.test(expr)) return 'ratio';
  return rate ? '/s' : 'number';
}
