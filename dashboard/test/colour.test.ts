import { describe, expect, it } from 'vitest';
import { HueBook, hues } from '../src/lib/colour/assign';
import { contrast } from '../src/lib/colour/contrast';
import css from '../src/styles/tokens.css?raw';

describe('HueBook', () => {
  const names = Array.from({ length: 200 }, (_, i) => `series ${i}`);

  it('gives a chart of eight eight different hues, whatever came before', () => {
    const book = new HueBook();
    for (let i = 0; i + hues <= names.length; i += 3) {
      expect(new Set(book.assign(names.slice(i, i + hues))).size).toBe(hues);
    }
  });

  it('keeps the hue of a name across charts, in any order', () => {
    const book = new HueBook();
    const [user, system] = book.assign(['user', 'system']);
    expect(book.assign(['system', 'iowait', 'user'])[2]).toBe(user);
    expect(book.assign(['system'])[0]).toBe(system);
  });

  it('gives a lone name the same hue on every page', () => {
    for (const name of names) expect(new HueBook().assign([name])).toEqual(new HueBook().assign([name]));
  });
});

function tokens(theme: string): Record<string, string> {
  const block = new RegExp(`\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]));
}

describe.each(['dark', 'light', 'contrast'])('theme %s', (theme) => {
  const t = tokens(theme);
  const grounds = ['ground', 'card', 'raised'] as const;

  it.each(['text', 'secondary', 'accent'])('has 4.5:1 for %s as text', (name) => {
    // Text in the accent never stands on a raised ground: what is chosen there is in the colour of text.
    for (const ground of grounds.slice(0, name === 'accent' ? 2 : 3)) expect(contrast(t[name]!, t[ground]!), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it('has 4.5:1 for text on the accent', () => {
    expect(contrast(t['on-accent']!, t['accent']!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['critical', 'high', 'medium', 'low', 'well', ...Array.from({ length: hues }, (_, i) => `series-${i + 1}`)])('has 3:1 for %s as graphics', (name) => {
    for (const ground of ['ground', 'card'] as const) expect(contrast(t[name]!, t[ground]!), `${name} on ${ground}`).toBeGreaterThanOrEqual(3);
  });

  it('has eight hues that stay apart for each kind of colour vision', () => {
    for (const [kind, matrix] of Object.entries(visions)) {
      for (let a = 1; a <= hues; a++) {
        for (let b = a + 1; b <= hues; b++) {
          const apart = distance(seen(t[`series-${a}`]!, matrix), seen(t[`series-${b}`]!, matrix));
          expect(apart, `series ${a} and ${b}, ${kind}`).toBeGreaterThanOrEqual(leastDistance);
        }
      }
    }
  });
});

/** Least distance of two series in CIELAB; about 2.3 is the least difference that people notice side by side. */
const leastDistance = 15;

// Machado, Oliveira, Fernandes: A physiologically-based model for simulation of color vision deficiency (2009), severity 1.
const visions: Record<string, number[]> = {
  full: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function seen(colour: string, m: number[]): number[] {
  const rgb = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = [0, 3, 6].map((row) => Math.min(1, Math.max(0, m[row]! * rgb[0]! + m[row + 1]! * rgb[1]! + m[row + 2]! * rgb[2]!))) as [number, number, number];
  const f = (v: number): number => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116);
  const [x, y, z] = [f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047), f(0.2126 * r + 0.7152 * g + 0.0722 * b), f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: number[], b: number[]): number {
  return Math.hypot(...a.map((v, i) => v - b[i]!));
}
