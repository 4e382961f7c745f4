import { describe, expect, it } from 'vitest';
import type { CloseRequest, Said } from '../../../functions/protocol/close.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { elsewhereCancel } from '../../../functions/refund/ending.ts';
import { won } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const notExecuted: Said = { verdict: 'not_executed' };
const unlisted = (amount: number): Said => ({ verdict: 'executed_unlisted', amount });
const entries = (...ids: readonly string[]): Said => ({
  verdict: 'executed',
  entries: ids.map((cancellationId) => ({ cancellationId })),
});
const executed = entries('C1');
const undone: Said = { verdict: 'undone' };
const HOUR_MS = 3_600_000;
const failed = () => ({ kind: 'failed', cause: 'HTTP 502' }) as const;

/** A refund of 1,000 at a PG that drops reasons: executed, and its entry cannot be attributed. */
const inDrift = async () => ScriptedWorld.inDrift({ reasons: 'dropped' }, 'executed');

async function code(world: ScriptedWorld, said: Said, sub = 'mina', request: Partial<CloseRequest> = {}) {
  const result = await world.say(sub, said, request);
  return result.kind === 'refused' ? result.refusal.code : result.kind;
}

describe('closing by two people (row 10)', () => {
  it('the first person only proposes; a second one who says the same closes, and both are recorded', async () => {
    const world = await inDrift();
    const by = { sub: 'mina', person: 'mina' };
    const proposal = { said: executed, evidence: 'what the PG told mina', by };
    expect(await world.say('mina', executed)).toMatchObject({ kind: 'proposed', refund: { proposal } });
    expect(await world.requested()).toMatchObject({ proposal });
    expect(world.has('closing_proposed')).toBe(true);
    expect(await world.say('juno', executed, { evidence: 'seen too' })).toMatchObject({
      kind: 'closed',
      refund: {
        status: 'cancelled',
        attribution: 'people',
        decidedBy: 'people',
        entries: [{ cancellationId: 'C1' }],
        closing: {
          proposal: { by: { sub: 'mina' } },
          approval: { by: { sub: 'juno' }, evidence: 'seen too' },
        },
      },
    });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
    expect((await world.payment()).inFlight).toBeUndefined();
    expect(world.has('closed')).toBe(true);
    // Who repeats it is told that it is closed.
    const ended = { refundId: world.refundId() };
    expect(await code(world, executed, 'mina', ended)).toBe('closed');
    expect(await code(world, notExecuted, 'juno', ended)).toBe('STILL_RESOLVABLE');
  });

  it('a refund closed as not executed: the balance follows the provider, and the entry becomes a foreign cancel', async () => {
    const world = await inDrift();
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'not_executed', decidedBy: 'people' });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
    expect((await world.items()).filter(({ status }) => status === 'elsewhere')).toHaveLength(1);
  });

  it('people name an entry without a cancellation_id by its time and amount, and each entry once', async () => {
    const world = await ScriptedWorld.inDrift({ hasNoIds: true }, ({ provider, nowMs }) => {
      provider.cancelElsewhere(500, nowMs);
      provider.cancelElsewhere(300, nowMs);
    });
    // An entry listed twice counts once.
    world.shows = (payment) => ({
      ...payment,
      cancelHistory: payment.cancelHistory.flatMap((entry) => [entry, entry]),
    });
    const [first, second] = world.provider.books.map(({ cancelledAtMs = 0, amount }) => ({
      cancelledAtMs,
      amount,
    }));
    if (first === undefined || second === undefined) throw new Error('Bug: nothing was booked');
    const named = (...each: readonly (typeof first)[]): Said => ({ verdict: 'executed', entries: each });
    expect(await world.bothSay(named(first, first))).toBe('INVALID_REQUEST');
    expect(await world.bothSay(named(first, second))).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', executedAmount: 800 });
    expect(await world.payment()).toMatchObject({ cancelAmount: 800 });
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
  });

  it('people close a refund that is never listed with the PG’s amount; the next checksum uses i’mport’s balance', async () => {
    const world = await ScriptedWorld.inDrift({ pgProvider: 'paypal_v2' });
    expect(await world.bothSay(unlisted(1_000))).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', entries: [], attribution: 'people' });
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    await world.cancel({ ...part, idempotencyKey: 'next' });
    expect(world.sent.at(-1)).toMatchObject({ checksum: 10_000 });
  });

  it('a foreign cancel that people held for the refund counts again when the tag shows on another entry', async () => {
    const world = await inDrift();
    const payment = await world.payment();
    const provider = world.provider.snapshot();
    const [entry] = provider.cancelHistory;
    if (entry === undefined) throw new Error('Bug: nothing was booked');
    const foreign = elsewhereCancel(entry, { payment, provider, nowMs: world.nowMs });
    await world.world.ledger.write({ kind: 'elsewhere', payment, item: foreign }, 'token');
    expect(await world.bothSay(executed)).toBe('closed');
    expect(await world.refund(foreign.refundId)).toMatchObject({ status: 'attributed', revision: 1 });
    const ours = { ...entry, cancellationId: 'C2', reason: `[${world.refundId()}]` };
    world.shows = (shown) => ({
      ...shown,
      cancelAmount: won(2_000),
      cancelHistory: [...shown.cancelHistory, ours],
    });
    await world.webhook();
    expect(await world.refund()).toMatchObject({ corrected: true, entries: [ours] });
    const { paymentAfter: _after, ...told } = { ...foreign, revision: 2 };
    expect(await world.refund(foreign.refundId)).toMatchObject(told);
    expect(await world.refund(foreign.refundId)).not.toHaveProperty('attributedTo');
    expect(world.has('cancelled_elsewhere')).toBe(true);
    const listed = await world.world.ledger.refundsInOrder(payment, { limit: 9 });
    expect(listed.map(({ refundId }) => refundId)).toContain(foreign.refundId);
  });
});

