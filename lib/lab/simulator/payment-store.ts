import { openJournal } from './journal.ts';
import type { LedgerPayment } from './payment.ts';
import { PaymentIndex } from './payment-index.ts';

/** All payments, in the order in which they were added; what `put` has stored survives `kill -9`. */
export interface PaymentStore {
  readonly payments: ReadonlyMap<string, LedgerPayment>;
  readonly index: PaymentIndex;
  /** Returns when the payment is written. Throws, and changes nothing, when it cannot be. */
  put(payment: LedgerPayment): void;
  end(): void;
}

/** Payments in memory and, with a directory, in a journal there. */
export function openPaymentStore(directory: string | undefined): PaymentStore {
  const payments = new Map<string, LedgerPayment>();
  const index = new PaymentIndex(payments);
  const hold = (payment: LedgerPayment): void => {
    index.replace(payments.get(payment.impUid), payment);
    payments.set(payment.impUid, payment);
  };
  const journal = directory === undefined ? undefined : openJournal(directory, hold);
  journal?.rewrite(payments.values());
  return {
    payments,
    index,
    put: (payment) => {
      journal?.append(payment);
      hold(payment);
      if (journal?.isBloated() === true) journal.rewrite(payments.values());
    },
    end: () => journal?.end(),
  };
}
