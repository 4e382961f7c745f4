import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import {
  executed,
  inDrift,
  itemOf,
  juno,
  OTHER,
  OURS,
  say,
  stillResolvable,
  UNCLEAR,
  type Given,
} from './drifting.ts';
import { cancelled, entry, held, listed, records, rejected, tagged, won } from './samples.ts';
import { kinds } from './small-world.ts';

describe('an exit is always there', () => {
  it('beside other refunds that were cancelled: only their own entries are taken', async () => {
    const theirs = cancelled(OTHER, 1_000, { cancellationId: 'c0' });
    const history = [entry(1_000, { cancellationId: 'c0' }), UNCLEAR];
    const small = inDrift({ history, item: { refunds: records(theirs) } });
    expect(await say(small, { ...executed, cancellationId: 'c0' })).toMatchObject({
      refusal: { code: 'INVALID_REQUEST' },
    });
    await say(small, executed);
    expect(await say(small, { ...executed, actor: juno })).toMatchObject({
      kind: 'closed',
      refund: { status: 'cancelled', cancellationId: 'c1' },
    });
  });

  it('when the answer to what was said is lost: it is told as it stands in the table', async () => {
    const small = inDrift();
    const write = small.store.write.bind(small.store);
    small.store.write = async (asked) => {
      await write(asked);
      throw new StoreError('no answer', { mayHaveBeenApplied: true });
    };
    expect(await say(small)).toMatchObject({
      kind: 'proposed',
      refund: { proposal: { proposedBy: 'mina', verdict: 'not_executed' } },
    });
    small.store.write = async () => Promise.reject(new StoreError('no answer', { mayHaveBeenApplied: true }));
    await expect(say(small, { ...executed, actor: juno })).rejects.toThrow(StoreError);
    expect(itemOf(small)?.pending?.proposal?.proposedBy).toBe('mina');
  });

  it('when a PG has accepted and never booked: people who know may say that it will not come', async () => {
    const small = inDrift({ history: [], inFlight: { accepted: true } });
    await say(small);
    expect(await say(small, { actor: juno })).toMatchObject({
      kind: 'closed',
      refund: { status: 'rejected' },
    });
  });

  it('when the provider does not know the payment any more', async () => {
    const small = inDrift();
    small.provider.payments.clear();
    await say(small);
    expect(await say(small, { actor: juno })).toMatchObject({
      kind: 'closed',
      refund: { status: 'rejected' },
    });
    expect(itemOf(small)?.cancelAmount).toBe(0);
  });

  it('when the item is not what the provider holds: its facts stay as they are', async () => {
    const small = inDrift({ item: { amount: won(9_000) } });
    await say(small, executed);
    expect(await say(small, { ...executed, actor: juno })).toMatchObject({ kind: 'closed' });
    expect(itemOf(small)).toMatchObject({ amount: 9_000, cancelAmount: 0 });
  });

  const unreadable = (...refundIds: readonly string[]) =>
    ({ kind: 'failed', cause: 'unreadable payment', unreadable: { impUid: 'imp_1', refundIds } }) as const;

  it('when nobody can read what the provider holds of it: people who asked the PG may say that it was not done', async () => {
    const small = inDrift();
    small.provider.onLookUp = () => unreadable(OTHER);
    expect(await say(small)).toMatchObject({ kind: 'proposed' });
    expect(await say(small, { actor: juno })).toMatchObject({
      kind: 'closed',
      refund: { status: 'rejected' },
    });
    expect(itemOf(small)?.cancelAmount).toBe(0);
  });

  it.each([
    ['our tag stands in what cannot be read', unreadable(OURS)],
    [
      'it is another payment that cannot be read',
      { ...unreadable(), unreadable: { impUid: 'imp_2', refundIds: [] } },
    ],
    ['the provider cannot be reached', { kind: 'failed', cause: 'TimeoutError' } as const],
  ])('but not while %s', async (_why, look) => {
    const small = inDrift();
    small.provider.onLookUp = () => look;
    expect(await say(small)).toMatchObject({ refusal: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(itemOf(small)?.pending?.proposal).toBeUndefined();
  });

  it('but never against our tag, also where the item is not what the provider holds', async () => {
    const history = [tagged(3_000, OURS, { cancellationId: 'c1' })];
    const small = inDrift({ history, item: { amount: won(9_000) } });
    expect(await say(small)).toEqual(stillResolvable);
    expect(await say(small, executed)).toMatchObject({ kind: 'proposed' });
  });
});

describe('the entry that people name', () => {
  it.each<[string, Given]>([
    ['is not in the history', { history: [entry(3_000, { cancellationId: 'c9' })] }],
    [
      'bears the tag of another refund',
      { history: [UNCLEAR, tagged(3_000, OTHER, { cancellationId: 'c1' })].slice(1).concat(entry(3_000)) },
    ],
    [
      'belongs to another refund already',
      {
        item: { refunds: records(cancelled(OTHER, 3_000, { cancellationId: 'c1', attribution: 'answer' })) },
      },
    ],
  ])('is refused when it %s', async (_why, given) => {
    const small = inDrift(given);
    const result = await say(small, executed);
    expect(result).toMatchObject({
      kind: 'refused',
      refusal: { code: 'INVALID_REQUEST', errors: [{ pointer: '/cancellation_id' }] },
    });
    expect(itemOf(small)?.pending?.proposal).toBeUndefined();
  });

  it('is refused when the provider answers with another payment: its history is not of this one', async () => {
    const small = inDrift();
    small.provider.onLookUp = () => ({ kind: 'found', payment: listed('imp_2', [UNCLEAR]) });
    expect(await say(small, executed)).toMatchObject({ refusal: { code: 'INVALID_REQUEST' } });
  });
});

describe('a race', () => {
  it('with the resolver: its proof stands, and an agreeing voice is told so', async () => {
    const small = inDrift();
    await say(small, executed);
    small.store.beforeWrite = () => {
      const refunds = records(cancelled(OURS, 3_000, { cancellationId: 'c1' }));
      const { pending: _settled, ...rest } = held(listed('imp_1', [UNCLEAR]), { refunds, seq: 1 });
      small.store.put(rest);
    };
    expect(await say(small, { ...executed, actor: juno })).toMatchObject({
      kind: 'closed',
      refund: { attribution: 'tag' },
    });
    expect(kinds(small)).not.toContain('closed');
  });

  it('with another attempt: what the two judged is not what is in doubt now', async () => {
    const small = inDrift();
    await say(small);
    small.store.beforeWrite = () => {
      const item = itemOf(small);
      if (item?.pending !== undefined) small.store.put({ ...item, pending: { ...item.pending, attempt: 2 } });
    };
    expect(await say(small, { actor: juno })).toEqual(stillResolvable);
    expect(itemOf(small)?.refunds.size).toBe(0);
  });

  it('with one who was first to propose at the end of it: rejected meanwhile is what not executed asks for', async () => {
    const small = inDrift();
    small.store.beforeWrite = () => {
      const refunds = records(rejected(OURS, 3_000));
      small.store.put(held(listed('imp_1', [UNCLEAR]), { refunds, seq: 1 }));
    };
    expect(await say(small)).toMatchObject({ kind: 'closed', refund: { status: 'rejected' } });
  });
});
