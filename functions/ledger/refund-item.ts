import { mapPassedOn, passedOnFromWire, passedOnToWire, type PassedOn } from '../refund/intent.ts';
import type { Minor } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Actor, CancelEntry } from '../refund/payment.ts';
import {
  ATTRIBUTIONS,
  DECIDED_BY,
  isElsewhere,
  listedAtMs,
  REJECTION_CODES,
  type AnswerNote,
  type CancelledRefund,
  type Closing,
  type Destination,
  type Doubt,
  type Drift,
  type ElsewhereCancel,
  type LedgerItem,
  type NamedEntry,
  type NotExecutedRefund,
  type NotSentRefund,
  type PaymentAmounts,
  type Person,
  type Proposal,
  type ProviderRefusal,
  type RejectedRefund,
  type RequestedRefund,
  type Verdict,
} from '../refund/refund.ts';
import {
  codec,
  flag,
  list,
  map,
  minorUnits,
  money,
  number,
  oneOf,
  optional,
  seconds,
  text,
  texts,
  type Codec,
  type Fields,
} from './fields.ts';
import { dayShardOf, openShardOf, placeInList, placeInOrder, refundKey } from './keys.ts';
import { ENTRY } from './payment-item.ts';
import type { Item } from './table.ts';

const REFUSAL = codec<ProviderRefusal>('a refusal', { code: number('code'), message: text('message') });

const ANSWER = codec<AnswerNote>('answer', {
  atMs: number('at_ms'),
  text: text('text'),
  refusal: optional(map('refusal', REFUSAL)),
  meaning: optional(oneOf('meaning', ['under_way', 'already_cancelled'])),
  accepted: optional(flag('accepted')),
});

// A note has only the refund's key, not its currency, so its amounts are minor units.
const DOUBT = codec<Doubt>('doubt', {
  why: text('why'),
  cancelAmount: optional(minorUnits('cancel_amount_minor')),
  expectedByMs: optional(number('expected_by_ms')),
});

const DRIFT = codec<Drift>('drift', {
  atMs: number('at_ms'),
  cancelAmount: minorUnits('cancel_amount_minor'),
  cancelableAmount: minorUnits('cancelable_amount_minor'),
});

type OfEntry = Partial<{ cancellationId: string; cancelledAtMs: number; amount: Minor }>;
/** By its id, or by its time and amount. */
const NAMED_ENTRY = codec<OfEntry>('a named entry', {
  cancellationId: optional(text('cancellation_id')),
  cancelledAtMs: optional(seconds('cancelled_at')),
  amount: optional(minorUnits('amount_minor')),
}) as Codec<NamedEntry>;

type OfVerdict = { verdict: Verdict['verdict'] } & Partial<{ entries: readonly NamedEntry[]; amount: Minor }>;
const VERDICT = codec<OfVerdict>('a verdict', {
  verdict: oneOf('verdict', ['executed', 'executed_unlisted', 'not_executed', 'undone']),
  entries: optional(list('entries', NAMED_ENTRY)),
  amount: optional(minorUnits('amount_minor')),
}) as Codec<Verdict>;

const PERSON = codec<Person>('a person', { sub: text('sub'), person: text('person') });

const STATEMENT = {
  evidence: text('evidence'),
  by: map('by', PERSON),
  atMs: number('at_ms'),
} satisfies Partial<Fields<Proposal>>;

const PROPOSAL = codec<Proposal>('proposal', { ...STATEMENT, said: map('said', VERDICT) });

const CLOSING = codec<Closing>('closing', {
  proposal: map('proposal', PROPOSAL),
  approval: map('approval', codec<Closing['approval']>('approval', STATEMENT)),
});

const DESTINATION = codec<Destination>('destination', {
  bank: optional(text('bank')),
  accountHash: optional(text('account_hash')),
});

const ACTOR = codec<Actor>('actor', { kind: oneOf('kind', ['customer', 'staff']), sub: text('sub') });

const AMOUNT = money('amount');

/** Derived from the list in `intent.ts`, so that a new field needs no line here. */
const PASSED_ON: Codec<PassedOn<Minor>> = {
  toItem: (fields, currency) =>
    passedOnToWire(mapPassedOn(fields, (amount) => AMOUNT.write(amount, currency))),
  fromItem: (item, currency) =>
    mapPassedOn(passedOnFromWire<number>(item), (decimal, wire) => {
      const amount = AMOUNT.read(decimal, currency);
      if (amount === undefined) throw new Error(`Bug: attribute ${wire} of passed_on cannot be read`);
      return amount;
    }),
};

const KEY = { merchantUid: text('merchant_uid'), impUid: text('imp_uid'), refundId: text('refund_id') };

const CLAIMED = {
  ...KEY,
  currency: text('currency'),
  gen: number('gen'),
  amount: AMOUNT,
  checksum: money('checksum'),
  cancelledBefore: money('cancelled_before'),
  fingerprint: optional(text('fingerprint')),
  wish: text('wish'),
  passedOn: map('passed_on', PASSED_ON),
  reason: optional(text('reason')),
  reference: optional(text('reference')),
  destination: optional(map('destination', DESTINATION)),
  actor: map('actor', ACTOR),
  requestedAtMs: number('requested_at_ms'),
  claimedAtMs: number('claimed_at_ms'),
  isRestored: optional(flag('is_restored')),
};

/** Notes on a refund in doubt. */
const NOTES = {
  seen: optional(texts('seen')),
  answer: optional(map('answer', ANSWER)),
  doubt: optional(map('doubt', DOUBT)),
  unreadableSinceMs: optional(number('unreadable_since_ms')),
  drift: optional(map('drift', DRIFT)),
  proposal: optional(map('proposal', PROPOSAL)),
};

