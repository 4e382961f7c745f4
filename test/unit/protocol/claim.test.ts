import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { FakeTable } from '../../support/fake-table.ts';
import { refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

type Outcome = Awaited<ReturnType<FakeTable['transact']>>;

const part = { amount: 1_000 };
const noAnswer = (): StoreError => new StoreError('time-out', { isKnownNotApplied: false });
const throttled = (): StoreError => new StoreError('throttled', { isKnownNotApplied: true });
const conflict = (): StoreError => new StoreError('conflict', { isKnownNotApplied: true, isConflict: true });

/** The table no longer delays or loses anything. */
function answers({ table }: ScriptedWorld): void {
  table.arrives = ({ apply }) => apply();
}

describe('a claim that the table does not answer (row 3a)', () => {
  it('a claim that is never confirmed is told 202, and 404 when it can no longer arrive: the same key may ask again', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', () => {
      throw noAnswer();
    });
    const askedAtMs = world.nowMs;
    expect(await world.told(part)).toBe('202');
    expect(await world.read(world.refundId(), askedAtMs)).toMatchObject({ kind: 'not_yet' });
    world.quietPeriodPasses();
    const notFound = { kind: 'refused', refusal: { code: 'REFUND_NOT_FOUND' } };
    expect(await world.read(world.refundId(), askedAtMs)).toEqual(notFound);
    expect(world.sent).toEqual([]);
    answers(world);
    expect(await world.told(part)).toBe('200');
  });

  it.for<[string, boolean, number]>([
    ['a lost try', false, 1],
    ['answers that are lost for seconds', true, 5],
  ])('a claim is sent once the table answers, after %s', async ([, isApplied, times]) => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count > times) return apply();
      if (isApplied) apply();
      throw noAnswer();
    });
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('a claim is told 202 when one try was lost and the others were refused, because the lost one may have been applied', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count > 1) throw throttled();
      apply();
      throw noAnswer();
    });
    expect(await world.told(part)).toBe('202');
    answers(world);
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(world.sent).toEqual([]);
  });

  it('a claim that arrives after another refund ends as NOT_EXECUTED and is never sent', async () => {
    const world = new ScriptedWorld();
    let arrive = (): Outcome => 'refused';
    world.intercept('claim', ({ apply }) => {
      arrive = apply;
      throw noAnswer();
    });
    expect(await world.told(part)).toBe('202');
    answers(world);
    world.cancels.push(() => refusedByPg());
    expect(await world.told({ amount: 2_000, idempotencyKey: 'other' })).toBe('CANCEL_REJECTED');
    expect(arrive()).toBe('applied');
    await world.twoLooks();
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(world.sent.map(({ refundId }) => refundId)).toEqual([world.refundId('other')]);
  });
});

describe('a claim that conflicts with another transaction of the payment', () => {
  it('a claim with a conflict is decided again, each time with its own token, and succeeds', async () => {
    const world = new ScriptedWorld();
    const tokens = new Set<string>();
    world.intercept('claim', ({ apply, token }, count) => {
      tokens.add(token);
      if (count <= 2) throw conflict();
      return apply();
    });
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toHaveLength(1);
    expect(tokens.size).toBe(3);
  });

  it('a claim is not decided again after an unanswered try, because that try may have been applied', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count === 2) throw conflict();
      const outcome = apply();
      if (count === 1) throw noAnswer();
      return outcome;
    });
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toHaveLength(1);
  });
});

describe('another refund of the payment is in flight', () => {
  it.each(['key', 'another'])('the next request resolves it when it is due (%s)', async (idempotencyKey) => {
    const world = await ScriptedWorld.inDoubt({}, 'executed');
    world.nowMs += 10_000;
    expect(await world.told({ ...part, idempotencyKey })).toBe('200');
    expect(world.sent).toHaveLength(idempotencyKey === 'key' ? 1 : 2);
  });

  it('a refund in doubt that is not due is not looked at, and blocks other refunds', async () => {
    const world = await ScriptedWorld.inDoubt();
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.told({ ...part, idempotencyKey: 'another' })).toBe('REFUND_IN_PROGRESS');
  });

  it('a request of staff waits for a refund that ends within moments', async () => {
    const world = await ScriptedWorld.inDoubt();
    world.nowMs += 5_000;
    const staff = { actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: 'desk' } as const;
    world.provider.cancelElsewhere(1_000, world.nowMs, { reason: `[${world.refundId()}]` });
    expect(await world.told({ amount: 500, ...staff })).toBe('200');
  });
});

describe('a repeated request without a key (row 0b)', () => {
  const press = async (world: ScriptedWorld, amount: number): Promise<string> =>
    world.told({ amount, actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: undefined });

  it('an equal request within a minute is a duplicate, also after another refund; later it is a new refund', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    expect(await press(world, 2_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    expect(await world.told(part)).toBe('200');
    world.nowMs += 60_000;
    expect(await press(world, 1_000)).toBe('200');
    expect(world.sent).toHaveLength(4);
  });

  it('an equal request is a duplicate although one with a key was refused in between', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    world.cancels.push(() => refusedByPg());
    const keyed = { amount: 1_000, actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: 'key' } as const;
    expect(await world.told(keyed)).toBe('CANCEL_REJECTED');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    expect(world.sent).toHaveLength(2);
  });
});
