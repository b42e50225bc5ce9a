import { fromParams, toParams, type Selection } from '../time/selection';
import { carried, formatAddress, listHas, listToggled, parseAddress, withChanges, type Address, type PageName } from './address';

/** The address bar as state: reads follow it, writes change it, Back works. */
class Route {
  private address = $state.raw<Address>(parseAddress(location.hash));

  constructor() {
    addEventListener('popstate', () => { this.address = parseAddress(location.hash); });
    addEventListener('hashchange', () => { this.address = parseAddress(location.hash); });
  }

  page = $derived<PageName>(this.address.page);
  // By its text: a change of another parameter must not look like a change of time, which would ask for all points anew.
  private readonly time = $derived(carried(this.address.params).toString());
  selection = $derived<Selection>(fromParams(new URLSearchParams(this.time)));

  get(key: string): string | null {
    return this.address.params.get(key);
  }

  has(key: string, name: string): boolean {
    return listHas(this.address.params, key, name);
  }

  /** Changes parameters: as a step that Back undoes, or in place for what is only a view of the same. */
  set(changes: Record<string, string | null>, how: 'push' | 'replace' = 'replace'): void {
    this.write({ page: this.address.page, params: withChanges(this.address.params, changes) }, how);
  }

  toggle(key: string, name: string): void {
    this.set({ [key]: listToggled(this.address.params, key, name) });
  }

  select(selection: Selection): void {
    this.set(toParams(selection), 'push');
  }

  go(page: PageName, params: Record<string, string | null> = {}): void {
    this.write({ page, params: withChanges(carried(this.address.params), params) }, 'push');
    scrollTo(0, 0);
  }

  /** The address of a page with the time shown now: for links that can be copied and opened elsewhere. */
  href(page: PageName, params: Record<string, string | null> = {}): string {
    return formatAddress({ page, params: withChanges(carried(this.address.params), params) });
  }

  private write(address: Address, how: 'push' | 'replace'): void {
    const hash = formatAddress(address);
    if (how === 'push' && hash !== location.hash) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    this.address = parseAddress(hash);
  }
}

export const route = new Route();