describe('who says what', () => {
  it.for([
    ['the same token', { sub: 'mina', person: 'mina' }],
    ['the same person with another account', { sub: 'mina-2', person: 'ＭＩＮＡ' }],
    ['the same account under another name', { sub: 'MINA ', person: 'Mina Kim' }],
    ['the same name with what nobody sees', { sub: 'mina-3', person: 'mi\u200Bna' }],
  ])('two proposals by %s do not close a refund', async ([, person]) => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    const again = { person, evidence: 'called them again' } as Partial<CloseRequest>;
    expect(await code(world, notExecuted, 'x', again)).toBe('proposed');
    expect(await world.requested()).toMatchObject({ proposal: { evidence: 'called them again' } });
  });

  it('a person who repeats the same proposal changes nothing', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    world.intercept('note', () => {
      throw new Error('must not be written');
    });
    expect(await code(world, notExecuted)).toBe('proposed');
  });

  it('two different proposals do not close a refund, and the second person sees the first proposal', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    expect(await world.say('juno', executed)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'PROPOSAL_DIFFERS', proposedBy: 'mina', verdict: 'not_executed' },
    });
    expect(await world.requested()).toMatchObject({ proposal: { by: { sub: 'mina' } } });
  });

  it('a proposal expires after a day, and the next one starts again', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    world.nowMs += 24 * HOUR_MS;
    expect(await code(world, notExecuted, 'juno')).toBe('proposed');
    expect(await world.requested()).toMatchObject({ proposal: { by: { sub: 'juno' } } });
  });

  it.for<[string, string, Partial<CloseRequest>, string?]>([
    ['an unknown refund', 'REFUND_NOT_FOUND', { refundId: 'rf_none' }],
    ['a refund of an unknown order', 'PAYMENT_NOT_FOUND', { merchantUid: 'unknown' }],
    ['a refund, by a machine', 'PERSON_CLAIM_MISSING', { person: undefined }],
    ['a refund of an unknown imp_uid', 'PAYMENT_NOT_FOUND', { impUid: 'imp_other' }],
    ['a refund of their own money', 'FORBIDDEN', {}, 'customer'],
  ])('nobody closes %s', async ([, told, request, sub]) => {
    expect(await code(await inDrift(), executed, sub, request)).toBe(told);
  });
});

