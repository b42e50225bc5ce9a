import type { TraceModel } from './model';

/** A block of a flame view: from `x` to `x + width` of `total`, in line `depth`. */
export interface Block {
  x: number;
  width: number;
  depth: number;
  service: number;
  name: number;
  /** How many spans it stands for. */
  count: number;
  /** Its first span. */
  span: number;
  self: number;
  errors: number;
  /** Index of the block below which this one hangs; −1 at the top. */
  above: number;
}

export interface Flame {
  blocks: Block[];
  total: number;
  depth: number;
}

/** So many lines of spans that run at once are drawn under each other; what is beyond shares the last. */
const mostLines = 400;

/** Spans by time: each in the first line below its parent that is free while it runs. */
export function flameBySpan(model: TraceModel): Flame {
  const busyUntil: number[] = [];
  const line = new Int32Array(model.count);
  const blocks: Block[] = [];
  let depth = 0;
  for (let i = 0; i < model.count; i++) {
    const above = model.parent[i]!;
    let at = above >= 0 ? line[above]! + 1 : 0;
    const start = model.start[i]!;
    while (at < mostLines && (busyUntil[at] ?? -1) > start) at++;
    line[i] = Math.min(at, mostLines);
    busyUntil[at] = Math.max(busyUntil[at] ?? -1, start + model.duration[i]!);
    depth = Math.max(depth, line[i]! + 1);
    blocks.push({
      x: start, width: model.duration[i]!, depth: line[i]!, service: model.service[i]!, name: model.name[i]!, count: 1, span: i,
      self: model.self[i]!, errors: model.status[i] === 2 ? 1 : 0, above,
    });
  }
  return { blocks, total: model.durationNs, depth };
}

/** Spans of one operation on one path together; a block is as wide as the self time of all that is in it and below it. */
export function flameByOperation(model: TraceModel): Flame {
  const node = new Int32Array(model.count);
  const blocks: Block[] = [];
  const children = new Map<string, number>();
  for (let i = 0; i < model.count; i++) {
    const above = model.parent[i]! >= 0 ? node[model.parent[i]!]! : -1;
    const key = `${above}|${model.service[i]}|${model.name[i]}`;
    let at = children.get(key);
    if (at === undefined) {
      at = blocks.length;
      children.set(key, at);
      blocks.push({
        x: 0, width: 0, depth: above < 0 ? 0 : blocks[above]!.depth + 1, service: model.service[i]!, name: model.name[i]!, count: 0, span: i, self: 0, errors: 0, above,
      });
    }
    const block = blocks[at]!;
    block.count++;
    block.self += model.self[i]!;
    if (model.status[i] === 2) block.errors++;
    node[i] = at;
  }
  // Parents stand before their children: from the back, each hands its width up; then the wide ones are placed first.
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i]!;
    block.width += block.self;
    if (block.above >= 0) blocks[block.above]!.width += block.width;
  }
  const below = new Map<number, number[]>();
  blocks.forEach((block, i) => {
    const list = below.get(block.above);
    if (list === undefined) below.set(block.above, [i]);
    else list.push(i);
  });
  const roots = below.get(-1) ?? [];
  const total = roots.reduce((sum, i) => sum + blocks[i]!.width, 0);
  const stack: [number, number][] = [[-1, 0]];
  while (stack.length > 0) {
    const [above, from] = stack.pop()!;
    let x = from;
    for (const i of (below.get(above) ?? []).toSorted((a, b) => blocks[b]!.width - blocks[a]!.width || a - b)) {
      blocks[i]!.x = x;
      x += blocks[i]!.width;
      stack.push([i, blocks[i]!.x]);
    }
  }
  return { blocks, total: Math.max(1, total), depth: blocks.reduce((most, b) => Math.max(most, b.depth + 1), 0) };
}

/** The block at a place of the view; the last drawn one, which is the one seen. −1 where there is none. */
export function blockAt(flame: Flame, x: number, depth: number): number {
  for (let i = flame.blocks.length - 1; i >= 0; i--) {
    const block = flame.blocks[i]!;
    if (block.depth === depth && block.x <= x && x < block.x + block.width) return i;
  }
  return -1;
}
