import type { Refund } from '../../../client/refund-client.ts';
import type { ShopOrder, ShopPayment } from './doors.ts';
import { badge } from './elements.ts';
import { nameOf, say } from './language.ts';

/** What a customer calls the state of a payment; i'mport has no word for a part. */
export type State = 'paid' | 'part' | 'all_back' | 'doubt' | 'drift' | 'ready' | 'failed';

const TONES = {
  paid: 'info',
  part: 'plain',
  all_back: 'good',
  doubt: 'wait',
  drift: 'bad',
  ready: 'plain',
  failed: 'bad',
} as const;

type Sums = Pick<ShopPayment, 'status' | 'amount' | 'cancelable_amount'>;

export function stateOf(
  { status, amount, cancelable_amount: left }: Sums,
  doubt: boolean | 'drift' = false,
): State {
  if (doubt !== false) return doubt === 'drift' ? 'drift' : 'doubt';
  if (status === 'ready' || status === 'failed') return status;
  if (left === 0) return 'all_back';
  return left < amount ? 'part' : 'paid';
}

export function stateBadge(state: State): HTMLElement {
  return badge(TONES[state], say(`state_${state}`));
}

/** The one that is to be looked at first stands for the order. */
export function stateOfOrder({ payments }: ShopOrder): State {
  const states = payments.map((payment) => stateOf(payment, payment.in_doubt));
  return (
    (['doubt', 'part', 'paid', 'all_back', 'ready', 'failed'] as const).find((state) =>
      states.includes(state),
    ) ?? 'paid'
  );
}

export function isPaidTwice({ payments }: ShopOrder): boolean {
  return payments.filter(({ status, cancelable_amount: left }) => status !== 'failed' && left > 0).length > 1;
}

const REFUND_TONES: Readonly<Record<string, 'good' | 'bad' | 'plain' | 'wait'>> = {
  cancelled: 'good',
  rejected: 'bad',
  not_executed: 'plain',
  unknown: 'wait',
};

export function refundBadge(
  { status, in_doubt: doubt }: Pick<Refund, 'status' | 'in_doubt'>,
  isStaff: boolean,
): HTMLElement {
  // A customer cannot help with drift: for them it is still being looked into.
  if (doubt?.drift === true && isStaff) return badge('bad', say('refund_drift'));
  return badge(REFUND_TONES[status] ?? 'plain', nameOf('refund', status));
}

export function isInDoubt({ refunds = [] }: { readonly refunds?: readonly Refund[] }): boolean {
  return refunds.some(({ status }) => status === 'unknown');
}
