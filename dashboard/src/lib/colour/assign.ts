/** How many hues there are; a chart shows at most so many series, the last of them “others”. */
export const hues = 8;

/** FNV-1a over UTF-16 units: spreads short names well, and gives each name the same hue on every page and machine. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Which thing has which hue on this page. A name keeps its hue once it has one; a new name takes the hue of its hash, or the
 * next that its chart does not use. Two names that meet late with one hue are told apart in that chart alone.
 */
export class HueBook {
  private readonly kept = new Map<string, number>();

  assign(names: readonly string[]): number[] {
    const used = new Set<number>();
    const result = new Array<number>(names.length).fill(-1);
    names.forEach((name, i) => {
      const hue = this.kept.get(name);
      if (hue === undefined || used.has(hue)) return;
      result[i] = hue;
      used.add(hue);
    });
    names.forEach((name, i) => {
      if (result[i] !== -1) return;
      let hue = hashOf(name) % hues;
      for (let tries = 0; tries < hues && used.has(hue); tries++) hue = (hue + 1) % hues;
      result[i] = hue;
      used.add(hue);
      if (!this.kept.has(name)) this.kept.set(name, hue);
    });
    return result;
  }
}
