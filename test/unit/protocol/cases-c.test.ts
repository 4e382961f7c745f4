import { describe, expect, it } from 'vitest';
import type { Said } from '../../../functions/protocol/close.ts';
import type { CancelCall } from '../../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { refundIdForKey } from '../../../functions/refund/identity.ts';
import { ORDER, won } from '../../support/ledger-samples.ts';
import { ModelProvider, type ProviderOptions } from '../../support/model-provider.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const HOUR_MS = 3_600_000;

/** A refund of 1,000 in drift; its answer was lost, and it may have been executed. */
async function inDrift(
  options: Partial<ProviderOptions>,
  happens: (world: ScriptedWorld) => void = () => undefined,
): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(options);
  world.cancels.push((call) => {
    happens(world);
    return options.reasons === undefined ? lost() : world.bookAndLose(call);
  });
  expect(await world.told(part)).toBe('202');
  world.quietPeriodPasses();
  await world.look();
  world.driftComes();
  return world;
}

const byTime = (world: ScriptedWorld): Said => ({
  verdict: 'executed',
  entries: world.provider.books.map(({ cancelledAtMs = 0, amount }) => ({ cancelledAtMs, amount })),
});

describe('C1: a PG that always answers 502', () => {
  it('a PG that always answers 502 gets one cancel, and two looks end the refund as NOT_EXECUTED', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(world.sent).toHaveLength(1);
    // The key stays taken; a new request needs a new key.
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('200');
  });
});

describe('C2: a payment that can no longer be read', () => {
  it.each([
    ['executed', { verdict: 'executed_unlisted', amount: 1_000 }, '200'],
    ['not executed', { verdict: 'not_executed' }, 'NOT_EXECUTED'],
  ] as const)(
    'an unreadable refund can be closed as %s after twenty quiet periods, and not before',
    async (_what, said, told) => {
      const world = new ScriptedWorld();
      world.cancels.push(lost);
      expect(await world.told(part)).toBe('202');
      const away = Array.from({ length: 12 }, () => () => ({ kind: 'failed', cause: 'HTTP 502' }) as const);
      world.looks.push(...away);
      world.nowMs += 60_000;
      expect(await world.look()).toBe('provider_unavailable');
      world.nowMs += HOUR_MS - 1_000;
      expect(await world.look()).toBe('drift');
      expect(await world.bothSay(said)).toBe('PROVIDER_UNAVAILABLE');
      world.nowMs += 1_000;
      expect(await world.bothSay(said)).toBe('closed');
      expect(await world.told(part)).toBe(told);
    },
  );

  it('the twenty quiet periods are counted from the last readable answer', async () => {
    const world = new ScriptedWorld({ pgProvider: 'paypal_v2' });
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    const away = () => ({ kind: 'failed', cause: 'HTTP 502' }) as const;
    world.looks.push(away);
    await world.look();
    world.nowMs += HOUR_MS;
    expect(await world.look()).toBe('drift');
    world.looks.push(away, away);
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('PROVIDER_UNAVAILABLE');
  });

  it('a closing of an unreadable payment may not name entries', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    const away = () => ({ kind: 'failed', cause: 'HTTP 502' }) as const;
    world.looks.push(away, away);
    await world.look();
    world.nowMs += 2 * HOUR_MS;
    expect(await world.bothSay({ verdict: 'executed', entries: [{ cancellationId: 'C1' }] })).toBe(
      'INVALID_REQUEST',
    );
  });
});

describe('C3: people close an executed refund with what the PG shows', () => {
  it('people name an entry without a cancellation_id by its time and amount', async () => {
    const world = await inDrift({ reasons: 'dropped', hasNoIds: true });
    expect(await world.bothSay(byTime(world))).toBe('closed');
    expect(await world.refund()).toMatchObject({
      status: 'cancelled',
      attribution: 'people',
      decidedBy: 'people',
      entries: [{ amount: 1_000 }],
    });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
  });

  it('people may name several entries whose sum is less than the amount asked', async () => {
    const world = await inDrift({}, ({ provider, nowMs }) => {
      provider.cancelElsewhere(500, nowMs);
      provider.cancelElsewhere(300, nowMs);
    });
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.couldBeOurs);
    const entries = [{ cancellationId: 'C1' }, { cancellationId: 'C2' }];
    expect(await world.bothSay({ verdict: 'executed', entries })).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', executedAmount: 800 });
    expect(await world.payment()).toMatchObject({ cancelAmount: 800 });
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
  });

  it('people close a refund that is never listed with the PG’s amount; the next checksum uses i’mport’s balance', async () => {
    const world = await inDrift({ pgProvider: 'paypal_v2' });
    expect(await world.bothSay({ verdict: 'executed_unlisted', amount: 1_000 })).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', entries: [], attribution: 'people' });
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    await world.cancel({ ...part, idempotencyKey: 'next' });
    expect(world.sent.at(-1)).toMatchObject({ checksum: 10_000 });
  });

  it('an entry first attributed to others becomes the refund’s when it shows our tag later', async () => {
    const world = new ScriptedWorld();
    const calls: CancelCall[] = [];
    world.cancels.push((call) => {
      calls.push(call);
      return lost();
    });
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    // G did not hold: the entry appears late, and first without its reason.
    for (const call of calls) world.provider.process(call, world.nowMs);
    world.shows = (payment) => ({
      ...payment,
      cancelHistory: payment.cancelHistory.map(({ reason: _later, ...entry }) => entry),
    });
    await world.webhook();
    expect((await world.items()).map(({ status }) => status).toSorted()).toEqual([
      'elsewhere',
      'not_executed',
    ]);
    world.shows = (payment) => payment;
    await world.webhook();
    expect(await world.refund()).toMatchObject({ status: 'cancelled', corrected: true });
    const [turned] = (await world.items()).filter(({ status }) => status === 'attributed');
    expect(turned).toMatchObject({ attributedTo: world.refundId(), revision: 1 });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
  });
});