describe('closing is refused or not needed', () => {
  const partly = ({ provider, sent, nowMs }: ScriptedWorld) =>
    void provider.process(sent[0]!, nowMs, { part: won(400) });
  const settled = { status: 'cancelled', attribution: 'tag' };
  const waiting = { status: 'requested' };

  it.for<[string, Parameters<typeof ScriptedWorld.inDoubt>[1], Said, string, object]>([
    ['its tag is in the history, which settles it', 'executed', executed, 'closed', settled],
    ['its tag is in the history, whatever they say', 'executed', notExecuted, 'STILL_RESOLVABLE', settled],
    ['two looks can decide it', 'lost', notExecuted, 'STILL_RESOLVABLE', waiting],
    ['a part of it is listed with our tag', partly, notExecuted, 'STILL_RESOLVABLE', waiting],
    ['they leave that part out', partly, unlisted(1_000), 'INVALID_REQUEST', waiting],
  ])('people do not close a refund when %s', async ([, becomes, said, told, refund]) => {
    const world = await ScriptedWorld.inDoubt({}, becomes);
    world.driftComes();
    expect(await code(world, said)).toBe(told);
    expect(await world.refund()).toMatchObject(refund);
    expect(await world.refund()).not.toHaveProperty('closing');
  });

  it('a refund younger than five quiet periods cannot be closed, and none is closed as undone', async () => {
    const world = await ScriptedWorld.inDoubt({ pgProvider: 'paypal_v2' });
    world.nowMs += 900_000;
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
    world.nowMs += 1;
    expect(await code(world, undone)).toBe('INVALID_REQUEST');
    expect(await code(world, notExecuted)).toBe('proposed');
  });

  it('when the provider shows another payment, people may close only as not executed', async () => {
    const world = await inDrift();
    world.shows = (payment) => ({ ...payment, impUid: 'imp_another' });
    expect(await code(world, executed)).toBe('PAYMENT_MISMATCH');
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
  });

  it('people may not name an entry that the look before the send had seen', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    // Its time is later than the claim because the PG's clock is ahead.
    world.provider.cancelElsewhere(1_000, world.nowMs + 60_000);
    await world.webhook();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(part)).toBe('202');
    expect(await world.twoLooks()).toBe('waiting');
    world.driftComes();
    expect(await world.bothSay(executed)).toBe('INVALID_REQUEST');
    expect((await world.requested()).proposal).toBeUndefined();
    expect(await world.bothSay(entries('C2'))).toBe('closed');
  });
});

describe('a payment that can no longer be read', () => {
  it.for([
    ['executed', unlisted(1_000), '200'],
    ['not executed', notExecuted, 'NOT_EXECUTED'],
  ] as const)('can be closed as %s twenty quiet periods later, and not before', async ([, said, told]) => {
    const world = await ScriptedWorld.inDoubt();
    world.looks.push(...Array.from({ length: 12 }, () => failed));
    world.nowMs += 60_000;
    expect(await world.look()).toBe('provider_unavailable');
    world.nowMs += HOUR_MS - 1_000;
    expect(await world.look()).toBe('drift');
    expect(await world.bothSay(said)).toBe('PROVIDER_UNAVAILABLE');
    world.nowMs += 1_000;
    expect(await world.bothSay(executed)).toBe('INVALID_REQUEST');
    expect(await world.bothSay(said)).toBe('closed');
    expect(await world.told(part)).toBe(told);
  });

  it('the twenty quiet periods are counted from the last readable answer', async () => {
    const world = await ScriptedWorld.inDoubt({ pgProvider: 'paypal_v2' });
    world.looks.push(failed);
    await world.look();
    world.nowMs += HOUR_MS;
    expect(await world.look()).toBe('drift');
    world.looks.push(failed);
    expect(await world.bothSay(notExecuted)).toBe('PROVIDER_UNAVAILABLE');
  });
});

