import { toDecimal } from '../refund/money.ts';
import type { ProviderPayment } from '../refund/payment.ts';
import { historyToItem } from './item-write.ts';
import type { Path, Sets } from './plan.ts';

/** What a cancel changes in the provider's own fields. */
export function cancellationSets(provider: ProviderPayment): Sets {
  const { currency } = provider;
  return [
    [['status'], provider.status],
    [['cancel_amount'], toDecimal(provider.cancelAmount, currency)],
    [['cancelled_at'], Math.floor((provider.cancelledAtMs ?? 0) / 1000)],
    [['cancel_reason'], provider.cancelReason ?? null],
    [['cancel_history'], historyToItem(provider.cancelHistory, currency)],
  ];
}

/** Everything of a payment that the table keeps. */
export function paymentSets(provider: ProviderPayment): Sets {
  const optional: [Path, unknown][] = [
    [['pay_method'], provider.payMethod],
    [['pg_provider'], provider.pgProvider],
    [['receipt_url'], provider.receiptUrl],
    [['customer_id'], provider.customerId],
    [['paid_at'], provider.paidAtMs === undefined ? undefined : Math.floor(provider.paidAtMs / 1000)],
  ];
  return [
    [['imp_uid'], provider.impUid],
    [['currency'], provider.currency],
    [['amount'], toDecimal(provider.amount, provider.currency)],
    ...cancellationSets(provider),
    ...optional.filter(([, value]) => value !== undefined),
  ];
}
