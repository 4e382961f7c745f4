import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import { won } from '../../support/ledger-samples.ts';
import { PG_TEXTS } from '../../support/model-provider.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const noAnswer = (): StoreError => new StoreError('time-out', { isKnownNotApplied: false });
const throttled = (): StoreError => new StoreError('throttled', { isKnownNotApplied: true });

function failures({ events }: ScriptedWorld): readonly RefundEvent[] {
  return events.filter(({ event }) => event === 'failed');
}

describe('the look before the send (row 3b)', () => {
  it('the look books a console cancel that was not reported, and the refund is decided again', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ amount: 7_000 })).toBe('AMOUNT_EXCEEDS_CANCELABLE');
    expect(await world.payment()).toMatchObject({ cancelAmount: 4_000 });
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
    expect(world.sent).toMatchObject([{ amount: 6_000, checksum: 6_000 }]);
  });

  it('the look does the same for a request without a key', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ ...part, idempotencyKey: undefined })).toBe('200');
    expect(world.sent).toMatchObject([{ checksum: 6_000 }]);
  });

  it('the provider is asked before a caller’s balance is called wrong', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ ...part, checksum: 6_000 })).toBe('200');
    expect(await world.told({ ...part, checksum: 9_000, idempotencyKey: 'next' })).toBe('CHECKSUM_MISMATCH');
  });

  it('nothing is sent when R is below L, because a cancel was undone', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 3_000 })).toBe('200');
    world.provider.undo();
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toHaveLength(1);
    expect((await world.payment()).shrunk).toBeDefined();
  });

  it('a refund whose tag is already listed is settled and not sent', async () => {
    const world = new ScriptedWorld();
    world.provider.cancelElsewhere(1_000, world.nowMs, { reason: `[${world.refundId()}]` });
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toEqual([]);
  });

  it.each([
    [
      'the provider does not answer',
      (world: ScriptedWorld) => world.looks.push(() => ({ kind: 'failed', cause: '502' })),
    ],
    [
      'there is no token',
      (world: ScriptedWorld) => (world.readiness = { kind: 'unavailable', cause: 'HTTP 500' }),
    ],
  ])('nothing is sent and the key stays free when %s: 503', async (_why, happens) => {
    const world = new ScriptedWorld();
    happens(world);
    expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
    expect(world.has('unavailable')).toBe(true);
    expect(await world.refund()).toMatchObject({ status: 'not_sent', gen: 1 });
    world.readiness = { kind: 'ready' };
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', gen: 2 });
  });
});

describe('no connection to the provider (row 9)', () => {
  it('a failed connection frees the key: 503, and the same key can be sent', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({ kind: 'not_sent', cause: 'ENOTFOUND' }));
    expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
    expect(await world.told(part)).toBe('200');
  });

  it.each([
    ['applied', true],
    ['lost', false],
  ])(
    '503 is told only after the release is confirmed: its answer was lost, and it was %s',
    async (_how, isApplied) => {
      const world = new ScriptedWorld();
      world.cancels.push(() => ({ kind: 'not_sent', cause: 'ENOTFOUND' }));
      world.intercept('not_sent', ({ apply }) => {
        if (isApplied) apply();
        throw noAnswer();
      });
      expect(await world.told(part)).toBe('202');
      expect(world.sent).toHaveLength(1);
    },
  );

  it('the cancel must leave within ten seconds after its claim', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }) => {
      world.nowMs += 9_000;
      return apply();
    });
    const claimedAtMs = world.nowMs;
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toMatchObject([{ sendBeforeMs: claimedAtMs + 10_000 }]);
  });
});

describe('failures after the claim', () => {
  it('a defect after the claim is logged as one, and the caller is told 202', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs);
      throw new TypeError('Bug: SECRET-MARK');
    });
    expect(await world.cancel(part)).toMatchObject({
      kind: 'unknown',
      replayed: false,
      refund: { refundId: world.refundId(), amount: 1_000 },
    });
    expect(failures(world)).toMatchObject([{ during: 'refund', refundId: world.refundId() }]);
    world.nowMs += 60_000;
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('a failure of the provider or the table is not logged as a defect', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    world.intercept('note', () => {
      throw throttled();
    });
    expect(await world.told(part)).toBe('202');
    expect(failures(world)).toEqual([]);
  });

  it('the caller is answered at the time limit, and the work continues', async () => {
    const world = new ScriptedWorld();
    let answer = (): void => undefined;
    const hung = new Promise<void>((resolve) => (answer = resolve));
    world.cancels.push(async (call) => {
      await hung;
      return world.bookAndAnswer(call);
    });
    const atOnce = { ...world.world, until: async () => undefined };
    const told = await world.cancel(part, atOnce);
    expect(told).toMatchObject({ kind: 'unknown', refund: { refundId: world.refundId() } });
    answer();
    await expect.poll(async () => (await world.payment()).cancelAmount).toBe(won(1_000));
    expect(await world.told(part)).toBe('200');
  });

  it('an answer about another payment may have cancelled ours: 202, and it never proves NOT_EXECUTED', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      const outcome = world.bookAndAnswer(call);
      return outcome.kind === 'answered'
        ? { ...outcome, payment: { ...outcome.payment, impUid: 'imp_another' } }
        : outcome;
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.look()).toBe('settled');
    expect(await world.told(part)).toBe('200');
  });
});

