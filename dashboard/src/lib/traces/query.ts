/** What the search form asks; empty texts ask nothing. */
export interface SearchForm {
  service: string;
  operation: string;
  status: '' | 'error' | 'ok' | 'unset';
  /** As people write durations: `100ms`, `1.5s`. */
  min: string;
  max: string;
  attributes: Chip[];
}

/** A condition on an attribute. A value in quotes is text, even where it looks like a number. */
export interface Chip {
  key: string;
  op: Operator;
  value: string;
}

export const operators = ['=', '!=', '=~', '!~', '>', '>=', '<', '<='] as const;
export type Operator = (typeof operators)[number];
export const statuses = ['error', 'ok', 'unset'] as const;

export const emptyForm: SearchForm = { service: '', operation: '', status: '', min: '', max: '', attributes: [] };

const durationText = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|min|h)?$/;
const nsOf = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, min: 6e10, h: 3.6e12 } as const;

/** Reads a duration in ns; a number alone is ms. NaN where the text is none. */
export function parseNs(text: string): number {
  const match = durationText.exec(text.trim());
  return match === null ? NaN : Number(match[1]) * nsOf[(match[2] ?? 'ms') as keyof typeof nsOf];
}

/** A duration in ns as TraceQL writes it, with three digits: what a brush chose needs no more. */
export function formatNs(ns: number): string {
  for (const unit of ['s', 'ms', 'us'] as const) {
    if (ns >= nsOf[unit]) return `${Number((ns / nsOf[unit]).toPrecision(3))}${unit}`;
  }
  return `${Math.max(1, Math.round(ns))}ns`;
}

export const quoted = (text: string): string => JSON.stringify(text);

const plainValue = /^(-?\d+(\.\d+)?|true|false|nil)$/;

/** What a chip may ask beside attributes: values of the whole trace, and words of the language that stand without quotes. */
const intrinsics = ['traceDuration', 'rootName', 'rootServiceName', 'statusMessage', 'kind', 'name', 'text', 'nestedSetParent'];

function literal(key: string, value: string): string {
  if (key === 'kind' || (key === 'traceDuration' && !Number.isNaN(parseNs(value)))) return value;
  return plainValue.test(value) || /^".*"$/s.test(value) ? value : quoted(value);
}

/** A key with its scope; one without any is looked for in all of them. */
function scoped(key: string): string {
  return intrinsics.includes(key) || /^(span|resource|event|link|instrumentation)\./.test(key) || key.startsWith('.') ? key : `.${key}`;
}

/** The TraceQL of a form. */
export function formatQuery(form: SearchForm): string {
  const parts: string[] = [];
  if (form.service !== '') parts.push(`resource.service.name = ${quoted(form.service)}`);
  if (form.operation !== '') parts.push(`name = ${quoted(form.operation)}`);
  if (form.status !== '') parts.push(`status = ${form.status}`);
  if (!Number.isNaN(parseNs(form.min))) parts.push(`duration >= ${canonical(form.min)}`);
  if (!Number.isNaN(parseNs(form.max))) parts.push(`duration <= ${canonical(form.max)}`);
  for (const { key, op, value } of form.attributes) if (key !== '') parts.push(`${scoped(key)} ${op} ${op === '=~' || op === '!~' ? quoted(unquoted(value)) : literal(key, value)}`);
  return parts.length === 0 ? '{ }' : `{ ${parts.join(' && ')} }`;
}

function canonical(text: string): string {
  const [, number, unit = 'ms'] = durationText.exec(text.trim())!;
  return `${number}${unit === 'min' ? 'm' : unit === 'µs' ? 'us' : unit}`;
}

function unquoted(value: string): string {
  if (!/^".*"$/s.test(value)) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value.slice(1, -1);
  }
}

