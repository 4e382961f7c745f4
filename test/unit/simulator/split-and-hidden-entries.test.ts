import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate, type World } from './support.ts';

const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: '[tag-1]' };

async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid({ pg_provider: 'nice' });
  await world.token();
  world.simulator.script(faults);
  return world;
}

function entriesIn({ simulator }: World): readonly unknown[] {
  return (simulator.payment('imp_1')?.cancel_history ?? []).map(({ amount, reason }) => [amount, reason]);
}

function cancelledIn({ simulator }: World): number | undefined {
  return simulator.payment('imp_1')?.cancel_amount;
}

describe('split: the PG makes several entries of one cancel', () => {
  const SPLIT: Fault = { fault: 'split', shares: [5, 3, 2], delays_ms: [0, 1_000, MINUTE_MS] };

  it('which appear one after the other, and cancel_amount with them', async () => {
    const world = await worldWith(SPLIT);
    expect(await world.cancel(CANCEL)).toMatchObject({ code: 0, response: { cancel_amount: 1500 } });
    await world.simulator.advance(1_000);
    expect(entriesIn(world)).toEqual([
      [1500, '[tag-1]'],
      [900, '[tag-1]'],
    ]);
    expect(cancelledIn(world)).toBe(2400);
    await world.simulator.advance(MINUTE_MS);
    expect(entriesIn(world).at(-1)).toEqual([600, '[tag-1]']);
    expect(cancelledIn(world)).toBe(3000);
  });

  it('with the last delay for all that are beyond the list', async () => {
    const world = await worldWith({ fault: 'split', shares: [1, 1, 1], delays_ms: [0, MINUTE_MS] });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS - 1);
    expect(cancelledIn(world)).toBe(1000);
    await world.simulator.advance(1);
    expect(cancelledIn(world)).toBe(3000);
  });

  it('is one execution, of the whole sum, from the moment the PG has it', async () => {
    const world = await worldWith(SPLIT);
    await world.cancel(CANCEL);
    const once = { received: 1, executed: 1, requests: [{ executed_amount: 3000 }] };
    expect(world.simulator.audit('tag-1')).toMatchObject(once);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.audit('tag-1')).toMatchObject(once);
  });

  it.for([
    ['all', ['[tag-1]', '[tag-1]', '[tag-1]']],
    ['first', ['[tag-1]', '', '']],
    ['last', ['', '', '[tag-1]']],
    ['none', ['', '', '']],
  ] as const)('with the tag on %s of them', async ([tag, reasons]) => {
    const world = await worldWith({ ...SPLIT, tag });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')?.cancel_history.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('loses nothing to rounding, and makes no entry of nothing', async () => {
    const world = await worldWith({ fault: 'split', shares: [1, 1, 1], delays_ms: [0] }, SPLIT);
    await world.cancel({ ...CANCEL, amount: 1000 });
    expect(entriesIn(world).map((entry) => (entry as [number])[0])).toEqual([333, 333, 334]);
    await world.cancel({ imp_uid: 'imp_1', amount: 1 });
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(1001);
    expect(entriesIn(world)).toHaveLength(4);
  });

  it('can come with a lost answer, and at a PG that accepts first', async () => {
    const world = await worldWith({
      ...SPLIT,
      fault: 'answer_lost',
      on: 'cancel',
      also: ['split', 'asynchronous'],
    });
    await expect(world.cancel(CANCEL)).rejects.toThrow('fetch failed');
    expect(world.simulator.pending()).toHaveLength(3);
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(1500);
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(3000);
  });
});

