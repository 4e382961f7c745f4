import { expect } from 'vitest';
import type { Write, Written } from '../../functions/protocol/write.ts';
import type { Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { FakeTable } from './fake-table.ts';
import { SHARDS } from './ledger-cases.ts';
import { entryOf, KEY, MORNING_MS, REFUND_ID, requested, theProvider } from './ledger-samples.ts';

export const APPLIED = { kind: 'applied' } as const;
export const REFUSED = { kind: 'refused' } as const;

export function refusedBy(refund: LedgerItem) {
  return { kind: 'refused', refund } as const;
}

export const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };

/** The provider after the sample refund was executed. */
export const executed = theProvider([entryOf(1_000, { reason: `[${REFUND_ID}]` })], {
  cancelledAtMs: MORNING_MS + 1_000,
  cancelReason: `[${REFUND_ID}]`,
});

/** A ledger of its own for each test, into which the sample payment has been brought. */
export class Story {
  readonly table = new FakeTable();
  readonly ledger = this.table.ledger(SHARDS);
  #tokens = 0;

  async write(write: Write): Promise<Written> {
    this.#tokens += 1;
    return this.ledger.write(write, `token-${this.#tokens}`);
  }

  /** Writes that must all be applied. */
  async writes(...writes: readonly Write[]): Promise<void> {
    for (const write of writes) expect([write.kind, await this.write(write)]).toEqual([write.kind, APPLIED]);
  }

  async imported(provider: ProviderPayment = theProvider()): Promise<Payment> {
    await this.writes({ kind: 'import', provider, atMs: MORNING_MS });
    return this.payment();
  }

  async claimed(provider?: ProviderPayment): Promise<Payment> {
    const payment = await this.imported(provider);
    await this.writes({ kind: 'claim', payment, refund: requested(), lastWish });
    return this.payment();
  }

  async payment(): Promise<Payment> {
    const payment = await this.ledger.payment(KEY);
    if (payment === undefined) throw new Error('the payment is gone');
    return payment;
  }

  async refund(): Promise<LedgerItem | undefined> {
    return this.ledger.refund({ ...KEY, refundId: REFUND_ID });
  }
}
