import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import type { Write } from '../../../functions/protocol/write.ts';
import { ORDER, won } from '../../support/samples.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

/** A write of this kind is applied or not, and nobody hears of it. */
function losesAnswersOf(world: ScriptedWorld, kind: Write['kind'], isApplied: boolean): void {
  const write = world.store.write.bind(world.store);
  world.store.write = async (asked) => {
    if (asked.kind !== kind) return write(asked);
    if (isApplied) await write(asked);
    throw new StoreError('no answer', { mayHaveBeenApplied: true });
  };
}

describe('code 0 about another payment', () => {
  it('may stand for ours: it is never sent again by itself, and never told as not executed', async () => {
    const world = new ScriptedWorld();
    world.settings = { ...world.settings, pgsThatCheckBalance: new Set(['nice']) };
    world.provider = { ...world.provider, pgProvider: 'nice' };
    world.cancels.push(() => ({ kind: 'answered', payment: { ...world.provider, impUid: 'imp_other' } }));
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).pending).toMatchObject({ accepted: true });
    expect(world.sent).toHaveLength(1);
  });
});

function atPgNamedAsDroppingReasons(): ScriptedWorld {
  const world = new ScriptedWorld({ pg_provider: 'nice_v2' });
  world.settings = { ...world.settings, pgsThatDropReasons: new Set(['nice_v2']) };
  world.provider = { ...world.provider, pgProvider: 'nice_v2' };
  return world;
}

describe('기취소 at a PG that is named as dropping reasons', () => {
  it('is never taken for done by an entry in its place: the attempt was refused (7p)', async () => {
    const world = atPgNamedAsDroppingReasons();
    world.cancels.push(() => {
      world.book({ amount: 1_000, reason: '' });
      return refusedByPg('기취소');
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect((await world.payment()).pending?.doubt?.why).toMatch(/could be this refund/);
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
  });
});

describe('a refusal that is noted while a look takes the entry in its place for ours', () => {
  it('is respected by the write itself (7p)', async () => {
    const world = atPgNamedAsDroppingReasons();
    world.cancels.push(() => {
      world.book({ amount: 1_000, reason: '' });
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.quietPeriodPasses();
    world.looks.push(async () => {
      const item = world.store.item(ORDER);
      const noted = { ...(item?.['refund_pending'] as object), refused: 1 };
      world.store.put({ ...item, refund_pending: noted });
      return Promise.resolve({ kind: 'found', payment: world.provider });
    });
    await world.look();
    expect((await world.payment()).pending).toMatchObject({ refused: 1 });
  });
});

describe('a cancel that is to be sent again and does not leave', () => {
  it('stays in doubt and is tried again: whoever was told 202 is owed an outcome', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost, () => ({ kind: 'not_sent', cause: 'no connection' }));
    expect(await world.told({})).toBe('202');
    expect(await world.look()).toBe('waiting');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    const { pending, refunds } = await world.payment();
    expect(pending).toMatchObject({ attempt: 2, checks: 0 });
    expect(pending?.attempts.at(-1)).toMatchObject({ attempt: 2, answer: 'not sent: no connection' });
    expect(refunds.size).toBe(0);
    world.quietPeriodPasses();
    expect(await world.look()).toBe('settled');
    expect(await world.told({})).toBe('200');
    expect(world.sent.map((call) => call.pending.claimId)).toHaveLength(3);
    expect(new Set(world.sent.map((call) => call.pending.claimId)).size).toBe(3);
  });
});

describe('after the claim', () => {
  it('a bug is no answer either: the caller is told that it is not known, and hears the truth later', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call);
      throw new TypeError('a bug');
    });
    expect(await world.cancel({ amount: 1_000 })).toMatchObject({
      kind: 'unknown',
      replayed: false,
      refund: { refundId: world.refundId(), amount: 1_000 },
    });
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'in_doubt', cause: 'TypeError' }));
    world.nowMs += 60_000;
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('the caller is told at the last moment, and the work goes on', async () => {
    const world = new ScriptedWorld();
    let answer = (): void => undefined;
    const hung = new Promise<void>((resolve) => (answer = resolve));
    world.cancels.push(async (call) => {
      await hung;
      return world.bookAndAnswer(call);
    });
    const surroundings = { ...world.world, until: async () => Promise.resolve() };
    Object.defineProperty(world, 'world', { value: surroundings });
    expect(await world.cancel({ amount: 1_000 })).toMatchObject({
      kind: 'unknown',
      refund: { refundId: world.refundId() },
    });
    answer();
    await expect.poll(async () => (await world.payment()).cancelAmount).toBe(won(1_000));
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });

  it.each([
    ['applied', true, 'PROVIDER_UNAVAILABLE'],
    ['lost', false, 'PROVIDER_UNAVAILABLE'],
  ])(
    '503 is told only of a release that is confirmed: its answer is lost, it was %s',
    async (_how, isApplied) => {
      const world = new ScriptedWorld();
      world.looks.push(async () => Promise.resolve({ kind: 'failed', cause: 'down' }));
      losesAnswersOf(world, 'release', isApplied);
      expect(await world.told({ amount: 1_000 })).toBe('202');
      expect(world.sent).toHaveLength(0);
    },
  );
});

describe('a refund in doubt that is due', () => {
  it('is resolved by whoever asks for it next, and by another request for the payment', async () => {
    for (const idempotencyKey of ['key', 'another']) {
      const world = new ScriptedWorld();
      world.cancels.push((call) => {
        world.bookOurs(call);
        return lost();
      });
      expect(await world.told({ amount: 1_000 })).toBe('202');
      expect(await world.told({ amount: 1_000, idempotencyKey })).toBe('200');
      expect(world.sent).toHaveLength(idempotencyKey === 'key' ? 1 : 2);
    }
  });

  it('is not looked at again before it is due', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.looks.push(async () => Promise.reject(new Error('must not be asked')));
    expect(await world.told({ amount: 1_000 })).toBe('202');
  });
});