const condition = /\s*([^\s=!<>~"{}|&()]+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*("(?:[^"\\]|\\.)*"|[^\s"{}&|()]+)\s*/y;

/** The form that makes a query; null where the query says more than a form can. */
export function parseQuery(query: string): SearchForm | null {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(query)?.[1];
  if (inside === undefined) return query.trim() === '' ? { ...emptyForm } : null;
  const form: SearchForm = { ...emptyForm, attributes: [] };
  if (inside.trim() === '' || inside.trim() === 'true') return form;
  condition.lastIndex = 0;
  for (;;) {
    const match = condition.exec(inside);
    if (match === null || !take(form, match[1]!, match[2] as Operator, match[3]!)) return null;
    const at = condition.lastIndex;
    if (at === inside.length) return form;
    if (inside.slice(at, at + 2) !== '&&') return null;
    condition.lastIndex = at + 2;
  }
}

function take(form: SearchForm, key: string, op: Operator, value: string): boolean {
  const text = unquoted(value);
  if (key === 'resource.service.name' && op === '=' && form.service === '') form.service = text;
  else if (key === 'name' && op === '=' && form.operation === '') form.operation = text;
  else if (key === 'status' && op === '=' && form.status === '' && statuses.some((s) => s === value)) form.status = value as SearchForm['status'];
  else if (key === 'duration' && (op === '>=' || op === '>') && form.min === '' && !Number.isNaN(parseNs(value))) form.min = value;
  else if (key === 'duration' && (op === '<=' || op === '<') && form.max === '' && !Number.isNaN(parseNs(value))) form.max = value;
  else if (intrinsics.includes(key) || /^(span|resource|event|link|instrumentation)?\../.test(key)) form.attributes.push({ key, op, value: plainValue.test(text) ? value : text });
  else return false;
  return true;
}

/** The form with a condition on how long whole traces took, in place of one that it had. Null takes an end away. */
export function withTraceDuration(form: SearchForm, leastNs: number | null, mostNs: number | null): SearchForm {
  const attributes = form.attributes.filter(({ key }) => key !== 'traceDuration');
  if (leastNs !== null) attributes.push({ key: 'traceDuration', op: '>=', value: formatNs(leastNs) });
  if (mostNs !== null) attributes.push({ key: 'traceDuration', op: '<', value: formatNs(mostNs) });
  return { ...form, attributes };
}

/** What is known of a trace that was found, as far as sets of slow and other ones are made of it. */
export interface FoundDuration {
  durationNs: number;
  rootService: string;
  matched: { durationNs: number }[];
}

/** Fewer traces make no sets to compare. */
const leastTraces = 20;

/**
 * Two queries: the slowest tenth of what was found, and the rest. Sets are made by what holds of one span, so this is the
 * operation that the form names, or the root; null where the form says neither, or too little was found.
 */
export function slowAgainstRest(asked: SearchForm, found: readonly FoundDuration[]): { slow: string; rest: string; aboveNs: number } | null {
  if (found.length < leastTraces) return null;
  const form: SearchForm = { ...asked, min: '', max: '', attributes: asked.attributes.filter(({ key }) => key !== 'traceDuration') };
  const ofRoots = form.operation === '' && form.status === '' && form.attributes.length === 0 && (form.service === '' || found.every((t) => t.rootService === form.service));
  if (!ofRoots && form.operation === '') return null;
  const durations = found.map((t) => (ofRoots ? t.durationNs : t.matched.reduce((most, s) => Math.max(most, s.durationNs), 0))).sort((a, b) => a - b);
  const aboveNs = durations[Math.floor(durations.length * 0.9)]!;
  if (ofRoots) form.attributes = [{ key: 'nestedSetParent', op: '<', value: '0' }];
  const bound = formatNs(aboveNs);
  const split = (op: string): string => formatQuery(form).replace(/ \}$/, ` && duration ${op} ${bound} }`);
  return { slow: split('>='), rest: split('<'), aboveNs };
}

/** A query for spans like one: of its operation, and slow as it is. */
export function similarQuery(service: string, name: string, durationNs: number): string {
  return formatQuery({ ...emptyForm, service, operation: name, min: formatNs(durationNs * 0.8) });
}
