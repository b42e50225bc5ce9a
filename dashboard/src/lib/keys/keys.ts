/** The keys of the page, in one table: the help shows it and the listener obeys it. */
export interface Key {
  keys: string[];
  shown: string;
  words: string;
  run(): void;
}

/** Runs the key of an event, unless a person is writing or a dialog has the floor. */
export function dispatch(keys: readonly Key[], event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const palette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
  if (!palette) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest('input, textarea, select, dialog, [role="menu"]') !== null) return;
  }
  const name = palette ? 'Ctrl-K' : event.key;
  const key = keys.find((k) => k.keys.includes(name));
  if (key === undefined) return;
  event.preventDefault();
  key.run();
}
