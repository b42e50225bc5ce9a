/** The page's address: `#/PAGE?key=value`. All of what is shown stands in it, so that a link shows the same. */
export const pages = ['overview', 'traces', 'trace', 'services', 'logs', 'compare', 'alerts', 'processes', 'sources', 'explore'] as const;
export type PageName = (typeof pages)[number];

export interface Address {
  page: PageName;
  params: URLSearchParams;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const page = pages.find((name) => name === path) ?? 'overview';
  return { page, params: new URLSearchParams(query) };
}

export function formatAddress(address: Address): string {
  const query = address.params.toString();
  return `#/${address.page}${query === '' ? '' : `?${query}`}`;
}

/** The parameters with changes applied; null takes one away. */
export function withChanges(params: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const changed = new URLSearchParams(params);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) changed.delete(key);
    else changed.set(key, value);
  }
  changed.sort();
  return changed;
}

/** Only what follows from page to page: the time shown. */
export function carried(params: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const key of ['range', 'from', 'to']) {
    const value = params.get(key);
    if (value !== null) kept.set(key, value);
  }
  return kept;
}

/** Whether a list parameter (`table=cpu,memory`) holds a name. */
export function listHas(params: URLSearchParams, key: string, name: string): boolean {
  return (params.get(key) ?? '').split(',').includes(name);
}

/** The list parameter with the name put in or taken out; null when nothing is left. */
export function listToggled(params: URLSearchParams, key: string, name: string): string | null {
  const names = (params.get(key) ?? '').split(',').filter((n) => n !== '');
  const changed = names.includes(name) ? names.filter((n) => n !== name) : [...names, name];
  return changed.length === 0 ? null : changed.join(',');
}
