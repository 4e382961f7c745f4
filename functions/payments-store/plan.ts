import { assertNever } from '../refund/assert-never.ts';
import { toDecimal, type Minor } from '../refund/money.ts';
import type { Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import type { Write } from '../protocol/write.ts';
import { finalRefundToItem, pendingToItem } from './item-write.ts';
import { OPEN_SHARD_KEY, RESOLVE_AT_KEY } from './keys.ts';
import { cancellationSets, paymentSets } from './provider-fields.ts';
import { openShardOf } from './shard.ts';

export type Path = readonly [string, ...string[]];

/** One guard of a write. `orAbsent`: an attribute that a shop never wrote counts as fulfilled (a missing cancel_amount is 0). */
export type Condition =
  | { readonly test: 'absent' | 'present'; readonly path: Path }
  | {
      readonly test: 'equals' | 'below' | 'at_most';
      readonly path: Path;
      readonly value: unknown;
      readonly orAbsent?: boolean;
    };

/** A write in the words of the table: what must hold, and what is then set and removed, all or nothing. */
export interface Plan {
  readonly merchantUid: string;
  readonly conditions: readonly Condition[];
  readonly set: readonly (readonly [Path, unknown])[];
  /** Maps to create when they are missing. */
  readonly ensure: readonly Path[];
  readonly remove: readonly Path[];
}

const PENDING: Path = ['pending_refund'];
const REFUNDS: Path = ['refunds'];
const CANCEL_AMOUNT: Path = ['cancel_amount'];
const RESOLVE_AT: Path = [RESOLVE_AT_KEY];
const OPEN_SHARD: Path = [OPEN_SHARD_KEY];

const noRefundInFlight: Condition = { test: 'absent', path: PENDING };
const itemExists: Condition = { test: 'present', path: ['merchant_uid'] };

function refundPath(refundId: string): Path {
  return ['refunds', refundId];
}

/** The attempt is still the one its worker holds: `claim_id` names refund, attempt and worker at once. */
function stillTheAttempt(claimId: string): Condition {
  return { test: 'equals', path: ['pending_refund', 'claim_id'], value: claimId };
}

function balance(test: 'equals' | 'below' | 'at_most', amount: Minor, currency: string): Condition {
  const orAbsent = test === 'equals' ? amount === 0 : true;
  return { test, path: CANCEL_AMOUNT, value: toDecimal(amount, currency), orAbsent };
}

const DONE_WITH_PENDING = { remove: [PENDING, OPEN_SHARD, RESOLVE_AT] } as const;

/** The conditions of the protocol's table, one case a row. */
export function planWrite(write: Write): Plan {
  switch (write.kind) {
    case 'claim':
      return planClaim(write.payment, write.pending);
    case 'finish':
      return planFinish(write);
    case 'reject_attempt': {
      const { payment, refund } = write;
      const record = [refundPath(refund.refundId), finalRefundToItem(refund, payment.currency)] as const;
      return { ...plan(payment, [stillTheAttempt(write.claimId)], [record]), ...DONE_WITH_PENDING };
    }
    case 'release':
      return { ...plan(write.payment, [stillTheAttempt(write.claimId)], []), ...DONE_WITH_PENDING };
    case 'reattempt':
      return plan(write.payment, [stillTheAttempt(write.claimId)], pendingSets(write.payment, write.pending));
    case 'note':
      return plan(
        write.payment,
        [stillTheAttempt(write.pending.claimId)],
        pendingSets(write.payment, write.pending),
      );
    case 'defer':
      return planDefer(write);
    case 'book':
      return plan(
        write.payment,
        [itemExists, balance('below', write.provider.cancelAmount, write.provider.currency)],
        cancellationSets(write.provider),
      );
    case 'correct': {
      const { payment, refund } = write;
      const path = refundPath(refund.refundId);
      const wasRejected: Condition = { test: 'equals', path: [...path, 'status'], value: 'rejected' };
      return plan(payment, [wasRejected], [[path, finalRefundToItem(refund, payment.currency)]]);
    }
    case 'insert':
      return planInsert(write.provider);
    case 'refresh':
      return planRefresh(write.payment, write.provider);
    default:
      return assertNever(write);
  }
}

export type Sets = Plan['set'];

function plan(payment: Pick<Payment, 'merchantUid'>, conditions: readonly Condition[], set: Sets): Plan {
  return { merchantUid: payment.merchantUid, conditions, set, ensure: [], remove: [] };
}

function pendingSets(payment: Payment, pending: PendingRefund): Sets {
  return [
    [PENDING, pendingToItem(pending, payment.currency)],
    [OPEN_SHARD, openShardOf(payment.merchantUid)],
    [RESOLVE_AT, pending.resolveAtMs],
  ];
}

/** Row 3. */
function planClaim(payment: Payment, pending: PendingRefund): Plan {
  const conditions = [
    itemExists,
    noRefundInFlight,
    balance('equals', payment.cancelAmount, payment.currency),
    { test: 'absent', path: refundPath(pending.refundId) } as const,
  ];
  return { ...plan(payment, conditions, pendingSets(payment, pending)), ensure: [REFUNDS] };
}

/** Rows 4, 5a, 5b. `cancel_amount := max(L, R)` is written as a condition: raise it, or leave it when L is already above R. */
function planFinish({ payment, refund, provider, keepBalance }: Extract<Write, { kind: 'finish' }>): Plan {
  const stillInFlight: Condition = {
    test: 'equals',
    path: ['pending_refund', 'refund_id'],
    value: refund.refundId,
  };
  const record = [refundPath(refund.refundId), finalRefundToItem(refund, payment.currency)] as const;
  const raised: Condition = balance('at_most', provider.cancelAmount, provider.currency);
  return keepBalance
    ? { ...plan(payment, [stillInFlight], [record]), ...DONE_WITH_PENDING }
    : {
        ...plan(payment, [stillInFlight, raised], [record, ...cancellationSets(provider)]),
        ...DONE_WITH_PENDING,
      };
}

function planDefer(write: Extract<Write, { kind: 'defer' }>): Plan {
  const notYetTaken: Condition = { test: 'equals', path: ['pending_refund', 'checks'], value: write.checks };
  const set: Sets = [
    [['pending_refund', 'checks'], write.checks + 1],
    [['pending_refund', 'resolve_at'], write.resolveAtMs],
    [RESOLVE_AT, write.resolveAtMs],
  ];
  return plan(write.payment, [stillTheAttempt(write.claimId), notYetTaken], set);
}

function planInsert(provider: ProviderPayment): Plan {
  const isNew: Condition = { test: 'absent', path: ['merchant_uid'] };
  return { ...plan(provider, [isNew], paymentSets(provider)), ensure: [REFUNDS] };
}

/** Only from the very state that was read: of two webhooks that overtake each other, the later read must not lose. */
function planRefresh(payment: Payment, provider: ProviderPayment): Plan {
  const asRead: Condition[] = [
    { test: 'equals', path: ['status'], value: payment.status, orAbsent: true },
    { test: 'equals', path: ['imp_uid'], value: payment.impUid, orAbsent: payment.impUid === '' },
    noRefundInFlight,
  ];
  const keepsOwner =
    payment.customerId === undefined ? paymentSets(provider) : withoutOwner(paymentSets(provider));
  return { ...plan(payment, asRead, keepsOwner), ensure: [REFUNDS] };
}

/** The shop's own word on whose order it is outranks what the checkout page told i'mport. */
function withoutOwner(sets: Sets): Sets {
  return sets.filter(([path]) => path[0] !== 'customer_id');
}
