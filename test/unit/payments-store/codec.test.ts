import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyFromItem, historyToItem } from '../../../functions/payments-store/history-item.ts';
import { pendingFromItem, pendingToItem } from '../../../functions/payments-store/pending-item.ts';
import { finalFromItem, finalToItem } from '../../../functions/payments-store/refund-item.ts';
import type { Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import {
  bucket,
  cancelEntry,
  currency,
  finalRefund,
  pendingRefund,
  providerPayment,
  time,
} from '../../support/stored-arbitraries.ts';
import { tableForTests } from '../../support/table-for-tests.ts';
import { TwoTables } from '../../support/two-tables.ts';

/** As an item travels: through DynamoDB's own notation. */
function travelled(value: unknown): unknown {
  return unmarshall(marshall({ value }))['value'];
}

describe('what is written to an item is what is read back, every optional field of it', () => {
  it('of a refund in flight', () => {
    fc.assert(
      fc.property(pendingRefund, currency, (pending, inCurrency) => {
        const item = travelled(pendingToItem(pending, inCurrency));
        expect(pendingFromItem(item, inCurrency)).toEqual(pending);
      }),
    );
  });

  it('of a finished refund', () => {
    fc.assert(
      fc.property(finalRefund, currency, (refund, inCurrency) => {
        const item = travelled(finalToItem(refund, inCurrency));
        expect(finalFromItem(refund.refundId, item, inCurrency)).toEqual(refund);
      }),
    );
  });

  it('of a history', () => {
    fc.assert(
      fc.property(fc.array(cancelEntry, { maxLength: 5 }), currency, (history, inCurrency) => {
        const item = travelled(historyToItem(history, inCurrency));
        expect(historyFromItem(item, inCurrency)).toEqual(history);
      }),
    );
  });
});

const table = await tableForTests();

describe('through the store, in memory and on a table', () => {
  let orders = 0;
  /** Each case on an order of its own. */
  function unique(provider: ProviderPayment): ProviderPayment {
    orders += 1;
    return { ...provider, merchantUid: `${orders} ${provider.merchantUid}` };
  }

  function known(payment: Payment | 'condition_failed'): Payment {
    if (payment === 'condition_failed') throw new Error('the condition did not hold');
    return payment;
  }

  type Ours = Exclude<keyof Payment, keyof ProviderPayment>;
  const ours: ReadonlySet<string> = new Set<Ours>([
    'completeness',
    'pending',
    'refunds',
    'seq',
    'bucket',
    'heardAtMs',
    'stored',
  ]);

  /** What is the provider's word in it. */
  function factsOf(payment: Payment): object {
    return Object.fromEntries(Object.entries(payment).filter(([name]) => !ours.has(name)));
  }

  it('a payment is read as the provider told it, and a refund as it was claimed, noted and finished', async () => {
    const life = fc.record({
      provider: providerPayment,
      pending: pendingRefund,
      noted: pendingRefund,
      refund: finalRefund,
      tokens: bucket,
      heardAtMs: time,
    });
    await fc.assert(
      fc.asyncProperty(life, async ({ provider: told, pending, noted, refund, tokens, heardAtMs }) => {
        const provider = unique(told);
        const tables = new TwoTables(table);
        const inserted = known(await tables.write({ kind: 'insert', provider }));
        expect(factsOf(inserted)).toEqual(provider);
        expect((await tables.order(provider.merchantUid)).payments).toEqual([inserted]);

        const claim = { kind: 'claim', payment: inserted, pending, bucket: tokens, evict: [] } as const;
        const claimed = known(await tables.write(claim));
        expect(claimed).toMatchObject({ pending, bucket: tokens, seq: pending.seq });
        expect(factsOf(claimed)).toEqual(provider);

        const heard = known(await tables.write({ kind: 'hear', payment: claimed, atMs: heardAtMs }));
        expect(heard.heardAtMs).toBe(heardAtMs);

        const { refundId, seq, attempt, claimId } = pending;
        const same = { ...noted, refundId, seq, attempt, claimId };
        const after = known(await tables.write({ kind: 'note', payment: heard, pending: same }));
        expect(after.pending).toEqual(same);

        const guard = { seq };
        // What was accepted is rejected by nobody but people.
        const decidedBy = same.accepted ? 'people' : refund.decidedBy;
        const final = { ...refund, refundId, seq, decidedBy };
        const finish = { kind: 'finish', payment: after, guard, refund: final, keepBalance: true } as const;
        expect(known(await tables.write(finish)).refunds.get(refundId)).toEqual(final);
        await tables.item(provider);
      }),
      { numRuns: 30 },
    );
  });

  it('a finish takes over what the provider tells of its cancel', async () => {
    const story = fc.record({
      before: providerPayment,
      after: providerPayment,
      pending: pendingRefund,
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ before: first, after, pending }) => {
        const before = unique(first);
        const tables = new TwoTables(table);
        const inserted = known(await tables.write({ kind: 'insert', provider: before }));
        const { merchantUid, impUid, currency: same, amount } = before;
        const cancelAmount =
          after.cancelAmount > before.cancelAmount ? after.cancelAmount : before.cancelAmount;
        const provider = { ...after, merchantUid, impUid, currency: same, amount, cancelAmount };
        const claimed = known(await tables.write({ kind: 'claim', payment: inserted, pending, evict: [] }));
        const refund = {
          ...pending,
          status: 'not_executed',
          cause: '',
          finishedAtMs: 1,
          decidedBy: 'answer',
        } as const;
        const guard = { seq: pending.seq };
        const write = {
          kind: 'finish',
          payment: claimed,
          guard,
          refund,
          provider,
          keepBalance: false,
        } as const;
        const finished = known(await tables.write(write));
        const { status, cancelledAtMs, cancelReason, cancelHistory } = provider;
        // `toEqual` takes what is undefined for absent.
        const told = { status, cancelAmount, cancelledAtMs, cancelReason, cancelHistory };
        expect(factsOf(finished)).toEqual({ ...before, ...told });
        expect((await tables.order(merchantUid)).payments.map(factsOf)).toEqual([factsOf(finished)]);
      }),
      { numRuns: 30 },
    );
  });
});