describe('a closing that races', () => {
  it('when the resolver settles first, its proof stands, and a person who agrees is told success', async () => {
    const world = await inDrift();
    await world.say('mina', executed);
    world.shows = (payment) => ({
      ...payment,
      cancelHistory: payment.cancelHistory.map((entry) => ({ ...entry, reason: `[${world.refundId()}]` })),
    });
    const [, second] = await Promise.all([world.look(), world.say('juno', executed)]);
    expect(second).toMatchObject({ kind: 'closed', refund: { attribution: 'tag' } });
    expect(world.has('closed')).toBe(false);
  });

  it('when the table’s answer to the closing is lost, the result is read from the table', async () => {
    const world = await inDrift();
    world.intercept('note', ({ apply }) => {
      apply();
      throw new StoreError('no answer', { isKnownNotApplied: false });
    });
    expect(await code(world, notExecuted)).toBe('proposed');
    world.intercept('finish', () => {
      throw new StoreError('no answer', { isKnownNotApplied: false });
    });
    expect(await code(world, notExecuted, 'juno')).toBe('STORE_UNAVAILABLE');
    world.table.arrives = ({ apply }) => apply();
    expect(await code(world, notExecuted, 'juno')).toBe('closed');
  });
});

describe('a cancel that the PG undid (row 11)', () => {
  it('is closed as undone after two looks, and only then the money can be refunded again', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 2_000, idempotencyKey: 'a' })).toBe('200');
    expect(await world.told({ amount: 3_000, idempotencyKey: 'b' })).toBe('200');
    world.provider.undo();
    world.provider.undo();
    const close = async (key: string) => world.bothSay(undone, { refundId: world.refundId(key) });
    expect(await close('a')).toBe('STILL_RESOLVABLE');
    // R is below L, so nothing is sent.
    expect(await world.told({ idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    world.nowMs += 29_000;
    expect(await close('a')).toBe('STILL_RESOLVABLE');
    world.nowMs += 1_000;
    expect(await close('a')).toBe('closed');
    expect(await close('a')).toBe('closed');
    expect(await world.refund(world.refundId('a'))).toMatchObject({
      status: 'cancelled',
      undone: { proposal: { by: { sub: 'mina' } } },
    });
    // The PG undid another one, too.
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect(await world.told({ idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    expect(await close('b')).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    expect((await world.payment()).shrunk).toBeUndefined();
    expect(await world.told({ idempotencyKey: 'again' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ amount: 10_000, checksum: 10_000 });
  });

  it('a foreign cancel can be closed as undone, too', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(1_000, world.nowMs);
    await world.webhook();
    const [item] = await world.items();
    world.provider.undo();
    await world.webhook();
    world.nowMs += 31_000;
    expect(await world.bothSay(undone, { refundId: item?.refundId ?? '' })).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
  });

  it('two stale looks with a correct look between them do not count as two looks', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    expect(await world.told(part)).toBe('200');
    world.looks.push(() => ({ kind: 'found', payment: before }));
    await world.webhook();
    expect((await world.payment()).shrunk).toBeDefined();
    world.nowMs += HOUR_MS;
    expect(await code(world, undone)).toBe('STILL_RESOLVABLE');
    expect((await world.payment()).shrunk).toBeUndefined();
    world.nowMs += HOUR_MS;
    world.looks.push(() => ({ kind: 'found', payment: before }));
    expect(await world.bothSay(undone)).toBe('STILL_RESOLVABLE');
  });
});
