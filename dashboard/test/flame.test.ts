import { describe, expect, it } from 'vitest';
import { blockAt, flameByOperation, flameBySpan } from '../src/lib/traces/flame';
import { TraceModel } from '../src/lib/traces/model';
import { answerOf, shop } from './traceAnswer';

describe('the flame view', () => {
  it('joins spans of one operation on one path, as wide as the self time in and below them', () => {
    const model = new TraceModel(answerOf([shop(6)]));
    const flame = flameByOperation(model);
    const named = flame.blocks.map((b) => [model.names[b.name], b.count, b.width, b.depth]);
    expect(named).toContainEqual(['SELECT', 6, 12, 2]);
    expect(named).toContainEqual(['list', 1, 500, 1]);
    expect(flame.total).toBe(1_000);
    for (const block of flame.blocks) {
      const above = flame.blocks[block.above];
      if (above !== undefined) expect(block.x >= above.x && block.x + block.width <= above.x + above.width).toBe(true);
    }
  });

  it('never draws two spans at one place', () => {
    const model = new TraceModel(answerOf([{
      service: 'a', name: 'root', start: 0, duration: 100,
      children: [
        { service: 'a', name: 'x', start: 0, duration: 60, children: [{ service: 'b', name: 'y', start: 10, duration: 40 }] },
        { service: 'a', name: 'x', start: 20, duration: 60, children: [{ service: 'b', name: 'y', start: 30, duration: 20 }] },
        { service: 'a', name: 'x', start: 85, duration: 10 },
      ],
    }]));
    const { blocks } = flameBySpan(model);
    for (const a of blocks) for (const b of blocks) if (a !== b && a.depth === b.depth) expect(a.x + a.width <= b.x || b.x + b.width <= a.x).toBe(true);
    expect(blocks[5]!.depth).toBe(1);
  });

  it('finds the block at a place', () => {
    const flame = flameByOperation(new TraceModel(answerOf([shop(6)])));
    expect(blockAt(flame, 0, 0)).toBe(0);
    expect(blockAt(flame, 0, 9)).toBe(-1);
  });
});
