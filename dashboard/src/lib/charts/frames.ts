/**
 * The one repaint loop of the page. Moving charts tell how long their picture stays true (half a pixel of movement);
 * the loop sleeps for the shortest of these, then repaints in an animation frame. In a hidden tab it stands still.
 */
export interface Painter {
  /** Paints if there is something new to show, and returns how long that stays true, in ms. */
  paint(nowMs: number): number;
}

const painters = new Set<Painter>();
let timer: ReturnType<typeof setTimeout> | undefined;
let frame = 0;

/** Least time between two repaints, in ms: one each frame of a 60 Hz screen. With reduced motion, one each second. */
const leastMs = 16;
const calmMs = 1_000;

export function addPainter(painter: Painter): () => void {
  painters.add(painter);
  wake();
  return () => painters.delete(painter);
}

/** Something changed: paint in the next frame. */
export function wake(): void {
  if (document.hidden || frame !== 0) return;
  clearTimeout(timer);
  frame = requestAnimationFrame(run);
}

function run(): void {
  frame = 0;
  const now = Date.now();
  let next = Infinity;
  for (const painter of painters) next = Math.min(next, painter.paint(now));
  if (next === Infinity || document.hidden) return;
  const least = matchMedia('(prefers-reduced-motion: reduce)').matches ? calmMs : leastMs;
  timer = setTimeout(wake, Math.max(least, next));
}

document.addEventListener('visibilitychange', wake);