describe('C4: one of several workers fails', () => {
  it('a failing worker ends only its own work: the others continue, and no rejection stays unhandled', async () => {
    const world = new ScriptedWorld();
    const ids = Array.from({ length: 12 }, (_, index) => `imp_${index}`);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    for (const impUid of ids) {
      world.import(new ModelProvider({ merchantUid: ORDER, impUid, paid: 1_000 }));
      world.cancels.push(lost);
      world.shows = (payment) => ({ ...payment, impUid, amount: won(1_000) });
      expect(
        await world.told({ impUid, actor: { kind: 'staff', sub: 'staff' }, idempotencyKey: impUid }),
      ).toBe('202');
    }
    world.quietPeriodPasses();
    const { ledger } = world.world;
    const broken = refundIdForKey('imp_3', 'staff', 'imp_3');
    const failing = {
      ...ledger,
      refund: async (key: Parameters<typeof ledger.refund>[0]) => {
        if (key.refundId === broken) throw new TypeError('a defect');
        return ledger.refund(key);
      },
    };
    const times = { stopAtMs: world.nowMs + 60_000, deadlineMs: world.nowMs + 60_000 };
    const run = await resolveOpenRefunds(
      { parallel: 4, pageSize: 5, all: false, ...times },
      { ...world.world, ledger: failing },
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(run.drained).toBe(true);
    expect(run.outcomes.store_failed).toBe(1);
    const looked = Object.values(run.outcomes).reduce((sum, count) => sum + count, 0);
    expect(looked).toBe(ids.length);
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'failed', refundId: broken }));
  });
});

describe('C5: our entry appears late, beside somebody else’s entry of the same amount', () => {
  it('the next look corrects the refund, and an event tells it', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { isHidden: true });
      world.provider.cancelElsewhere(1_000, world.nowMs);
      return { kind: 'answered', payment: world.provider.snapshot() };
    });
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({
      attribution: 'answer',
      entries: [{ cancellationId: 'C2' }],
    });
    world.provider.reveal();
    expect(await world.webhook()).toBe('booked');
    expect(await world.refund()).toMatchObject({
      status: 'cancelled',
      corrected: true,
      attribution: 'tag',
      revision: 1,
      entries: [{ cancellationId: 'C1' }],
    });
    expect(world.has('corrected')).toBe(true);
    const foreign = (await world.items()).filter(({ status }) => status === 'elsewhere');
    expect(foreign).toMatchObject([{ entry: { cancellationId: 'C2' } }]);
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_000 });
    expect(await world.told(part)).toBe('200');
  });
});

describe('C6: one cancel listed twice', () => {
  it.each([
    ['by its id', {}],
    ['by all its fields', { hasNoIds: true }],
  ])(
    'an entry listed twice counts once, so half of a refund does not become the whole (%s)',
    async (_how, options) => {
      const world = new ScriptedWorld(options);
      world.shows = (payment) => ({
        ...payment,
        cancelHistory: payment.cancelHistory.flatMap((entry) => [entry, entry]),
      });
      world.cancels.push((call) => {
        world.provider.process(call, world.nowMs, { part: won(500) });
        return { kind: 'answered', payment: world.shows(world.provider.snapshot()) };
      });
      expect(await world.told(part)).toBe('202');
      expect(await world.twoLooks()).toBe('waiting');
      expect((await world.requested()).doubt?.why).toBe(DOUBTS.partly);
      world.driftComes();
      const [entry] = world.provider.books;
      const named =
        entry?.cancellationId === undefined
          ? { cancelledAtMs: entry?.cancelledAtMs ?? 0, amount: 500 }
          : { cancellationId: entry.cancellationId };
      // An entry named twice in a closing is refused.
      expect(await world.bothSay({ verdict: 'executed', entries: [named, named] })).toBe('INVALID_REQUEST');
      expect(await world.bothSay({ verdict: 'executed', entries: [named] })).toBe('closed');
      expect(await world.refund()).toMatchObject({ executedAmount: 500, entries: [{ amount: 500 }] });
    },
  );
});

