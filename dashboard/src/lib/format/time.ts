const two = (n: number): string => String(n).padStart(2, '0');

/** 14:03:07 in the reader's time zone. */
export function clock(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** 2026-11-23 14:03:07 in the reader's time zone. */
export function dateTime(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(ms)}`;
}

/** A tick of a time axis whose ticks stand `stepMs` apart: seconds, minutes or days, whichever tell them apart. */
export function timeTick(ms: number, stepMs: number): string {
  const d = new Date(ms);
  if (stepMs >= 86_400_000 || (stepMs >= 3_600_000 && d.getHours() === 0 && d.getMinutes() === 0)) {
    return `${d.getDate()} ${d.toLocaleString('en', { month: 'short' })}`;
  }
  return stepMs < 60_000 ? clock(ms) : clock(ms).slice(0, 5);
}

/** How long, in one unit: 42 s, 3 min, 5 h, 12 d. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}\u00a0s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}\u00a0min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}\u00a0h`;
  return `${Math.floor(seconds / 86_400)}\u00a0d`;
}

/** The value of an `<input type="datetime-local">` with seconds. */
export function toInput(ms: number): string {
  return dateTime(ms).replace(' ', 'T');
}