const REQUESTED = codec<RequestedRefund>('a refund', {
  ...CLAIMED,
  ...NOTES,
  status: oneOf('status', ['requested']),
  resolveAtMs: number('resolve_at_ms'),
  lookedAtMs: optional(number('looked_at_ms')),
});

type Noted = Pick<RequestedRefund, keyof typeof NOTES>;
const NOTED = codec<Noted>('a note', NOTES);

const PAYMENT_AFTER = codec<PaymentAmounts>('payment_after', {
  cancelAmount: money('cancel_amount'),
  cancelableAmount: money('cancelable_amount'),
});

const ENDED = {
  ...CLAIMED,
  finishedAtMs: number('finished_at_ms'),
  decidedBy: oneOf('decided_by', DECIDED_BY),
  answer: NOTES.answer,
  closing: optional(map('closing', CLOSING)),
  paymentAfter: optional(map('payment_after', PAYMENT_AFTER)),
  revision: number('revision'),
};

const CANCELLED = codec<CancelledRefund>('a refund', {
  ...ENDED,
  status: oneOf('status', ['cancelled']),
  attribution: oneOf('attribution', ATTRIBUTIONS),
  entries: list<CancelEntry>('entries', ENTRY),
  executedAmount: optional(money('executed_amount')),
  cancelledAtMs: optional(seconds('cancelled_at')),
  corrected: flag('corrected'),
  undone: optional(map('undone', CLOSING)),
  proposal: NOTES.proposal,
});

const REJECTED = codec<RejectedRefund>('a refund', {
  ...ENDED,
  status: oneOf('status', ['rejected']),
  code: oneOf('code', REJECTION_CODES),
});

const NOT_EXECUTED = codec<NotExecutedRefund>('a refund', {
  ...ENDED,
  status: oneOf('status', ['not_executed']),
});

const NOT_SENT = codec<NotSentRefund>('a refund', {
  ...CLAIMED,
  status: oneOf('status', ['not_sent']),
  finishedAtMs: number('finished_at_ms'),
  cause: text('cause'),
});

const ELSEWHERE = codec<ElsewhereCancel>('a cancel made elsewhere', {
  ...KEY,
  currency: text('currency'),
  status: oneOf('status', ['elsewhere', 'attributed']),
  amount: money('amount'),
  entry: map<CancelEntry>('entry', ENTRY),
  cancelledAtMs: optional(seconds('cancelled_at')),
  seenAtMs: number('seen_at_ms'),
  attributedTo: optional(text('attributed_to')),
  paymentAfter: optional(map('payment_after', PAYMENT_AFTER)),
  revision: number('revision'),
  undone: optional(map('undone', CLOSING)),
  proposal: NOTES.proposal,
});

const BY_STATUS: Readonly<Record<LedgerItem['status'], unknown>> = {
  requested: REQUESTED,
  cancelled: CANCELLED,
  rejected: REJECTED,
  not_executed: NOT_EXECUTED,
  not_sent: NOT_SENT,
  elsewhere: ELSEWHERE,
  attributed: ELSEWHERE,
};

function codecOf(status: unknown): Codec<LedgerItem> {
  if (typeof status !== 'string' || !Object.hasOwn(BY_STATUS, status)) {
    throw new Error('Bug: attribute status of a refund cannot be read');
  }
  return BY_STATUS[status as LedgerItem['status']] as Codec<LedgerItem>;
}

export function refundFromItem(item: Item): LedgerItem {
  return codecOf(item['status']).fromItem(item, String(item['currency']));
}

/** How often an ended item has changed; 0 before its end, so that it can always be compared. */
export function revisionOf(item: LedgerItem): number {
  return 'revision' in item ? item.revision : 0;
}

export function refundToItem(item: LedgerItem): Item {
  return {
    ...refundKey(item),
    ...codecOf(item.status).toItem(item, item.currency),
    revision: revisionOf(item),
    ...proposedAt('proposal' in item ? item.proposal : undefined),
    ...indexAttributes(item),
  };
}

/** Attributes of a note, as an update sets them. */
export function noteToItem(note: Noted): Item {
  return { ...NOTED.toItem(note, ''), ...proposedAt(note.proposal) };
}

/** Stored beside the proposal, so that a condition can compare it. */
function proposedAt(proposal: Proposal | undefined): Item {
  return proposal === undefined ? {} : { proposed_at_ms: proposal.atMs };
}

/** The order among a payment's refunds: the time of the request, or of the foreign cancel. */
export function placeOf(item: LedgerItem): string {
  const atMs = isElsewhere(item) ? (item.cancelledAtMs ?? item.seenAtMs) : item.requestedAtMs;
  return placeInOrder(item, atMs);
}

/** Attributes that only the indexes use. */
export const LISTED = ['in_order', 'day_shard', 'listed_order', 'listed_at_ms'] as const;

/** An unsent refund is in no list but by its own id, and an attributed foreign cancel is listed as its refund: no index names them. */
function indexAttributes(item: LedgerItem): Item {
  if (item.status === 'not_sent' || item.status === 'attributed') return {};
  const { refundId } = item;
  const atMs = listedAtMs(item);
  return omitMissing({
    in_order: placeOf(item),
    listed_at_ms: atMs,
    listed_order: placeInList(atMs, refundId),
    day_shard: dayShardOf(refundId, atMs),
    open_shard: item.status === 'requested' ? openShardOf(refundId) : undefined,
  });
}
