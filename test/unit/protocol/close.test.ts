import { describe, expect, it } from 'vitest';
import type { CloseRequest, Said } from '../../../functions/protocol/close.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { elsewhereCancel } from '../../../functions/refund/ending.ts';
import { IMP_UID, won } from '../../support/ledger-samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const executed: Said = { verdict: 'executed', entries: [{ cancellationId: 'C1' }] };
const notExecuted: Said = { verdict: 'not_executed' };
const HOUR_MS = 3_600_000;

/** A refund of 3,000 at a PG that drops reasons: executed, and its entry cannot be attributed. */
async function inDrift(): Promise<ScriptedWorld> {
  const world = new ScriptedWorld({ reasons: 'dropped' });
  world.cancels.push((call) => world.bookAndLose(call));
  expect(await world.told({ amount: 3_000 })).toBe('202');
  world.quietPeriodPasses();
  expect(await world.look()).toBe('waiting');
  world.driftComes();
  return world;
}

async function code(world: ScriptedWorld, said: Said, sub = 'mina', request: Partial<CloseRequest> = {}) {
  const result = await world.say(sub, said, request);
  return result.kind === 'refused' ? result.refusal.code : result.kind;
}

describe('closing by two people (row 10)', () => {
  it('the first person only proposes, and nothing is decided', async () => {
    const world = await inDrift();
    const proposal = {
      said: executed,
      evidence: 'what the PG told mina',
      by: { sub: 'mina', person: 'mina' },
    };
    expect(await world.say('mina', executed)).toMatchObject({
      kind: 'proposed',
      payment: { cancelAmount: 3_000 },
      refund: { proposal },
    });
    expect(await world.requested()).toMatchObject({ proposal });
    expect(world.has('closing_proposed')).toBe(true);
  });

  it('a second person who says the same closes the refund, and both are recorded', async () => {
    const world = await inDrift();
    await world.say('mina', executed);
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
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect((await world.payment()).inFlight).toBeUndefined();
    expect(world.events.slice(-3).map(({ event }) => event)).toContain('closed');
  });

  it('a foreign cancel that people wrongly held for the refund counts again when the tag shows on another entry', async () => {
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
      cancelAmount: won(6_000),
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

  it('two people close a refund as not executed: the balance follows the provider, and the entry becomes a foreign cancel', async () => {
    const world = await inDrift();
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'not_executed', decidedBy: 'people' });
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect((await world.items()).filter(({ status }) => status === 'elsewhere')).toHaveLength(1);
  });

  it('two people may name the refund by imp_uid when a path cannot carry the order number', async () => {
    const world = await inDrift();
    const { merchantUid: _none, ...byImpUid } = { merchantUid: '', impUid: IMP_UID };
    expect(await code(world, executed, 'mina', { merchantUid: '-', ...byImpUid })).toBe('proposed');
    expect(await code(world, executed, 'juno', { merchantUid: '-', impUid: 'imp_other' })).toBe(
      'PAYMENT_NOT_FOUND',
    );
    expect(await code(world, executed, 'juno', { merchantUid: '-', ...byImpUid })).toBe('closed');
  });

  it.each([
    ['the same token', { sub: 'mina', person: 'mina' }],
    ['the same person with another account', { sub: 'mina-2', person: 'ＭＩＮＡ' }],
    ['the same account under another name', { sub: 'MINA ', person: 'Mina Kim' }],
    ['the same name with what nobody sees', { sub: 'mina-3', person: 'mi\u200Bna' }],
  ])('two proposals by %s do not close a refund', async (_who, person) => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    expect(await code(world, notExecuted, 'x', { person, evidence: 'called them again' })).toBe('proposed');
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

  it('when two people propose at once, one of them sees the other’s proposal and closes the refund', async () => {
    const world = await inDrift();
    const both = await Promise.all([world.say('mina', notExecuted), world.say('juno', executed)]);
    expect(both.filter(({ kind }) => kind === 'proposed')).toHaveLength(1);
  });

  it('people who repeat their words after the closing are told that it is closed', async () => {
    const world = await inDrift();
    expect(await world.bothSay(executed)).toBe('closed');
    const ended = { refundId: world.refundId() };
    expect(await code(world, executed, 'mina', ended)).toBe('closed');
    expect(await code(world, executed, 'juno', ended)).toBe('closed');
    expect(await code(world, notExecuted, 'juno', ended)).toBe('STILL_RESOLVABLE');
  });
});

describe('closing is refused or not needed', () => {
  it('a refund whose tag is in the history is settled, whatever people say', async () => {
    for (const [said, told] of [
      [executed, 'closed'],
      [notExecuted, 'STILL_RESOLVABLE'],
    ] as const) {
      const world = new ScriptedWorld();
      world.cancels.push((call) => world.bookAndLose(call));
      expect(await world.told({ amount: 3_000 })).toBe('202');
      world.driftComes();
      expect(await code(world, said)).toBe(told);
      expect(await world.refund()).toMatchObject({ status: 'cancelled', attribution: 'tag' });
      expect(await world.refund()).not.toHaveProperty('closing');
    }
  });

  it('a refund younger than five quiet periods cannot be closed', async () => {
    const world = new ScriptedWorld({ pgProvider: 'paypal_v2' });
    world.cancels.push(lost);
    const requestedAtMs = world.nowMs;
    expect(await world.told({ amount: 3_000 })).toBe('202');
    world.nowMs = requestedAtMs + 900_000;
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
    world.nowMs += 1;
    expect(await code(world, notExecuted)).toBe('proposed');
  });

  it.each([
    ['nothing of it is found', () => undefined],
    [
      'others have used the balance',
      (world: ScriptedWorld) => world.provider.consoleCancel(3_000, world.nowMs),
    ],
  ])('a refund that two looks can decide cannot be closed: %s', async (_why, happens) => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 3_000 })).toBe('202');
    happens(world);
    world.driftComes();
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
  });

  it('people cannot close a refund as not executed when a part of it is listed with our tag', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { part: won(400) });
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.driftComes();
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
  });

  it('people cannot close an unknown refund or order, and a machine cannot close at all', async () => {
    const world = await inDrift();
    expect(await code(world, executed, 'mina', { refundId: 'rf_none' })).toBe('REFUND_NOT_FOUND');
    expect(await code(world, executed, 'mina', { merchantUid: 'unknown' })).toBe('PAYMENT_NOT_FOUND');
    expect(await code(world, executed, 'mina', { person: undefined })).toBe('PERSON_CLAIM_MISSING');
  });

  it('staff cannot close a refund of their own money', async () => {
    const world = await inDrift();
    expect(await code(world, executed, 'customer')).toBe('FORBIDDEN');
  });

  it('when the provider shows another payment, people may close only as not executed', async () => {
    const world = await inDrift();
    world.shows = (payment) => ({ ...payment, impUid: 'imp_another' });
    expect(await code(world, executed)).toBe('PAYMENT_MISMATCH');
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
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
