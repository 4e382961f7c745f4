import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import {
  executed,
  inDrift,
  itemOf,
  juno,
  mina,
  OTHER,
  OURS,
  say,
  stillResolvable,
  UNCLEAR,
  type Given,
} from './drifting.ts';
import { entry, NOW, tagged, won } from './samples.ts';
import { kinds, QUIET_PERIOD_MS } from './small-world.ts';

describe('two people', () => {
  it('the first proposes, and nothing is decided yet', async () => {
    const small = inDrift();
    const result = await say(small, executed);
    const proposal = {
      verdict: 'executed',
      cancellationId: 'c1',
      evidence: executed.evidence,
      proposedBy: 'mina',
      proposedAtMs: NOW,
    };
    expect(result).toMatchObject({ kind: 'proposed', refund: { refundId: OURS, proposal } });
    expect(itemOf(small)?.pending).toMatchObject({ proposal, seq: 1, attempt: 1 });
    expect(kinds(small)).toContain('closing_proposed');
  });

  it('name it by imp_uid where a path cannot carry the order number', async () => {
    const small = inDrift();
    const { impUid = '' } = itemOf(small) ?? {};
    const named = { merchantUid: '-', impUid };
    expect(await say(small, named)).toMatchObject({ kind: 'proposed' });
    expect(await say(small, { ...named, impUid: 'imp_other', actor: juno })).toMatchObject({
      kind: 'refused',
    });
    expect(await say(small, { ...named, actor: juno })).toMatchObject({ kind: 'closed' });
  });

  it('the second, who says the same, closes it as executed: by the entry they name', async () => {
    const small = inDrift();
    await say(small, executed);
    const result = await say(small, { ...executed, actor: juno, evidence: 'seen too' });
    expect(result).toMatchObject({
      kind: 'closed',
      refund: {
        status: 'cancelled',
        attribution: 'people',
        decidedBy: 'people',
        cancellationId: 'c1',
        closing: { proposedBy: 'mina', approvedBy: 'juno', evidence: executed.evidence },
      },
    });
    expect(itemOf(small)).toMatchObject({ cancelAmount: 3_000 });
    expect(itemOf(small)?.pending).toBeUndefined();
    expect(kinds(small).slice(-2)).toEqual(['cancelled', 'closed']);
  });

  it('close it as not executed: rejected, and the balance is what the provider holds', async () => {
    const small = inDrift();
    await say(small);
    const result = await say(small, { actor: juno });
    expect(result).toMatchObject({
      kind: 'closed',
      refund: {
        status: 'rejected',
        rejection: { code: 'NOT_EXECUTED' },
        decidedBy: 'people',
        closing: { proposedBy: 'mina', approvedBy: 'juno' },
      },
    });
    expect(itemOf(small)).toMatchObject({ cancelAmount: 3_000 });
    expect(kinds(small).slice(-2)).toEqual(['rejected', 'closed']);
  });

  it('are two: the same person again only proposes again', async () => {
    const small = inDrift();
    await say(small);
    const again = await say(small, { evidence: 'called them' });
    expect(again).toMatchObject({ kind: 'proposed', refund: { proposal: { evidence: 'called them' } } });
    expect(await say(small, { evidence: 'called them' })).toMatchObject({ kind: 'proposed' });
    expect(small.store.writes.filter((write) => write === 'note')).toHaveLength(2);
    expect(itemOf(small)?.pending?.refundId).toBe(OURS);
  });

  it.each([
    ['another verdict', executed],
    ['another entry', { ...executed, cancellationId: 'c2' }],
  ])('who say different things do not close it: %s replaces the proposal', async (_what, second) => {
    const small = inDrift({ history: [UNCLEAR, entry(3_000, { cancellationId: 'c2' })] });
    await say(small, second === executed ? {} : executed);
    const result = await say(small, { ...second, actor: juno });
    expect(result).toMatchObject({ kind: 'proposed', refund: { proposal: { proposedBy: 'juno' } } });
    expect(kinds(small).filter((kind) => kind === 'closing_proposed')).toHaveLength(2);
  });

  it('are asked again when the request was sent again after the first had spoken', async () => {
    const small = inDrift({ inFlight: { claimedAtMs: NOW - 600_000, attempt: 2 } });
    const proposal = {
      verdict: 'not_executed',
      evidence: '',
      proposedBy: 'mina',
      proposedAtMs: NOW - 700_000,
    } as const;
    const item = itemOf(small);
    if (item?.pending !== undefined) small.store.put({ ...item, pending: { ...item.pending, proposal } });
    expect(await say(small, { actor: juno })).toMatchObject({
      kind: 'proposed',
      refund: { proposal: { proposedBy: 'juno' } },
    });
  });

  it('who repeat themselves afterwards are told that it is closed', async () => {
    const small = inDrift();
    await say(small, executed);
    await say(small, { ...executed, actor: juno });
    const writes = small.store.writes.length;
    for (const actor of [mina, juno]) {
      expect(await say(small, { ...executed, actor })).toMatchObject({
        kind: 'closed',
        refund: { status: 'cancelled', closing: { approvedBy: 'juno' } },
      });
    }
    expect(await say(small)).toEqual(stillResolvable);
    expect(small.store.writes).toHaveLength(writes);
  });

  it('take the balance along that the read has shown, already when the first speaks', async () => {
    const small = inDrift();
    const result = await say(small);
    expect(result).toMatchObject({
      payment: { cancelAmount: 3_000, pending: { proposal: { proposedBy: 'mina' } } },
    });
    expect(itemOf(small)?.cancelAmount).toBe(3_000);
  });
});

