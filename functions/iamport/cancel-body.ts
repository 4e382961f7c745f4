import type { CancelCall } from '../protocol/ports.ts';
import { taggedReason } from '../refund/attribution.ts';
import {
  ACCOUNT_FIELDS,
  ACCOUNT_NAMES,
  mapPassedOn,
  passedOnToWire,
  type RefundAccount,
} from '../refund/intent.ts';
import { toDecimal } from '../refund/money.ts';

/**
 * Body of `POST /payments/cancel`. The amount is always spelled out: omitted or 0 would cancel all that is left.
 * `enable_webhook` asks for the webhook that settles a lost answer early.
 */
export function cancelBody({
  payment,
  pending,
  account,
}: Pick<CancelCall, 'payment' | 'pending' | 'account'>): Readonly<Record<string, unknown>> {
  const { currency } = payment;
  if (pending.amount <= 0) throw new Error('Bug: a cancel without an amount would cancel everything');
  const passedOn = mapPassedOn(pending.passedOn, (amount) => toDecimal(amount, currency));
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    amount: toDecimal(pending.amount, currency),
    checksum: toDecimal(pending.checksum, currency),
    reason: taggedReason(pending.reason, pending.refundId),
    enable_webhook: true,
    extra: { requester: pending.actor.kind === 'staff' ? 'admin' : 'customer' },
    ...passedOnToWire(passedOn),
    ...accountToWire(account ?? {}),
  };
}

function accountToWire(account: RefundAccount): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ACCOUNT_NAMES.flatMap((name) => {
      const value = account[name];
      return value === undefined ? [] : [[ACCOUNT_FIELDS[name], value]];
    }),
  );
}
