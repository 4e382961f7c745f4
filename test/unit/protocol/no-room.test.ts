import { describe, expect, it } from 'vitest';
import { CODES } from '../../../functions/http/codes.ts';
import { textOf } from '../../../functions/http/texts.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

/** What a caller is told of an item in which the shop keeps so many bytes of its own. */
async function told(bytes: number, request: Partial<CancelRequest>) {
  const world = new ScriptedWorld({ memo: 'x'.repeat(bytes) });
  const result = await world.cancel(request);
  if (result.kind !== 'refused') throw new Error(`Bug: ${result.kind}`);
  expect(result.refusal.code).toBe('REFUND_LIMIT_REACHED');
  expect(world.sent).toEqual([]);
  return { text: textOf(result.refusal), world };
}

/** The largest memo beside which everything that is left can be refunded. */
async function fitting(): Promise<number> {
  let [fits, not] = [0, 400_000];
  while (not - fits > 1) {
    const middle = Math.floor((fits + not) / 2);
    const world = new ScriptedWorld({ memo: 'x'.repeat(middle) });
    if ((await world.told()) === '200') fits = middle;
    else not = middle;
  }
  return fits;
}

describe('an item that the shop has filled', () => {
  it.each([
    ['everything that is left', {}],
    ['a part', { amount: 1_000 }],
  ])('nobody is told to ask for the rest where that finds no room either: %s', async (_what, request) => {
    const { text, world } = await told(390_000, request);
    expect(text.en).not.toMatch(/can still be refunded/);
    expect(text.ko).not.toMatch(/한 번에 환불/);
    expect(world.has('anomaly')).toBe(true);
  });

  it('where a part finds no room, but the rest does, that is told, and nobody has to look', async () => {
    const { text, world } = await told(await fitting(), { amount: 1_000 });
    expect(text).toEqual(expect.objectContaining({ en: CODES.REFUND_LIMIT_REACHED.en }));
    expect(world.has('anomaly')).toBe(false);
  });
});