describe('unlisted: an executed cancel whose entry is not listed', () => {
  it('never, although cancel_amount was raised', async () => {
    const world = await worldWith({ fault: 'unlisted' });
    expect(await world.cancel(CANCEL)).toMatchObject({
      code: 0,
      response: { cancel_amount: 3000, cancel_history: [] },
    });
    await world.simulator.advance(10 * MINUTE_MS);
    expect(entriesIn(world)).toEqual([]);
    expect((await world.cancel({ ...CANCEL, checksum: 7000, amount: 7000 })).code).toBe(0);
  });

  it('never, and cancel_amount was not raised either', async () => {
    const world = await worldWith({ fault: 'unlisted', counted: false });
    expect(await world.cancel(CANCEL)).toMatchObject({
      code: 0,
      response: { status: 'paid', cancel_amount: 0 },
    });
    await world.simulator.advance(10 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    expect(world.simulator.audit('tag-1')).toMatchObject({ executed: 1 });
    // The PG knows what it has paid back.
    expect((await world.cancel({ imp_uid: 'imp_1', checksum: 10_000 })).code).toBe(-1);
  });

  it('nor cancel_amount, until later: then both are there', async () => {
    const world = await worldWith({ fault: 'unlisted', counted: false, delay_ms: MINUTE_MS });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS);
    expect(entriesIn(world)).toEqual([[3000, '[tag-1]']]);
    expect(cancelledIn(world)).toBe(3000);
  });

  it('until later: it then stands where it belongs, before an entry that came after it', async () => {
    const world = await worldWith({ fault: 'unlisted', delay_ms: MINUTE_MS });
    await world.cancel(CANCEL);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000, reason: 'another' });
    expect(entriesIn(world)).toEqual([[1000, 'another']]);
    expect(cancelledIn(world)).toBe(4000);
    await world.simulator.advance(MINUTE_MS);
    expect(entriesIn(world)).toEqual([
      [3000, '[tag-1]'],
      [1000, 'another'],
    ]);
  });
});

describe('undone: a cancel that the PG takes back (원복)', () => {
  it('for good: what was cancelled shrinks and the entry is gone', async () => {
    const world = await worldWith({ fault: 'undone', delay_ms: MINUTE_MS });
    expect((await world.cancel(CANCEL)).response.cancel_amount).toBe(3000);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')).toMatchObject({
      status: 'paid',
      cancel_amount: 0,
      cancel_history: [],
    });
    await world.simulator.advance(24 * 60 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    expect(world.simulator.audit('tag-1')).toMatchObject({ executed: 1 });
  });

  it('with its entry kept: the sum alone shrinks', async () => {
    const world = await worldWith({ fault: 'undone', delay_ms: MINUTE_MS, keep_entry: true });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')).toMatchObject({
      status: 'cancelled',
      cancel_amount: 0,
      cancel_reason: null,
      cancelled_at: 0,
      cancel_history: [{ amount: 3000 }],
    });
    expect((await world.cancel(CANCEL)).response).toMatchObject({
      cancel_amount: 3000,
      cancel_history: [{ amount: 3000 }, { amount: 3000 }],
    });
  });

  it('for a time: it comes back by itself', async () => {
    const world = await worldWith({ fault: 'undone', delay_ms: MINUTE_MS, for_ms: MINUTE_MS });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')).toMatchObject({
      status: 'cancelled',
      cancel_amount: 3000,
      cancel_history: [{ reason: '[tag-1]' }],
    });
  });

  it('for a time: it does not come back where the money was cancelled again meanwhile', async () => {
    const world = await worldWith();
    await world.cancel(CANCEL);
    world.simulator.undoCancel({ imp_uid: 'imp_1', for_ms: MINUTE_MS });
    await world.simulator.consoleCancel({ imp_uid: 'imp_1' });
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')).toMatchObject({ cancel_amount: 10_000, cancel_history: [{}] });
  });

  it('by hand: kept, and for a time that must be one', async () => {
    const world = await worldWith();
    await world.cancel(CANCEL);
    expect(() => world.simulator.undoCancel({ imp_uid: 'imp_1', for_ms: 0 })).toThrow('for_ms must be');
    expect(
      world.simulator.undoCancel({ imp_uid: 'imp_1', keep_entry: true, for_ms: MINUTE_MS }),
    ).toMatchObject({
      cancel_amount: 0,
      cancel_history: [{ amount: 3000 }],
    });
    // It is undone already.
    expect(() => world.simulator.undoCancel({ imp_uid: 'imp_1' })).toThrow('has no such cancel');
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(3000);
  });
});
