import type { DrawnFault } from './fault-queue.ts';
import { isRecord } from './json.ts';
import {
  type HeldPayment,
  leftOf,
  type Minor,
  newCancellationId,
  type PaymentStatus,
  toMinor,
  wasPaid,
} from './payment.ts';
import type { Payments } from './payments.ts';
import { brokenRule, keptReason, pgBehaviourOf, pgRefusalOf } from './pg.ts';
import type { World } from './simulator.ts';
import {
  type Answer,
  failed,
  isPgTextKey,
  type PgTextKey,
  refusedByPg,
  succeeded,
  type TextKey,
} from './texts.ts';
import { shownIn } from './untidiness.ts';

export const CANCEL_PATH = '/payments/cancel';

/**
 * The body of `POST /payments/cancel`. Amounts are not yet validated, because the rules depend on the payment.
 * Empty strings count as absent, because typed clients send `imp_uid: ''` for "no imp_uid". Unknown fields are
 * ignored.
 */
export type CancelRequest = ReturnType<typeof readCancelRequest>;

export function readCancelRequest(body: unknown) {
  const fields = isRecord(body) ? body : {};
  const present = (field: string): unknown =>
    fields[field] === null || fields[field] === '' ? undefined : fields[field];
  const text = (field: string): string | undefined => {
    const value = fields[field];
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isText ? String(value).trim() || undefined : undefined;
  };
  return {
    imp_uid: text('imp_uid'),
    merchant_uid: text('merchant_uid'),
    amount: present('amount'),
    checksum: present('checksum'),
    // Longer texts are cut, as a `varchar(256)` would.
    reason: (text('reason') ?? '').slice(0, 256),
    refund_holder: text('refund_holder'),
    refund_bank: text('refund_bank'),
    refund_account: text('refund_account'),
    refund_tel: text('refund_tel'),
    enable_webhook: ['true', '1'].includes(text('enable_webhook') ?? ''),
  };
}

/**
 * The payment that a request names. `imp_uid` wins even if it is wrong; a `merchant_uid` names the paid attempt,
 * else the newest one (assumed).
 */
export function findTarget(
  payments: Payments,
  { imp_uid: impUid, merchant_uid: merchantUid }: Pick<CancelRequest, 'imp_uid' | 'merchant_uid'>,
): HeldPayment | undefined {
  if (impUid !== undefined) return payments.get(impUid);
  const attempts = merchantUid === undefined ? [] : payments.attempts(merchantUid);
  const ofStatus = (status: PaymentStatus): HeldPayment | undefined =>
    attempts.find(({ shown }) => shown.status === status);
  return ofStatus('paid') ?? ofStatus('cancelled') ?? attempts[0];
}

/** A cancel that has passed the checks. */
export interface AllowedCancel {
  readonly payment: HeldPayment;
  readonly request: CancelRequest;
  readonly amount: Minor;
}

/**
 * The checks in i'mport's order (the order is assumed): uid present, payment found, cancellable status, already fully
 * cancelled, amount, checksum, rules of the PG. The result of a failed check is the key of the text that says so.
 */
function checked(
  { clock, options }: World,
  payment: HeldPayment | undefined,
  request: CancelRequest,
): AllowedCancel | TextKey | PgTextKey {
  if (request.imp_uid === undefined && request.merchant_uid === undefined) return 'no_uid';
  if (payment === undefined || !wasPaid(payment.shown)) return 'nothing_to_cancel';
  const { currency } = payment.shown;
  const left = leftOf(payment);
  if (left <= 0) return 'already_cancelled';
  // A missing amount, or 0, means the whole balance (IAMPORT 2).
  const asked = request.amount === undefined ? 0 : toMinor(request.amount, currency);
  if (asked === undefined || asked < 0) return 'amount_invalid';
  const amount = asked === 0 ? left : asked;
  if (amount > left) return 'amount_too_large';
  // Only a missing checksum disables the check; 0 is a checksum.
  if (request.checksum !== undefined && toMinor(request.checksum, currency) !== left) {
    return 'checksum_mismatch';
  }
  const allowed = { payment, request, amount };
  return brokenRule(allowed, clock.nowMs(), options.hasKcpPhoneContract === true) ?? allowed;
}

interface Incoming {
  readonly body: unknown;
  readonly drawn: DrawnFault;
  readonly requestId: string;
}

/**
 * `POST /payments/cancel` after the token check. Without an await between checks and booking, the cancels of a payment are
 * serialised.
 */
export async function cancel(world: World, { body, drawn, requestId }: Incoming): Promise<Answer> {
  const { payments, faults, options } = world;
  const request = readCancelRequest(body);
  consoleCancelFirst(payments, findTarget(payments, request), drawn);
  const target = findTarget(payments, request);
  const where = { endpoint: 'cancel', impUid: target?.shown.imp_uid } as const;
  const hasChecksum = target !== undefined && request.checksum !== undefined;
  const isIgnored = hasChecksum && faults.drawAll(['checksum_ignored'], where).length > 0;
  const result = checked(world, target, isIgnored ? { ...request, checksum: undefined } : request);
  if (typeof result === 'string') {
    if (isPgTextKey(result)) return refusedByPg(result);
    return failed(result === 'no_uid' ? (options.noUidStatus ?? 200) : 200, 1, result);
  }
  const refusal = pgRefusalOf(result, drawn);
  return refusal === undefined ? execute(world, result, { drawn, requestId }) : refusedByPg(refusal);
}

/** A person cancels in the console after the client's look and before its cancel. */
function consoleCancelFirst(payments: Payments, target: HeldPayment | undefined, drawn: DrawnFault): void {
  const fault = target && drawn.atPg('console_cancel');
  if (target === undefined || fault === undefined) return;
  try {
    const { amount, text: reason } = fault;
    void payments.consoleCancel({ imp_uid: target.shown.imp_uid, amount, reason }).notify();
  } catch {
    // The console may refuse; the request itself continues.
  }
}

async function execute(
  { payments, faults, clock }: World,
  cancelled: AllowedCancel,
  { drawn, requestId }: Omit<Incoming, 'body'>,
): Promise<Answer> {
  const { payment, request, amount } = cancelled;
  const { answers, afterMs, isExecutedAtPg, isTold } = pgBehaviourOf(cancelled, drawn);
  const where = { endpoint: 'cancel', impUid: payment.shown.imp_uid } as const;
  const dropped = drawn.atPg('drop_tag');
  const given = dropped === undefined ? request.reason : (dropped.text ?? '');
  const reason = keptReason(given, faults.drawAll(['reason_replace', 'reason_cut'], where));
  const cancellationId = newCancellationId();
  const order = { cancellationId, amount, reason, requestId };
  const success = ({ shown }: HeldPayment): Answer => succeeded(shownIn(faults, 'cancel', shown));
  let after: HeldPayment;
  if (afterMs === 0 && isExecutedAtPg) {
    const booked = payments.book(payment, order);
    after = booked.payment;
    if (drawn.atPg('webhook_first') !== undefined) await booked.notify();
    else if (request.enable_webhook) void booked.notify();
  } else {
    const dueAtMs = afterMs === null ? null : clock.nowMs() + afterMs;
    after = payments.accept(payment, { ...order, dueAtMs, isExecutedAtPg, isTold });
  }
  if (answers === 'code_0') return success(after);
  if (answers !== 'when_it_ends') return refusedByPg(answers.refusal);
  // Other cancels may come in between.
  const ended = await payments.ended(cancellationId);
  return ended.ending === 'booked' ? success(ended.payment) : refusedByPg('nice_2026');
}
