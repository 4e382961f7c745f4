import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelOutcome } from '../../../functions/iamport/outcome.ts';
import { readPayment } from '../../../functions/iamport/wire.ts';
import { attemptOf } from '../../../functions/protocol/write.ts';
import { PROVIDER_TEXT_MAX_CHARACTERS } from '../../../functions/refund/redact.ts';
import { cancelledRecord, rejectedRecord } from '../../../functions/refund/record.ts';
import { MORNING_MS, REFUND_ID, samplePending } from '../../support/samples.ts';
import { applied, tableForTests } from '../../support/table-for-tests.ts';

const table = await tableForTests();
const store = table.store(2);

let orders = 0;

/** JSON with every kind of text: long, empty, half a pair of surrogates. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '\uD83D', '가'.repeat(199) + '🎉', 'a\uDC00b'),
);
const json = fc.oneof(
  text,
  fc.double(),
  fc.constantFrom(1e300, -1e300, 1e-300, 2 ** 53 + 1, true, false, null),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(text, fc.double(), { maxKeys: 2 }),
);
const oddEntry = fc.record(
  {
    amount: fc.constant(100),
    cancelled_at: json,
    reason: json,
    receipt_url: fc.oneof(json, fc.constant(`https://${'가'.repeat(300)}`)),
    cancellation_id: json,
    pg_tid: json,
  },
  { requiredKeys: ['amount'] },
);
const oddPayment = fc.record(
  {
    status: fc.oneof(fc.constant('paid'), text),
    pay_method: json,
    pg_provider: json,
    paid_at: json,
    cancelled_at: json,
    cancel_reason: json,
    receipt_url: json,
    custom_data: json,
    cancel_history: fc.oneof(fc.array(oddEntry, { maxLength: 3 }), fc.constantFrom(null, '', {})),
  },
  { requiredKeys: [] },
);

/** All texts in a value, however deep. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('whatever the provider tells beside the amounts', () => {
  it('can be written: nothing of it leaves a refund in doubt, and its texts are whole characters and short', async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(oddPayment, async (odd) => {
        orders += 1;
        const key = { merchant_uid: `odd${orders}`, imp_uid: `imp_${orders}` };
        const before = readPayment({ status: 'paid', amount: 1_000, currency: 'KRW', ...key });
        const provider = readPayment({ amount: 1_000, currency: 'KRW', status: 'paid', ...odd, ...key });
        if (before === undefined || provider === undefined) return;
        const pending = samplePending();
        const inserted = await applied(store, { kind: 'insert', provider: before });
        const payment = await applied(store, { kind: 'claim', payment: inserted, pending, evict: [] });
        const [entry = { amount: pending.amount }] = provider.cancelHistory;
        const settling = { decidedBy: 'answer', nowMs: MORNING_MS } as const;
        const refund = cancelledRecord(pending, { by: 'tag', entry }, settling);
        const guard = { seq: pending.seq };
        const finished = await applied(store, {
          kind: 'finish',
          payment,
          guard,
          refund,
          provider,
          keepBalance: false,
        });
        await applied(store, { kind: 'adopt', payment: finished, provider });
        const texts = textsIn(await store.order(key.merchant_uid)).concat(
          textsIn([...finished.refunds.values()]),
        );
        for (const each of texts) {
          expect(each.isWellFormed()).toBe(true);
          expect(each.length).toBeLessThanOrEqual(PROVIDER_TEXT_MAX_CHARACTERS);
        }
        written += 1;
      }),
      { numRuns: 60 },
    );
    expect(written).toBeGreaterThan(10);
  });

  it('can be recorded as a refusal', async () => {
    const refusal = fc.record({
      code: fc.oneof(fc.double(), fc.constantFrom(-1, 1e300, 2 ** 60, '7')),
      message: json,
    });
    await fc.assert(
      fc.asyncProperty(refusal, async (body) => {
        const outcome = cancelOutcome({ status: 200, body: JSON.stringify(body) });
        if (outcome.kind !== 'refused') return;
        orders += 1;
        const key = { merchant_uid: `odd${orders}`, imp_uid: `imp_${orders}` };
        const provider = readPayment({ status: 'paid', amount: 1_000, currency: 'KRW', ...key });
        if (provider === undefined) throw new Error('Bug: a plain payment');
        const pending = samplePending();
        const inserted = await applied(store, { kind: 'insert', provider });
        const payment = await applied(store, { kind: 'claim', payment: inserted, pending, evict: [] });
        const rejection = { code: 'CANCEL_REJECTED', provider: outcome.provider } as const;
        const refund = rejectedRecord(pending, rejection, { decidedBy: 'answer', nowMs: MORNING_MS });
        const write = {
          kind: 'finish',
          guard: attemptOf(pending),
          refund,
          provider,
          keepBalance: false,
        } as const;
        const { refunds } = await applied(store, { ...write, payment });
        expect(refunds.get(REFUND_ID)).toEqual(refund);
        expect(outcome.provider.message.isWellFormed()).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