describe('C7: people name an entry that does not belong to the refund', () => {
  const theirs = (id: string): Said => ({ verdict: 'executed', entries: [{ cancellationId: id }] });

  it.each([
    ['older than the request, although nobody had seen it', 1_000, {}, -60_000],
    ['of more than was asked', 1_001, {}, 0],
    ['the console’s', 1_000, { reason: '관리자페이지취소', fromConsole: true }, 0],
    ['another refund’s, by its tag', 1_000, { reason: '[rf_zzzzzzzzzzzzzzzzzzzzzzzz]' }, 0],
  ])('a closing is refused when it names an entry %s', async (_what, amount, fields, earlierMs) => {
    const world = await inDrift({ pgProvider: 'paypal_v2' }, ({ provider, nowMs }) => {
      provider.cancelElsewhere(amount, nowMs + earlierMs, fields);
    });
    expect(await world.bothSay(theirs('C1'))).toBe('INVALID_REQUEST');
    expect((await world.requested()).proposal).toBeUndefined();
  });

  it('a closing is refused when it names an entry that the look before the send had seen', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    // Its time is later than the claim because the PG's clock is ahead.
    world.provider.cancelElsewhere(1_000, world.nowMs + 60_000);
    await world.webhook();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('waiting');
    world.driftComes();
    expect(await world.bothSay(theirs('C1'))).toBe('INVALID_REQUEST');
    expect(await world.bothSay(theirs('C2'))).toBe('closed');
  });

  it.each([
    ['that the history does not have', theirs('C9')],
    ['of more than was asked, never listed', { verdict: 'executed_unlisted', amount: 1_001 } as const],
  ])('a closing is refused with an entry %s', async (_what, said) => {
    const world = await inDrift({ reasons: 'dropped' });
    expect(await world.bothSay(said)).toBe('INVALID_REQUEST');
  });

  it('a closing is refused when another refund holds the entry', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    expect(await world.told({ ...part, idempotencyKey: 'first' })).toBe('200');
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('waiting');
    world.driftComes();
    expect(await world.bothSay(theirs('C1'))).toBe('INVALID_REQUEST');
    expect(await world.bothSay(theirs('C2'))).toBe('closed');
  });
});

describe('C8: a cancel that the PG undid', () => {
  it('two people close a refund as undone after two looks, and the money can be refunded again', async () => {
    const world = new ScriptedWorld();
    expect(await world.told(part)).toBe('200');
    world.provider.undo();
    const undone = { verdict: 'undone' } as const;
    expect(await world.bothSay(undone)).toBe('STILL_RESOLVABLE');
    // Until then nothing is sent, because R is below L.
    expect(await world.told({ idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    world.nowMs += 29_000;
    expect(await world.bothSay(undone)).toBe('STILL_RESOLVABLE');
    world.nowMs += 1_000;
    expect(await world.bothSay(undone)).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    expect(await world.refund()).toMatchObject({
      status: 'cancelled',
      undone: { proposal: { by: { sub: 'mina' } } },
    });
    expect(await world.bothSay(undone, { refundId: world.refundId() })).toBe('closed');
    expect(await world.told({ idempotencyKey: 'again' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ amount: 10_000, checksum: 10_000 });
  });

  it('when the PG undid two cancels, each is closed, and only then can the money be refunded again', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 2_000, idempotencyKey: 'a' })).toBe('200');
    expect(await world.told({ amount: 3_000, idempotencyKey: 'b' })).toBe('200');
    world.provider.undo();
    world.provider.undo();
    await world.webhook();
    world.nowMs += 30_000;
    const undone = { verdict: 'undone' } as const;
    expect(await world.bothSay(undone, { refundId: world.refundId('a') })).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect(await world.told({ idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    expect(await world.bothSay(undone, { refundId: world.refundId('b') })).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    expect((await world.payment()).shrunk).toBeUndefined();
    expect(await world.told({ idempotencyKey: 'again' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ checksum: 10_000 });
  });

  it('a foreign cancel can be closed as undone, too', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(1_000, world.nowMs);
    await world.webhook();
    const [item] = await world.items();
    world.provider.undo();
    await world.webhook();
    world.nowMs += 31_000;
    const named = item === undefined ? {} : { refundId: item.refundId };
    expect(await world.bothSay({ verdict: 'undone' }, named)).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
  });

  it('two stale looks with a correct look between them do not count as two looks', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    expect(await world.told(part)).toBe('200');
    world.looks.push(() => ({ kind: 'found', payment: before }));
    await world.webhook();
    expect((await world.payment()).shrunk).toBeDefined();
    await world.webhook();
    expect((await world.payment()).shrunk).toBeUndefined();
    world.nowMs += HOUR_MS;
    world.looks.push(() => ({ kind: 'found', payment: before }));
    expect(await world.bothSay({ verdict: 'undone' })).toBe('STILL_RESOLVABLE');
  });

  it('a refund that has not ended cannot be closed as undone', async () => {
    const world = await inDrift({ pgProvider: 'paypal_v2' });
    expect(await world.bothSay({ verdict: 'undone' })).toBe('INVALID_REQUEST');
  });
});