describe('code 0 (row 4)', () => {
  it('code 0 settles the refund although a webhook has booked more meanwhile: the balance never falls', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.cancels.push(async (call) => {
      const older = world.bookAndAnswer(call);
      world.provider.consoleCancel(2_000, world.nowMs);
      await world.webhook();
      return older;
    });
    expect(await world.told(part)).toBe('200');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect((await world.payment()).inFlight).toBeUndefined();
  });

  it('code 0 after NOT_EXECUTED corrects the refund to cancelled', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(async (call) => {
      // G does not hold: the resolver ends the refund, and the provider executes it afterwards.
      expect(await world.twoLooks()).toBe('settled');
      return world.bookAndAnswer(call);
    });
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', corrected: true, revision: 1 });
    expect(world.has('corrected')).toBe(true);
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
  });
});

describe('a refusal (row 5)', () => {
  it('a refusal with an unchanged balance is rejected with the PG’s words', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => refusedByPg());
    expect(await world.cancel(part)).toMatchObject({
      kind: 'final',
      refund: {
        status: 'rejected',
        code: 'CANCEL_REJECTED',
        decidedBy: 'answer',
        refusal: { code: -1, message: PG_TEXTS.end },
      },
    });
    expect((await world.payment()).inFlight).toBeUndefined();
  });

  it('a refusal is told as used by others when they changed the balance meanwhile', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.consoleCancel(2_000, world.nowMs);
      return world.bookAndAnswer(call);
    });
    expect(await world.told(part)).toBe('CHECKSUM_MISMATCH');
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_000 });
  });

  it.each([401, 429])(
    'a refusal with HTTP %i ends as not executed, because the cancel was never processed',
    async (status) => {
      const world = new ScriptedWorld();
      world.cancels.push(() => ({
        kind: 'refused',
        provider: { code: -1, message: `HTTP ${status}` },
        by: 'http',
      }));
      expect(await world.told(part)).toBe('NOT_EXECUTED');
    },
  );

  it.each([
    ['the payment cannot be read back', () => ({ kind: 'failed', cause: 'HTTP 502' }) as const],
    ['the payment is not found', () => ({ kind: 'missing' }) as const],
  ])('a refusal leaves the refund in doubt when %s', async (_why, look) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.looks.push(look);
      return refusedByPg();
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.requested()).toMatchObject({ answer: { refusal: { code: -1 } }, seen: [] });
  });

  it('a refusal leaves the refund in doubt when a part of it is listed with our tag', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { part: won(400) });
      return refusedByPg();
    });
    expect(await world.told(part)).toBe('202');
  });

  it('a refusal leaves the refund in doubt when the read-back shows less than before, because it is stale', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    expect(await world.told({ amount: 2_000, idempotencyKey: 'first' })).toBe('200');
    world.cancels.push(() => {
      world.looks.push(() => ({ kind: 'found', payment: before }));
      return refusedByPg();
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
  });

  it('a refusal whose read-back shows our tag ends as cancelled', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs);
      return refusedByPg();
    });
    expect(await world.cancel(part)).toMatchObject({ refund: { status: 'cancelled', decidedBy: 'look' } });
  });
});

describe('a refund in doubt that is due', () => {
  it.each(['key', 'another'])(
    'the next request for the payment resolves a refund in doubt that is due (%s)',
    async (idempotencyKey) => {
      const world = new ScriptedWorld();
      world.cancels.push((call) => world.bookAndLose(call));
      expect(await world.told(part)).toBe('202');
      world.nowMs += 10_000;
      expect(await world.told({ ...part, idempotencyKey })).toBe('200');
      expect(world.sent).toHaveLength(idempotencyKey === 'key' ? 1 : 2);
    },
  );

  it('a refund in doubt that is not due is not looked at, and blocks other refunds', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.told({ ...part, idempotencyKey: 'another' })).toBe('REFUND_IN_PROGRESS');
  });

  it('a request of staff waits for a refund that ends within moments', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    world.nowMs += 5_000;
    const staff = { actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: 'desk' } as const;
    world.provider.cancelElsewhere(1_000, world.nowMs, { reason: `[${world.refundId()}]` });
    expect(await world.told({ amount: 500, ...staff })).toBe('200');
  });
});

describe('a repeated request without a key (row 0b)', () => {
  const noKey = { actor: { kind: 'staff', sub: 'staff' } } as const;
  const press = async (world: ScriptedWorld, amount: number): Promise<string> =>
    world.told({ ...noKey, amount, idempotencyKey: undefined });

  it('an equal request within a minute is a duplicate, also after another refund; later it is a new refund', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    expect(await press(world, 2_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    world.nowMs += 60_000;
    expect(await press(world, 1_000)).toBe('200');
    expect(world.sent).toHaveLength(3);
  });

  it('an equal request is allowed when the first was rejected', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => refusedByPg());
    expect(await press(world, 1_000)).toBe('CANCEL_REJECTED');
    expect(await press(world, 1_000)).toBe('200');
  });

  it('an equal request with a key is another refund', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    expect(await world.told({ amount: 1_000, ...noKey })).toBe('200');
  });
});
