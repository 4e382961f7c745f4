import { assertNever } from '../refund/assert-never.ts';
import {
  agreesWith,
  balanceAfterUndo,
  closedAmount,
  judgeClosing,
  judgeUndone,
  type Closable,
  type Statement,
} from '../refund/closing.ts';
import { amountsOf, cancelledRefund, notExecutedRefund } from '../refund/ending.ts';
import { differentPayment, heldBy } from '../refund/evidence.ts';
import { fromDecimal, isMinor, ZERO, type Minor } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { rightOn } from '../refund/order.ts';
import type { Actor, CancelEntry, Payment, ProviderPayment } from '../refund/payment.ts';
import { refused, type FieldFault, type Refused } from '../refund/refusals.ts';
import {
  isElsewhere,
  type CancelledRefund,
  type Closing,
  type ElsewhereCancel,
  type LedgerItem,
  type NamedEntry,
  type Person,
  type RequestedRefund,
  type Verdict,
} from '../refund/refund.ts';
import { LAST_MOMENT_MS } from '../refund/times.ts';
import { readOrder, storeUnavailable } from './find.ts';
import { lookInTime } from './doubt.ts';
import type { Surroundings } from './ports.ts';
import { book, finish, subject, reportBroken, type Finishing } from './settle.ts';
import { transact, type Write } from './write.ts';

/** A verdict as in the body: amounts in major units, because their currency is the payment's. */
export type Said = Verdict<number>;

export interface CloseRequest {
  /** At least one of both; `impUid` wins, as everywhere. */
  readonly merchantUid?: string;
  readonly impUid?: string;
  readonly refundId: string;
  readonly actor: Actor;
  /** Undefined: the token is not known to be a person's. */
  readonly person: Person | undefined;
  readonly said: Said;
  readonly evidence: string;
}

export type CloseResult =
  | { readonly kind: 'proposed' | 'closed'; readonly payment: Payment; readonly refund: LedgerItem }
  | Refused;

/**
 * Rows 10 and 11: two people end what no program can decide. The provider's history at that moment has precedence, and whatever
 * the service can still decide is left to it.
 */
export async function closeRefund(
  request: CloseRequest,
  deadlineMs: number,
  world: Surroundings,
): Promise<CloseResult> {
  const order = await readOrder(request, world);
  for (const payment of order.payments) {
    const right = rightOn(order, payment, request.actor);
    if (right === undefined) continue;
    const item = await world.ledger.refund({ ...payment, refundId: request.refundId });
    if (item === undefined) continue;
    // Staff act as the customer on their own order, and nobody decides about their own money.
    if (right.kind !== 'staff') return refused({ code: 'FORBIDDEN' });
    if (request.person === undefined) return refused({ code: 'PERSON_CLAIM_MISSING' });
    const said = inMinorUnits(request.said, payment.currency);
    if ('pointer' in said) return refused({ code: 'INVALID_REQUEST', errors: [said] });
    const statement = { said, evidence: request.evidence, by: request.person };
    return judgeAndAct({ payment, item, statement, deadlineMs }, world);
  }
  return refused({ code: order.payments.length === 0 ? 'PAYMENT_NOT_FOUND' : 'REFUND_NOT_FOUND' });
}

function inMinorUnits(said: Said, currency: string): Verdict | FieldFault {
  if (said.verdict === 'not_executed' || said.verdict === 'undone') return said;
  const minor = (decimal: number): Minor | undefined => {
    const read = fromDecimal(decimal, currency);
    return isMinor(read) ? read : undefined;
  };
  if (said.verdict === 'executed_unlisted') {
    const amount = minor(said.amount);
    return amount === undefined ? { pointer: '/amount', message: NO_AMOUNT } : { ...said, amount };
  }
  const entries: NamedEntry[] = [];
  for (const entry of said.entries) {
    const amount = 'amount' in entry ? minor(entry.amount) : ZERO;
    if (amount === undefined) return { pointer: '/entries', message: NO_AMOUNT };
    entries.push('amount' in entry ? { ...entry, amount } : entry);
  }
  return { verdict: said.verdict, entries };
}

