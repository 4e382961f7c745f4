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
  it('books a console cancel that nobody told us of, and decides again', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ amount: 7_000 })).toBe('AMOUNT_EXCEEDS_CANCELABLE');
    expect(await world.payment()).toMatchObject({ cancelAmount: 4_000 });
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
    expect(world.sent).toMatchObject([{ amount: 6_000, checksum: 6_000 }]);
  });

  it('does so for a request without a key, too', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ ...part, idempotencyKey: undefined })).toBe('200');
    expect(world.sent).toMatchObject([{ checksum: 6_000 }]);
  });

  it('asks the provider before it says that a caller’s balance is wrong', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ ...part, checksum: 6_000 })).toBe('200');
    expect(await world.told({ ...part, checksum: 9_000, idempotencyKey: 'next' })).toBe('CHECKSUM_MISMATCH');
  });

  it('sends nothing when the provider has cancelled less than we know of: a cancel was undone', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 3_000 })).toBe('200');
    world.provider.undo();
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toHaveLength(1);
    expect((await world.payment()).shrunk).toBeDefined();
  });

  it('settles a refund whose tag stands there already, and does not send it', async () => {
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
  ])('sends nothing and frees the key where %s: 503', async (_why, happens) => {
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

describe('no connection (row 9)', () => {
  it('frees the key: 503, and the same key sends it', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({ kind: 'not_sent', cause: 'ENOTFOUND' }));
    expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
    expect(await world.told(part)).toBe('200');
  });

  it.each([
    ['applied', true],
    ['lost', false],
  ])(
    '503 is told only of a release that is confirmed: its answer is lost, it was %s',
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

  it('gives the cancel no later time to leave than ten seconds after its claim', async () => {
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

describe('after the claim', () => {
  it('a defect is told as one, and the caller that it is not known: the truth comes later', async () => {
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

  it('what the provider or the table does is no defect', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    world.intercept('note', () => {
      throw throttled();
    });
    expect(await world.told(part)).toBe('202');
    expect(failures(world)).toEqual([]);
  });

  it('the caller is told at the last moment, and the work goes on', async () => {
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

  it('an answer about another payment may stand for ours: 202, and never NOT_EXECUTED by it', async () => {
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
  it('settles it although a webhook has booked more meanwhile: the balance never falls', async () => {
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

  it('that comes when the refund was told as not executed is proof all the same, and corrects it', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(async (call) => {
      // G does not hold: the resolver ends the refund, and then the provider executes it.
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
  it('is rejected with the PG’s words where the balance is as it was', async () => {
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

  it('is a mismatch where others have used the balance meanwhile', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.consoleCancel(2_000, world.nowMs);
      return world.bookAndAnswer(call);
    });
    expect(await world.told(part)).toBe('CHECKSUM_MISMATCH');
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_000 });
  });

  it.each([401, 429])('of HTTP %i is not executed: it was refused before it was read', async (status) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({
      kind: 'refused',
      provider: { code: -1, message: `HTTP ${status}` },
      by: 'http',
    }));
    expect(await world.told(part)).toBe('NOT_EXECUTED');
  });

  it.each([
    ['the payment cannot be read back', () => ({ kind: 'failed', cause: 'HTTP 502' }) as const],
    ['the payment is not there', () => ({ kind: 'missing' }) as const],
  ])('is in doubt where %s', async (_why, look) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.looks.push(look);
      return refusedByPg();
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.requested()).toMatchObject({ answer: { refusal: { code: -1 } }, seen: [] });
  });

  it('is in doubt where a part of our tag stands there', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { part: won(400) });
      return refusedByPg();
    });
    expect(await world.told(part)).toBe('202');
  });

  it('is in doubt where less is cancelled than before: the answer is an older one', async () => {
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

  it('with our tag is done all the same', async () => {
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
    'is resolved by whoever asks for the payment next (%s)',
    async (idempotencyKey) => {
      const world = new ScriptedWorld();
      world.cancels.push((call) => world.bookAndLose(call));
      expect(await world.told(part)).toBe('202');
      world.nowMs += 10_000;
      expect(await world.told({ ...part, idempotencyKey })).toBe('200');
      expect(world.sent).toHaveLength(idempotencyKey === 'key' ? 1 : 2);
    },
  );

  it('is not looked at before it is due, and keeps others out', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.told({ ...part, idempotencyKey: 'another' })).toBe('REFUND_IN_PROGRESS');
  });

  it('staff wait in line for a refund that ends within moments', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    world.nowMs += 5_000;
    const staff = { actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: 'desk' } as const;
    world.provider.cancelElsewhere(1_000, world.nowMs, { reason: `[${world.refundId()}]` });
    expect(await world.told({ amount: 500, ...staff })).toBe('200');
  });
});

describe('a button pressed twice (row 0b)', () => {
  const noKey = { actor: { kind: 'staff', sub: 'staff' } } as const;
  const press = async (world: ScriptedWorld, amount: number): Promise<string> =>
    world.told({ ...noKey, amount, idempotencyKey: undefined });

  it('is one refund for a minute, also behind another one; then it is a new wish', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    expect(await press(world, 2_000)).toBe('200');
    expect(await press(world, 1_000)).toBe('POSSIBLE_DUPLICATE');
    world.nowMs += 60_000;
    expect(await press(world, 1_000)).toBe('200');
    expect(world.sent).toHaveLength(3);
  });

  it('may be pressed again when the first was rejected', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => refusedByPg());
    expect(await press(world, 1_000)).toBe('CANCEL_REJECTED');
    expect(await press(world, 1_000)).toBe('200');
  });

  it('a key makes it another refund', async () => {
    const world = new ScriptedWorld();
    expect(await press(world, 1_000)).toBe('200');
    expect(await world.told({ amount: 1_000, ...noKey })).toBe('200');
  });
});
