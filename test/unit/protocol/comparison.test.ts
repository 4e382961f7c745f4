import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import { comparePayment, contradicts, makesPaidTwice } from '../../../functions/refund/reconciliation.ts';
import {
  cancelled,
  entry,
  held,
  listed,
  pending,
  records,
  refundId,
  rejected,
  tagged,
  won,
} from './samples.ts';

const OURS = refundId('a');
const OTHER = refundId('b');

/** The item as row 8 has booked it. */
function compare(provider: ProviderPayment, fields: Partial<Payment> = {}) {
  const { explained, unexplained, findings } = comparePayment(held(provider, fields), provider);
  return { explained, unexplained, kinds: findings.map(({ kind }) => kind) };
}

const allExplained = (amount: number) => ({ explained: amount, unexplained: 0, kinds: [] });

describe('an entry is explained', () => {
  it('when it bears the tag of a refund that the table holds as cancelled', () => {
    expect(
      compare(listed('imp_1', [tagged(3_000, OURS)]), { refunds: records(cancelled(OURS, 3_000)) }),
    ).toEqual(allExplained(3_000));
  });

  it('when it bears the tag of the refund in flight, which the resolver settles', () => {
    expect(compare(listed('imp_1', [tagged(3_000, OURS)]), { pending: pending(OURS, 3_000) })).toEqual(
      allExplained(3_000),
    );
  });

  it('when a PG has dropped its tag and its cancellation_id is that of a record', () => {
    const refunds = records(cancelled(OURS, 3_000, { cancellationId: 'c1', attribution: 'answer' }));
    expect(compare(listed('imp_1', [entry(3_000, { cancellationId: 'c1' })]), { refunds })).toEqual(
      allExplained(3_000),
    );
  });

  it("when it bears no tag and is booked: the console's, or another tool's", () => {
    const history = [entry(1_000, { reason: CONSOLE_REASON }), entry(2_000, { reason: '반품' }), entry(500)];
    expect(compare(listed('imp_1', history))).toEqual(allExplained(3_500));
  });

  it('in parts, when a PG splits one refund into several entries', () => {
    const history = [tagged(1_000, OURS), tagged(2_000, OURS)];
    expect(compare(listed('imp_1', history), { refunds: records(cancelled(OURS, 3_000)) })).toEqual(
      allExplained(3_000),
    );
  });

  it('whatever its amount, when two people have said that it is the refund', () => {
    const refunds = records(cancelled(OURS, 3_000, { cancellationId: 'c1', attribution: 'people' }));
    expect(compare(listed('imp_1', [entry(3_300, { cancellationId: 'c1' })]), { refunds })).toEqual(
      allExplained(3_300),
    );
  });
});

describe('unexplained is', () => {
  it('an entry with a tag that this payment has never given out', () => {
    const provider = listed('imp_1', [tagged(3_000, OTHER), entry(1_000)]);
    expect(compare(provider)).toEqual({ explained: 1_000, unexplained: 3_000, kinds: ['foreign_tag'] });
  });

  it('an entry with the tag of a refund that the table still calls rejected', () => {
    const provider = listed('imp_1', [tagged(3_000, OURS)]);
    expect(compare(provider, { refunds: records(rejected(OURS, 3_000)) })).toMatchObject({
      unexplained: 3_000,
    });
  });

  it('money that went back twice under one tag', () => {
    const history = [tagged(3_000, OURS), tagged(3_000, OURS)];
    expect(compare(listed('imp_1', history), { refunds: records(cancelled(OURS, 3_000)) })).toEqual({
      explained: 3_000,
      unexplained: 3_000,
      kinds: ['unexplained'],
    });
  });

  it('what stands in cancel_amount without an entry', () => {
    const provider = listed('imp_1', [entry(1_000)], { cancelAmount: won(4_000) });
    expect(compare(provider)).toEqual({ explained: 1_000, unexplained: 3_000, kinds: ['unexplained'] });
  });

  it('what stands in the history and not in cancel_amount', () => {
    const provider = listed('imp_1', [entry(1_000), entry(3_000)], { cancelAmount: won(1_000) });
    expect(compare(provider)).toMatchObject({ explained: 0, unexplained: 1_000 });
  });

  it('what has been cancelled beyond what was paid', () => {
    const provider = listed('imp_1', [entry(6_000), entry(6_000)]);
    expect(compare(provider)).toMatchObject({ explained: 10_000, unexplained: 2_000 });
  });

  it('an entry that could not be booked', () => {
    const provider = listed('imp_1', [entry(3_000)]);
    expect(compare(provider, { cancelAmount: won(1_000) })).toMatchObject({
      explained: 1_000,
      unexplained: 2_000,
    });
  });

  it('a refund that the table holds as cancelled and the provider does not show', () => {
    const fields = { refunds: records(cancelled(OURS, 3_000)), cancelAmount: won(3_000) };
    expect(compare(listed('imp_1', []), fields)).toEqual({
      explained: 0,
      unexplained: 3_000,
      kinds: ['unexplained'],
    });
  });

  it("a refund of ours that is gone, also where the console's cancel hides it in the balance", () => {
    const fields = { refunds: records(cancelled(OURS, 3_000, { cancellationId: 'c1' })) };
    const provider = listed('imp_1', [entry(4_000, { reason: CONSOLE_REASON, cancellationId: 'c2' })]);
    expect(compare(provider, fields)).toMatchObject({ explained: 4_000, unexplained: 3_000 });
  });

  it('the second of two refunds of one amount, where the provider shows one without a tag', () => {
    const refunds = records(cancelled(OURS, 3_000), cancelled(OTHER, 3_000));
    const provider = listed('imp_1', [entry(3_000)]);
    expect(compare(provider, { refunds })).toMatchObject({ explained: 3_000, unexplained: 3_000 });
  });

  it('everything of a payment that the table knows as another', () => {
    const provider = listed('imp_1', [entry(3_000)]);
    const other = held(provider, { amount: won(9_000) });
    expect(comparePayment(other, provider)).toEqual({
      currency: 'KRW',
      explained: 0,
      unexplained: 3_000,
      findings: [{ kind: 'unexplained', note: DOUBTS.otherAmount }],
    });
  });
});

