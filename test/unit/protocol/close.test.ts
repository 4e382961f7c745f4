import { describe, expect, it } from 'vitest';
import type { CloseRequest, Said } from '../../../functions/protocol/close.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { IMP_UID, won } from '../../support/ledger-samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const executed: Said = { verdict: 'executed', entries: [{ cancellationId: 'C1' }] };
const notExecuted: Said = { verdict: 'not_executed' };
const HOUR_MS = 3_600_000;

/** A refund of 3,000 at a PG that drops reasons: executed, and nobody can say whose the entry is. */
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

describe('two people (row 10)', () => {
  it('the first proposes, and nothing is decided yet', async () => {
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

  it('the second, who says the same, closes it; both stand in the record', async () => {
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

  it('close it as not executed: the balance is what the provider holds, and the entry is others’', async () => {
    const world = await inDrift();
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'not_executed', decidedBy: 'people' });
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect((await world.items()).filter(({ status }) => status === 'elsewhere')).toHaveLength(1);
  });

  it('find it by imp_uid where a path cannot carry the order number', async () => {
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
  ])('are two: %s only proposes again', async (_who, person) => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    expect(await code(world, notExecuted, 'x', { person, evidence: 'called them again' })).toBe('proposed');
    expect(await world.requested()).toMatchObject({ proposal: { evidence: 'called them again' } });
  });

  it('the same person who says the same again changes nothing', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    world.intercept('note', () => {
      throw new Error('must not be written');
    });
    expect(await code(world, notExecuted)).toBe('proposed');
  });

  it('who say different things do not close it: the second is told who said what', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    expect(await world.say('juno', executed)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'PROPOSAL_DIFFERS', proposedBy: 'mina', verdict: 'not_executed' },
    });
    expect(await world.requested()).toMatchObject({ proposal: { by: { sub: 'mina' } } });
  });

  it('a proposal waits for a day, and then begins anew', async () => {
    const world = await inDrift();
    await world.say('mina', notExecuted);
    world.nowMs += 24 * HOUR_MS;
    expect(await code(world, notExecuted, 'juno')).toBe('proposed');
    expect(await world.requested()).toMatchObject({ proposal: { by: { sub: 'juno' } } });
  });

  it('of two who speak at once, one reads the other’s word first', async () => {
    const world = await inDrift();
    const both = await Promise.all([world.say('mina', notExecuted), world.say('juno', executed)]);
    expect(both.filter(({ kind }) => kind === 'proposed')).toHaveLength(1);
  });

  it('who repeat themselves afterwards are told that it is closed', async () => {
    const world = await inDrift();
    expect(await world.bothSay(executed)).toBe('closed');
    const ended = { refundId: world.refundId() };
    expect(await code(world, executed, 'mina', ended)).toBe('closed');
    expect(await code(world, executed, 'juno', ended)).toBe('closed');
    expect(await code(world, notExecuted, 'juno', ended)).toBe('STILL_RESOLVABLE');
  });
});

describe('nobody is asked', () => {
  it('when our tag stands there: it is settled, whatever the verdict says', async () => {
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

  it('while it is younger than five quiet periods', async () => {
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
  ])('where two looks of the service decide: %s', async (_why, happens) => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 3_000 })).toBe('202');
    happens(world);
    world.driftComes();
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
  });

  it('when a part of it stands there with our tag, and they say that nothing was executed', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { part: won(400) });
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.driftComes();
    expect(await code(world, notExecuted)).toBe('STILL_RESOLVABLE');
  });

  it('about a refund or an order that does not exist, and about a machine’s word', async () => {
    const world = await inDrift();
    expect(await code(world, executed, 'mina', { refundId: 'rf_none' })).toBe('REFUND_NOT_FOUND');
    expect(await code(world, executed, 'mina', { merchantUid: 'unknown' })).toBe('PAYMENT_NOT_FOUND');
    expect(await code(world, executed, 'mina', { person: undefined })).toBe('PERSON_CLAIM_MISSING');
  });

  it('about their own money', async () => {
    const world = await inDrift();
    expect(await code(world, executed, 'customer')).toBe('FORBIDDEN');
  });

  it('against what the provider holds of another payment, but for saying that nothing was executed', async () => {
    const world = await inDrift();
    world.shows = (payment) => ({ ...payment, impUid: 'imp_another' });
    expect(await code(world, executed)).toBe('PAYMENT_MISMATCH');
    expect(await world.bothSay(notExecuted)).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
  });
});

describe('a race', () => {
  it('with the resolver: its proof stands, and whoever agrees is told so', async () => {
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

  it('with a lost answer: what was said is told as it stands in the table', async () => {
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
