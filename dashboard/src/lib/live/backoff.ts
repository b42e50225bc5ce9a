/** First and longest wait before connecting again, in ms: soon enough to go unnoticed, never a storm on a server that starts. */
export const firstWaitMs = 500;
export const longestWaitMs = 15_000;

/** The wait before attempt `attempt` (0 = first): doubling, and spread over its upper half so that pages do not return together. */
export function waitMs(attempt: number, random: number): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt, 20));
  return Math.round(full * (0.5 + 0.5 * random));
}