it('a note never repeats the words of a reason', () => {
  const provider = listed('imp_1', [tagged(3_000, OTHER), entry(2_000, { reason: '홍길동 110-123' })]);
  const notes = comparePayment(held(provider, { cancelAmount: won(0) }), provider).findings;
  expect(JSON.stringify(notes)).not.toMatch(/홍길동|110|변심/);
  expect(JSON.stringify(notes)).toContain('3000 KRW');
});

describe('a reading contradicts the table', () => {
  it('when it shows less than the table knows, and not when it shows more or the same', () => {
    const provider = listed('imp_1', [entry(3_000)]);
    expect(contradicts(held(provider, { cancelAmount: won(4_000) }), provider)).toBe(true);
    expect(contradicts(held(provider), provider)).toBe(false);
    expect(contradicts(held(provider, { cancelAmount: won(0) }), provider)).toBe(false);
  });

  it('not when only the entry is missing and its amount is there', () => {
    const provider = listed('imp_1', [], { cancelAmount: won(3_000) });
    expect(contradicts(held(provider, { refunds: records(cancelled(OURS, 3_000)) }), provider)).toBe(false);
  });
});

it('an order paid twice is counted with the payment that made it so, and only with it', () => {
  const first = listed('imp_9', [], { merchantUid: 'order', paidAtMs: 1_000 });
  const second = listed('imp_1', [], { merchantUid: 'order', paidAtMs: 2_000 });
  const refunded = listed('imp_2', [entry(10_000)], { merchantUid: 'order', paidAtMs: 3_000 });
  const payments = [refunded, second, first];
  expect(payments.filter((payment) => makesPaidTwice(payments, payment))).toEqual([second]);
  expect([first, refunded].some((payment) => makesPaidTwice([first, refunded], payment))).toBe(false);
});

describe('whatever the provider and the table hold', () => {
  const ids = [OURS, OTHER, refundId('c')];
  const amount = fc.integer({ min: 1, max: 6_000 });
  const history = fc.array(
    fc.record({ amount, id: fc.constantFrom(...ids, undefined), named: fc.boolean() }),
    { maxLength: 5 },
  );
  const kept = fc.array(fc.record({ amount, isCancelled: fc.boolean() }), { maxLength: 3 });
  const samples = fc.record({
    history,
    kept,
    hidden: fc.integer({ min: -3_000, max: 3_000 }),
    booked: fc.integer({ min: 0, max: 12_000 }),
    isInFlight: fc.boolean(),
  });
  type Sample = typeof samples extends fc.Arbitrary<infer T> ? T : never;

  function build(sample: Sample): { readonly payment: Payment; readonly provider: ProviderPayment } {
    const entries = sample.history.map(({ amount: part, id, named }, index): CancelEntry => {
      const cancellationId = named ? { cancellationId: `c${index}` } : {};
      return id === undefined ? entry(part, cancellationId) : tagged(part, id, cancellationId);
    });
    const total = entries.reduce((so, each) => so + each.amount, 0);
    const provider = listed('imp_1', entries, { cancelAmount: won(Math.max(0, total + sample.hidden)) });
    const refunds = sample.kept.map(({ amount: part, isCancelled }, index) =>
      isCancelled
        ? cancelled(ids[index] ?? OURS, part, { cancellationId: `c${index}` })
        : rejected(ids[index] ?? OURS, part),
    );
    const inFlight = sample.isInFlight ? { pending: pending(refundId('d'), 100) } : {};
    const fields = { refunds: records(...refunds), cancelAmount: won(sample.booked), ...inFlight };
    return { payment: held(provider, fields), provider };
  }

  it('every won that the provider has cancelled is explained or unexplained, and what is undone comes on top', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const { payment, provider } = build(sample);
        const { explained, unexplained } = comparePayment(payment, provider);
        const total = explained + unexplained;
        return contradicts(payment, provider)
          ? explained <= provider.cancelAmount && total > provider.cancelAmount
          : total === provider.cancelAmount;
      }),
      { numRuns: 2_000 },
    );
  });

  it('what is unexplained is named, and what is named is unexplained', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const { payment, provider } = build(sample);
        const { unexplained, findings } = comparePayment(payment, provider);
        // A history that exceeds a balance of nothing is odd, but no won is in question.
        return findings.length > 0 === unexplained > 0 || provider.cancelAmount === 0;
      }),
      { numRuns: 2_000 },
    );
  });
});