const NO_AMOUNT = {
  en: "must be an amount in the payment's currency, with no more decimals than it has",
  ko: '결제 통화의 금액이어야 하며, 통화의 소수점 자릿수를 넘을 수 없습니다.',
};

interface Case {
  /** The item before the provider was read. */
  readonly payment: Payment;
  readonly item: LedgerItem;
  readonly statement: Statement;
  readonly deadlineMs: number;
}

async function judgeAndAct(theCase: Case, world: Surroundings): Promise<CloseResult> {
  const { payment, item, statement, deadlineMs } = theCase;
  const { said } = statement;
  const canBeUndone =
    said.verdict === 'undone' && (item.status === 'cancelled' || item.status === 'elsewhere');
  if (item.status !== 'requested' && !(canBeUndone && item.undone === undefined)) {
    return answerAsItIs(payment, item, said);
  }
  const beganAtMs = world.now();
  const seen = await lookInTime(payment.impUid, deadlineMs, world);
  const provider = seen.kind === 'found' ? seen.payment : undefined;
  if (
    provider !== undefined &&
    differentPayment(payment, provider) !== undefined &&
    said.verdict !== 'not_executed'
  ) {
    return refused({ code: 'PAYMENT_MISMATCH' });
  }
  const looked: Looked = { ...theCase, provider, beganAtMs };
  return item.status === 'requested'
    ? closeRequested({ ...looked, item }, world)
    : closeUndone({ ...looked, item }, world);
}

interface Looked extends Case {
  readonly provider: ProviderPayment | undefined;
  readonly beganAtMs: number;
}

/** Already ended: told as closed when it ended as this verdict says, whoever decided it. Otherwise no closing is possible. */
function answerAsItIs(payment: Payment, refund: LedgerItem, said: Verdict): CloseResult {
  return agreesWith(refund, said)
    ? { kind: 'closed', payment, refund }
    : refused({ code: 'STILL_RESOLVABLE' });
}

// --- Row 10: a refund in drift ---

type Requested = Looked & { readonly item: RequestedRefund };

async function closeRequested(looked: Requested, world: Surroundings): Promise<CloseResult> {
  const { payment, item: refund, provider, beganAtMs, statement } = looked;
  const items = await world.ledger.allRefunds(payment, reportBroken('close', payment, world));
  // The entry of a foreign cancel may prove to be this refund, so people may name it.
  const held = heldBy(
    items.filter((item) => !isElsewhere(item)),
    refund.refundId,
  );
  const { settings } = world;
  const judged = judgeClosing(
    { payment, refund, provider, held, beganAtMs, settings },
    statement,
    world.now(),
  );
  switch (judged.kind) {
    case 'settle': {
      const ended = cancelledRefund(refund, judged.done, { decidedBy: 'look', nowMs: world.now() });
      return settle(looked, ended, world);
    }
    case 'close':
      return settle(looked, closedRefund(refund, judged, world.now()), world);
    case 'propose':
    case 'refuse':
      return proposeOrRefuse(looked, judged, world);
    default:
      return assertNever(judged);
  }
}

function closedRefund(
  refund: RequestedRefund,
  { closing, entries }: { readonly closing: Closing; readonly entries: readonly CancelEntry[] },
  nowMs: number,
): Finishing['refund'] {
  const ending = { decidedBy: 'people', nowMs, closing } as const;
  if (closing.proposal.said.verdict === 'not_executed') return notExecutedRefund(refund, ending);
  const executed = closedAmount(closing, entries);
  return cancelledRefund(refund, { by: 'people', entries }, { ...ending, executed });
}

/** Bound to the claim that the two people saw: a later decision is not what they judged. */
async function settle(
  looked: Requested,
  ended: Finishing['refund'],
  world: Surroundings,
): Promise<CloseResult> {
  const { payment, item, provider, beganAtMs, statement, deadlineMs } = looked;
  const facts =
    provider !== undefined && differentPayment(payment, provider) === undefined ? { provider } : {};
  const settled = await finish({ payment, refund: ended, beganAtMs, deadlineMs, ...facts }, world);
  if (settled === undefined) return answerNow(looked, world);
  const { said, by } = statement;
  if (settled.refund.closing?.approval.by.sub === by.sub) {
    world.report({ event: 'closed', verdict: said.verdict, ...subject(item) });
  }
  return answerAsItIs(settled.payment, settled.refund, said);
}