describe('nobody is asked', () => {
  it('when our tag stands there: it is settled, whatever the verdict says', async () => {
    const history = [tagged(3_000, OURS, { cancellationId: 'c1' })];
    const agreeing = inDrift({ history });
    expect(await say(agreeing, executed)).toMatchObject({
      kind: 'closed',
      refund: { status: 'cancelled', attribution: 'tag', decidedBy: 'read_back' },
    });
    const contradicting = inDrift({ history });
    expect(await say(contradicting)).toEqual(stillResolvable);
    expect(itemOf(contradicting)?.refunds.get(OURS)).toMatchObject({
      status: 'cancelled',
      attribution: 'tag',
    });
    expect(itemOf(contradicting)?.refunds.get(OURS)?.closing).toBeUndefined();
  });

  it.each<[string, Given]>([
    ['it is younger than fifteen minutes', { inFlight: { requestedAtMs: NOW - 5 * QUIET_PERIOD_MS } }],
    ['its last attempt may still be executed', { inFlight: { claimedAtMs: NOW - QUIET_PERIOD_MS } }],
    [
      'its last attempt may still be executed, although the provider has accepted it',
      { inFlight: { claimedAtMs: NOW - QUIET_PERIOD_MS, accepted: true } },
    ],
    ['it can be sent again', { history: [], inFlight: { amount: won(10_000) } }],
    ['it is certainly not executed', { history: [] }],
    ['others have used the balance', { history: [entry(3_000, { reason: CONSOLE_REASON })] }],
  ])('as long as the service can settle it by itself: %s', async (_why, given) => {
    const small = inDrift(given);
    expect(await say(small)).toEqual(stillResolvable);
    expect(small.store.writes).toEqual([]);
  });

  it('when the provider cannot be read', async () => {
    const small = inDrift();
    small.provider.onLookUp = () => ({ kind: 'failed', cause: 'time-out' });
    expect(await say(small)).toMatchObject({ refusal: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(small.store.writes).toEqual([]);
  });

  it('about a refund or an order that does not exist', async () => {
    const small = inDrift();
    for (const unknown of [{ refundId: OTHER }, { merchantUid: 'order_imp_2' }]) {
      expect(await say(small, unknown)).toEqual({ kind: 'refused', refusal: { code: 'PAYMENT_NOT_FOUND' } });
    }
  });

  it('about their own money', async () => {
    const small = inDrift({ item: { customerId: 'mina' } });
    expect(await say(small)).toEqual({ kind: 'refused', refusal: { code: 'FORBIDDEN' } });
  });
});
