/** The six severities of OpenTelemetry, the gravest first; each has a mark and a colour of its own. */
export const severities = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type SeverityWord = (typeof severities)[number];

export const severityColours: Record<SeverityWord, string> = {
  fatal: '--critical', error: '--critical', warn: '--medium', info: '--low', debug: '--secondary', trace: '--secondary',
};

/** The word of a severity's number (1 to 24); numbers that no sender should use count as info. */
export function severityWord(severity: number | string): SeverityWord {
  if (typeof severity === 'string') {
    const word = severity.toLowerCase();
    const known = severities.find((s) => word.startsWith(s));
    if (known !== undefined) return known;
    if (Number.isNaN(Number(severity))) return 'info';
  }
  const number = Number(severity);
  if (!(number >= 1 && number <= 24)) return 'info';
  return (['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)[Math.floor((number - 1) / 4)]!;
}
