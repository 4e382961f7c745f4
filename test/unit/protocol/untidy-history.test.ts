import { describe, expect, it } from 'vitest';
import type { CancelOutcome } from '../../../functions/protocol/ports.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { won } from '../../support/samples.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

const EARLIER = { amount: 2_000, reason: CONSOLE_REASON } as const;

/** 2,000 of 10,000 have gone back before; then ours is booked, its answer lost, its text dropped, its history newest first. */
async function bookedNewestFirst(times: { readonly cancelledAtMs?: number }): Promise<ScriptedWorld> {
  const world = new ScriptedWorld({ cancel_amount: 2_000, status: 'cancelled' });
  world.book(EARLIER);
  world.cancels.push((call) => {
    world.bookOurs(call, { reason: '' });
    return lost();
  });
  expect(await world.told({ amount: 1_000 })).toBe('202');
  const entries = world.provider.cancelHistory.map(({ cancelledAtMs: _told, ...entry }) => ({
    ...entry,
    ...times,
  }));
  world.provider = { ...world.provider, cancelHistory: entries.toReversed() };
  world.quietPeriodPasses();
  return world;
}

describe('a history whose order nobody tells', () => {
  it.each([
    ['without times', {}],
    ['within one second', { cancelledAtMs: 1_795_000_000_000 }],
  ])('is no proof that an entry came before ours: %s, people decide', async (_what, times) => {
    const world = await bookedNewestFirst(times);
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).pending?.doubt?.why).toMatch(/could be this refund/);
    expect(await world.told({ amount: 1_000 })).toBe('202');
  });

  it('proves a position no more than the lack of one, also at a PG that drops reasons', async () => {
    const world = new ScriptedWorld({ cancel_amount: 1_000, status: 'cancelled', pg_provider: 'nice_v2' });
    world.settings = { ...world.settings, pgsThatDropReasons: new Set(['nice_v2']) };
    world.provider = { ...world.provider, pgProvider: 'nice_v2' };
    // Another tool took the same amount just before, and the console takes it just after, all in one second.
    world.book({ amount: 1_000, reason: '' });
    world.cancels.push(() => {
      world.book({ amount: 1_000, reason: CONSOLE_REASON });
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.provider = { ...world.provider, cancelHistory: world.provider.cancelHistory.toReversed() };
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).pending).toBeDefined();
  });
});

describe('a history that is ahead of its sum', () => {
  async function bookedBeside(reason: string, cancelledSum: number): Promise<ScriptedWorld> {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call, { reason });
      world.provider = { ...world.provider, cancelAmount: won(cancelledSum) };
      return lost();
    });
    expect(await world.told({ amount: 1_000, idempotencyKey: 'ours' })).toBe('202');
    world.quietPeriodPasses();
    return world;
  }

  it('with an entry that could be ours is no proof that nothing was executed', async () => {
    const world = await bookedBeside('', 0);
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).pending?.doubt?.why).toMatch(/could be this refund/);
    world.provider = { ...world.provider, cancelAmount: won(1_000) };
    expect(await world.told({ amount: 1_000, idempotencyKey: 'ours' })).toBe('202');
    expect(world.sent).toHaveLength(1);
  });

  it('with entries that are certainly not ours leaves it not executed', async () => {
    const world = await bookedBeside(CONSOLE_REASON, 0);
    expect(await world.look()).toBe('settled');
    expect(await world.told({ amount: 1_000, idempotencyKey: 'ours' })).toBe('NOT_EXECUTED');
  });
});

describe('a provider that answers for a moment as it was before', () => {
  /** Ours was executed and its text cut; a look has seen that, and the table knows the balance. */
  async function seenAndBooked(answer: () => CancelOutcome): Promise<ScriptedWorld> {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call, { reason: '' });
      return answer();
    });
    const before = world.provider;
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).cancelAmount).toBe(won(1_000));
    world.looks.push(async () => Promise.resolve({ kind: 'found', payment: before }));
    world.quietPeriodPasses();
    return world;
  }

  it('proves nothing against what the table knows of it: the refund stays in doubt', async () => {
    const world = await seenAndBooked(lost);
    expect(await world.look()).toBe('waiting');
    const { pending, cancelAmount } = await world.payment();
    expect(pending?.doubt?.why).toMatch(/less than before/);
    expect(cancelAmount).toBe(won(1_000));
    expect(await world.told({ amount: 1_000 })).toBe('202');
  });

  it('is asked again, and nothing is sent again upon the older answer', async () => {
    const world = await seenAndBooked(lost);
    world.settings = { ...world.settings, pgsThatCheckBalance: new Set(['nice']) };
    world.looks.splice(0);
    const before = { ...world.provider, cancelAmount: won(0), cancelHistory: [], pgProvider: 'nice' };
    world.looks.push(async () => Promise.resolve({ kind: 'found', payment: before }));
    expect(await world.look()).toBe('waiting');
    expect(world.sent).toHaveLength(1);
  });

  it('says nothing of a refusal either', async () => {
    const world = new ScriptedWorld({ cancel_amount: 2_000, status: 'cancelled' });
    const before = world.provider;
    world.book(EARLIER);
    world.cancels.push(() => {
      world.looks.push(async () => Promise.resolve({ kind: 'found', payment: before }));
      return refusedByPg();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('settled');
    expect(await world.told({ amount: 1_000 })).toBe('NOT_EXECUTED');
  });
});

describe('기취소 while the balance has moved', () => {
  const gone = '결제취소에 실패하였습니다. [500626|기 취소 거래]';

  it.each([
    ['an entry without our tag could be what the PG did: people decide', ''],
    ['what is left of our text could be ours: people decide', '교환'],
  ])('%s', async (_what, reason) => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call, { reason });
      return refusedByPg(gone);
    });
    expect(await world.told({ amount: 1_000, reason: '교환' })).toBe('202');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    world.nowMs += 16 * 60_000;
    expect(await world.look()).toBe('drift');
    expect(await world.told({ amount: 1_000, reason: '교환' })).toBe('202');
    expect(world.sent).toHaveLength(1);
  });

  it.each([
    ['the console’s', CONSOLE_REASON, 1_000],
    ['of another amount', '', 999],
  ])('an entry that is certainly not ours (%s) leaves it a moved balance', async (_what, reason, amount) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.book({ amount, reason });
      return refusedByPg(gone);
    });
    expect(await world.told({ amount: 1_000 })).toBe('CHECKSUM_MISMATCH');
  });
});

describe('a provider that does not tell upper case from lower', () => {
  it('answers with another order, and nothing of it is refunded or told', async () => {
    const world = new ScriptedWorld();
    const named = world.provider.merchantUid;
    const other = named.toUpperCase() === named ? named.toLowerCase() : named.toUpperCase();
    expect(other).not.toBe(named);
    const actor = { kind: 'staff', sub: 'staff' } as const;
    expect(await world.told({ merchantUid: other, amount: 1_000, actor })).toBe('PAYMENT_NOT_FOUND');
    expect(world.sent).toHaveLength(0);
  });
});
