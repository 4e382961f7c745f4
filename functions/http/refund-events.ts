import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { assertNever } from '../refund/assert-never.ts';
import { toDecimal } from '../refund/money.ts';
import type { LedgerItem, PaymentAmounts } from '../refund/refund.ts';
import { described } from './described.ts';
import { ListedRefund, listedJson } from './listed.ts';

/**
 * The events about refunds for the shop's other programs, with their meaning. These are not the log lines (`protocol/events.ts`).
 */
export const EVENT_TYPES = {
  'Refund Cancelled': 'The money goes back.',
  'Refund Rejected': 'It was refused, and no money goes back.',
  'Refund Not Executed':
    'It was sent and never executed; whoever still wants it asks again with a new `Idempotency-Key`.',
  'Refund Corrected':
    'What an answer or an event has told of it is different now: it was cancelled after all, the PG has undone it (`undone`), ' +
    'or a cancel made elsewhere turned out to be a refund of the service (`attributed_to`).',
  'Refund In Drift':
    'No program can decide it any more; two members of staff can. Its end is an event of its own.',
  'Payment Cancelled Elsewhere': 'Others have cancelled (i’mport’s console); the service has found it.',
} as const;
export type EventType = keyof typeof EVENT_TYPES;

/** `source` of every event; `resources` has the service's name, because two services may share a bus. */
export const EVENT_SOURCE = 'iamport-refunds';

export const EventDetail = v.object({
  event_id: described(v.string(), 'The same when an event is delivered again.'),
  revision: described(
    v.pipe(v.number(), v.integer()),
    'Of two events of one `refund_id` the one with the higher number is newer. Not every number comes.',
  ),
  ...ListedRefund.entries,
  attributed_to: v.optional(
    described(
      v.string(),
      'The `refund_id` of the refund that this cancel is: it counts there, and no longer as a cancel of its own.',
    ),
  ),
  cancel_amount: described(v.number(), 'What the payment has given back in all.'),
  cancelable_amount: described(v.number(), 'What is left of it.'),
});

export interface PublishedEvent {
  readonly type: EventType;
  readonly detail: v.InferOutput<typeof EventDetail>;
}

/** The event of an item's change; undefined when nothing new is known outside, e.g. for one person's proposal. */
export function eventOf(before: LedgerItem | undefined, after: LedgerItem): PublishedEvent | undefined {
  const event = standingEvent(after);
  const earlier = before && standingEvent(before);
  return event !== undefined && earlier !== undefined && tellTheSame(event, earlier) ? undefined : event;
}

function tellTheSame(a: PublishedEvent, b: PublishedEvent): boolean {
  return isDeepStrictEqual(unnumbered(a), unnumbered(b));
}

function unnumbered({ type, detail: { event_id: _id, revision: _revision, ...rest } }: PublishedEvent) {
  return { type, ...rest };
}

/** The last event of an item in its current state; undefined when it has none: in flight, or never sent. */
export function standingEvent(item: LedgerItem): PublishedEvent | undefined {
  switch (item.status) {
    case 'requested': {
      const { drift, gen, refundId } = item;
      if (drift === undefined) return undefined;
      const { type, detail } = told('Refund In Drift', item, drift, 0);
      return { type, detail: { ...detail, event_id: `${refundId}-drift-${gen}`, drift: true } };
    }
    case 'not_sent':
      return undefined;
    case 'cancelled': {
      const isNews = item.corrected || item.undone !== undefined;
      return ended(isNews ? 'Refund Corrected' : 'Refund Cancelled', item);
    }
    case 'rejected':
      return ended('Refund Rejected', item);
    case 'not_executed':
      return ended('Refund Not Executed', item);
    case 'elsewhere':
      return ended(item.undone === undefined ? 'Payment Cancelled Elsewhere' : 'Refund Corrected', item);
    case 'attributed': {
      const { type, detail } = ended('Refund Corrected', item);
      const { attributedTo = '' } = item;
      return { type, detail: { ...detail, attributed_to: attributedTo } };
    }
    default:
      return assertNever(item);
  }
}

type EndedItem = Extract<LedgerItem, { readonly revision: number }>;

function ended(type: EventType, item: EndedItem): PublishedEvent {
  const { paymentAfter, revision } = item;
  if (paymentAfter === undefined) throw new Error('Bug: an ended refund without the amounts of its payment');
  // Drift, which comes before every end, has revision 0.
  return told(type, item, paymentAfter, revision + 1);
}

function told(type: EventType, item: LedgerItem, amounts: PaymentAmounts, revision: number): PublishedEvent {
  const { currency, refundId } = item;
  const detail = {
    event_id: `${refundId}-${revision}`,
    revision,
    // Lists compute drift from the time; as an event it is told once, by the look that found it.
    ...listedJson(item, { nowMs: 0, quietPeriodMs: undefined }),
    cancel_amount: toDecimal(amounts.cancelAmount, currency),
    cancelable_amount: toDecimal(amounts.cancelableAmount, currency),
  };
  return { type, detail };
}

// --- To an address of the shop's ---

const FIRST_PAUSE_SECONDS = 10;
const LONGEST_PAUSE_SECONDS = 3_600;
const TRIED_FOR_SECONDS = 24 * 3_600;

/** The pause before an event that was refused `tries` times is sent again. */
export function pauseSecondsAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(tries - 1, 10));
}

/** How often an event is sent within a day. */
export function mostTries(): number {
  let tries = 0;
  for (let waited = 0; waited < TRIED_FOR_SECONDS; waited += pauseSecondsAfter(tries)) tries += 1;
  return tries;
}
