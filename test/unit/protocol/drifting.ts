import { closeRefund, type CloseRequest } from '../../../functions/protocol/close.ts';
import type { CancelEntry, Payment, PendingRefund } from '../../../functions/refund/payment.ts';
import { entry, held, listed, NOW, pending, refundId } from './samples.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

export const OURS = refundId('a');
export const OTHER = refundId('b');
export const mina = { kind: 'staff', sub: 'mina' } as const;
export const juno = { kind: 'staff', sub: 'juno' } as const;

/** A cancel without a tag that could be ours: no program can say whose it is. */
export const UNCLEAR = entry(3_000, { cancellationId: 'c1' });

export interface Given {
  readonly history?: readonly CancelEntry[];
  readonly inFlight?: Partial<PendingRefund>;
  readonly item?: Partial<Payment>;
}

export function inDrift({ history = [UNCLEAR], inFlight, item }: Given = {}): SmallWorld {
  const small = smallWorld(NOW);
  small.provider.put(listed('imp_1', history));
  small.store.put(held(listed('imp_1'), { pending: pending(OURS, 3_000, inFlight), seq: 1, ...item }));
  return small;
}

export function say(small: SmallWorld, request: Partial<CloseRequest> = {}) {
  const whole: CloseRequest = {
    merchantUid: 'order_imp_1',
    refundId: OURS,
    actor: mina,
    verdict: 'not_executed',
    evidence: 'the PG says no',
    ...request,
  };
  return closeRefund(whole, NOW + 28_000, small);
}

export const executed = { verdict: 'executed', cancellationId: 'c1', evidence: 'the PG says yes' } as const;
export const stillResolvable = { kind: 'refused', refusal: { code: 'STILL_RESOLVABLE' } };

export function itemOf(small: SmallWorld): Payment | undefined {
  return small.store.payments.get('imp_1');
}
