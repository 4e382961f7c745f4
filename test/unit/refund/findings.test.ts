import { describe, expect, it } from 'vitest';
import { FINDINGS, noteOf, withAcknowledged } from '../../../functions/refund/findings.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import { comparePayment, orderFindings } from '../../../functions/refund/reconciliation.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { cancelled, elsewhere, entryOf, thePayment, theProvider, won } from '../../support/ledger-samples.ts';

const ONE = `rf_${'a'.repeat(24)}`;
const OTHER = `rf_${'b'.repeat(24)}`;

function tagged(amount: number, id: string): CancelEntry {
  return entryOf(amount, { reason: `${tagOf(id)} 단순 변심`, cancellationId: `C${amount}${id}` });
}

function findings(provider: ProviderPayment, items: readonly LedgerItem[], fields: Partial<Payment> = {}) {
  const { sumTold: _told, ...facts } = provider;
  return comparePayment({ payment: thePayment({ ...facts, ...fields }), items, provider }).findings;
}

/** Each entry is held by a foreign cancel, as after a restored backup. */
function found(entries: readonly CancelEntry[], fields: Partial<ProviderPayment> = {}) {
  const items = entries.map((entry, index) => elsewhere({ refundId: `el_${index}`, entry }));
  return findings(theProvider(entries, fields), items);
}

describe('a finding', () => {
  const first = found([tagged(3_000, OTHER)]);
  const acknowledge = ({ id, digest }: (typeof first)[number]) => ({
    id,
    digest,
    by: 'staff-1',
    note: 'from the old shop',
    atMs: 1,
  });

  it('has the same id as long as it is about the same thing, and another one for another thing or payment', () => {
    const other = found([tagged(3_000, ONE)]);
    const again = found([entryOf(100), tagged(3_000, OTHER)]);
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(other.map(({ id }) => id)).not.toEqual(first.map(({ id }) => id));
    const [elsewhereToo] = found([tagged(3_000, OTHER)], { impUid: 'imp_other' });
    expect(elsewhereToo?.id).not.toBe(first[0]?.id);
  });

  it('that was acknowledged stays so, and is a finding again when its amount changes', () => {
    const said = first.map(acknowledge);
    expect(withAcknowledged(first, said)).toMatchObject([
      { acknowledged: { by: 'staff-1', note: 'from the old shop', atMs: 1 } },
    ]);
    const changed = found([tagged(4_000, OTHER)]);
    expect(changed.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(withAcknowledged(changed, said)).toEqual(changed);
    expect(withAcknowledged(withAcknowledged(first, said), [])).toEqual(first);
  });

  it('never repeats the words of a reason, and its note is one plain sentence with the amount', () => {
    const told = found([tagged(3_000, OTHER), entryOf(2_000, { reason: '홍길동 110-123' })]);
    expect(JSON.stringify(told)).not.toMatch(/홍길동|110|변심/);
    expect(told.map(noteOf)).toEqual([`3000 KRW ${FINDINGS.foreignTag.replace('{ids}', OTHER)}`]);
  });

  it('names the first few of very many refunds, and changes with any of them', () => {
    const many = Array.from({ length: 40 }, (_, index) => {
      const id = `rf_${String(index).padStart(24, 'k')}`;
      return cancelled({ refundId: id, amount: won(100), entries: [tagged(100, id)] });
    });
    const [all] = findings(theProvider(), many, { cancelAmount: won(4_000) });
    const [fewer] = findings(theProvider(), many.slice(1), { cancelAmount: won(4_000) });
    expect(all?.refundIds).toHaveLength(5);
    expect(fewer?.id).toBe(all?.id);
    expect(fewer?.digest).not.toBe(all?.digest);
  });
});

describe('what a shop needs to know of an order', () => {
  const first = theProvider([], { impUid: 'imp_9', paidAtMs: 1_000 });
  const second = theProvider([], { impUid: 'imp_1', paidAtMs: 2_000 });
  const refunded = theProvider([entryOf(10_000)], { impUid: 'imp_2', paidAtMs: 3_000 });
  const kinds = (payments: readonly ProviderPayment[], payment: ProviderPayment, amount?: number) => {
    const words = { merchantUid: 'order', impUids: [], unreadable: [] };
    const word = amount === undefined ? words : { ...words, amount };
    return orderFindings({ word, payments }, payment).map(({ kind }) => kind);
  };

  it('that it was paid twice is told once, with the payment that made it so', () => {
    const payments = [refunded, second, first];
    expect(payments.map((payment) => kinds(payments, payment))).toEqual([[], ['paidTwice'], []]);
    expect([first, refunded].flatMap((payment) => kinds([first, refunded], payment))).toEqual([]);
  });

  it('that it should have cost something else is told where the shop has said an amount', () => {
    expect(kinds([first], first, 9_000)).toEqual(['amountDiffers']);
    expect(kinds([first], first, 10_000)).toEqual([]);
    expect(kinds([first], first)).toEqual([]);
  });

  it('is told anew when the shop names another amount', () => {
    const at = (amount: number) => {
      const word = { merchantUid: 'order', impUids: [], unreadable: [], amount };
      return orderFindings({ word, payments: [first] }, first)[0];
    };
    expect(at(9_000)?.id).toBe(at(8_000)?.id);
    expect(at(9_000)?.digest).not.toBe(at(8_000)?.digest);
  });
});