/** The write was refused or not answered: the table tells the result. */
async function answerNow({ payment, item, statement }: Looked, world: Surroundings): Promise<CloseResult> {
  const now = await world.ledger.refund(item);
  if (now === undefined) return refused({ code: 'REFUND_NOT_FOUND' });
  const head = (await world.ledger.payment(payment)) ?? payment;
  const standing = 'proposal' in now ? now.proposal : undefined;
  if (now.status !== 'requested' && agreesWith(now, statement.said))
    return { kind: 'closed', payment: head, refund: now };
  const isMine = standing?.by.sub === statement.by.sub && standing.evidence === statement.evidence;
  if (isMine) return { kind: 'proposed', payment: head, refund: now };
  return refused(now.status === 'requested' ? storeUnavailable : { code: 'STILL_RESOLVABLE' });
}

async function proposeOrRefuse(
  looked: Looked & { readonly item: Proposable },
  judged: Extract<Closable, { kind: 'propose' | 'refuse' }>,
  world: Surroundings,
): Promise<CloseResult> {
  const { payment, provider, beganAtMs, deadlineMs, item: of, statement } = looked;
  const untilMs = deadlineMs - LAST_MOMENT_MS;
  // Row 8 applies to this read of the provider as to any other.
  const booked =
    provider === undefined ? payment : await book({ payment, provider, beganAtMs, untilMs }, world);
  if (judged.kind === 'refuse') return refused(judged.refusal);
  if (judged.isNew) {
    const { proposal } = judged;
    const write: Write =
      of.status === 'requested'
        ? { kind: 'note', refund: of, set: { proposal }, ...omitMissing({ standing: of.proposal }) }
        : { kind: 'propose_undone', of, proposal };
    if ((await transact(write, untilMs, world)).kind !== 'applied') return answerNow(looked, world);
    world.report({ event: 'closing_proposed', verdict: statement.said.verdict, ...subject(of) });
  }
  return { kind: 'proposed', payment: booked, refund: { ...of, proposal: judged.proposal } };
}

type Proposable = RequestedRefund | CancelledRefund | ElsewhereCancel;

// --- Row 11: a cancel that the PG undid ---

type Undoable = Looked & { readonly item: CancelledRefund | ElsewhereCancel };

async function closeUndone(looked: Undoable, world: Surroundings): Promise<CloseResult> {
  const { payment, item, provider, beganAtMs, statement, deadlineMs } = looked;
  if (provider === undefined) return refused({ code: 'STILL_RESOLVABLE' });
  const { quietPeriodMs } = world.settings;
  const judged = judgeUndone({ payment, item, provider, beganAtMs, quietPeriodMs }, statement, world.now());
  if (judged.kind === 'propose' || judged.kind === 'refuse') return proposeOrRefuse(looked, judged, world);
  if (judged.kind === 'settle') throw new Error('Bug: a cancel that was undone has no tag to settle it');
  const { proposal: _approved, ...rest } = item;
  const cancelAmount = balanceAfterUndo(payment, provider, item);
  const { shrunk, ...head } = payment;
  const isOver = cancelAmount === provider.cancelAmount;
  const after = { ...head, cancelAmount, ...omitMissing({ shrunk: isOver ? undefined : shrunk }) };
  const told = { paymentAfter: amountsOf(after), undone: judged.closing, revision: item.revision + 1 };
  const refund = { ...rest, ...told };
  const untilMs = deadlineMs - LAST_MOMENT_MS;
  const write = { kind: 'undo', payment, provider, was: item, refund } as const;
  if ((await transact(write, untilMs, world)).kind !== 'applied') return answerNow(looked, world);
  world.report({ event: 'closed', verdict: 'undone', ...subject(item) });
  return { kind: 'closed', payment: after, refund };
}
