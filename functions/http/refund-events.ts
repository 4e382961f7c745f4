import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { assertNever } from '../refund/assert-never.ts';
import { toDecimal } from '../refund/money.ts';
import type { LedgerItem } from '../refund/refund.ts';
import { described, optional } from './described.ts';
import { ListedRefund, listedJson } from './listed.ts';

/**
 * The events about refunds for the shop's other programs, with their meaning. These are not the log lines (`protocol/events.ts`).
 */
export const EVENT_TYPES = {
  'Refund Cancelled': 'The refund was executed; the money goes back.',
  'Refund Rejected': 'The refund was refused; no money goes back.',
  'Refund Not Executed':
    'The refund was sent but never executed. To try again, send a request with a new `Idempotency-Key`.',
  'Refund Corrected':
    'An earlier answer or event is no longer true: the refund was cancelled after all, the PG has undone it (`undone`), ' +
    'or a cancel made elsewhere turned out to be a refund of the service (`attributed_to`).',
  'Refund In Drift':
    'The service can no longer decide the outcome; two members of staff must close the refund. Its end is a separate event.',
  'Payment Cancelled Elsewhere':
    'Somebody else cancelled (for example in i’mport’s console), and the service found it.',
} as const;
export type EventType = keyof typeof EVENT_TYPES;

/** `source` of every event; `resources` has the service's name, because two services may share a bus. */
export const EVENT_SOURCE = 'iamport-refunds';

export const EventDetail = v.object({
  event_id: described(v.string(), 'A repeated delivery of an event has the same id.'),
  revision: described(
    v.pipe(v.number(), v.integer()),
    'Of two events with the same `refund_id`, the one with the higher revision is newer. Numbers may be skipped.',
  ),
  ...ListedRefund.entries,
  attributed_to: optional(
    v.string(),
    'The `refund_id` of the refund that this cancel is. Count that refund, not this cancel.',
  ),
  cancel_amount: described(v.number(), 'The total amount cancelled of the payment.'),
  cancelable_amount: described(v.number(), 'The amount that is left of the payment.'),
});

export interface PublishedEvent {
  readonly type: EventType;
  readonly detail: v.InferOutput<typeof EventDetail>;
}

/** The event of an item's change; undefined when nothing new is known outside, e.g. for one person's proposal. */
export function eventOf(before: LedgerItem | undefined, after: LedgerItem): PublishedEvent | undefined {
  const event = standingEvent(after);
  const earlier = before && standingEvent(before);
  const isNews = event === undefined || !isDeepStrictEqual(unnumbered(event), earlier && unnumbered(earlier));
  return isNews ? event : undefined;
}

function unnumbered({ type, detail: { event_id: _id, revision: _revision, ...rest } }: PublishedEvent) {
  return { type, ...rest };
}

/** Undefined: in flight, or never sent. */
function typeOf(item: LedgerItem): EventType | undefined {
  switch (item.status) {
    case 'requested':
      return item.drift && 'Refund In Drift';
    case 'not_sent':
      return undefined;
    case 'cancelled':
      return item.corrected || item.undone !== undefined ? 'Refund Corrected' : 'Refund Cancelled';
    case 'rejected':
      return 'Refund Rejected';
    case 'not_executed':
      return 'Refund Not Executed';
    case 'elsewhere':
      return item.undone === undefined ? 'Payment Cancelled Elsewhere' : 'Refund Corrected';
    case 'attributed':
      return 'Refund Corrected';
    default:
      return assertNever(item);
  }
}

/** The last event of an item in its current state; undefined when it has none. */
export function standingEvent(item: LedgerItem): PublishedEvent | undefined {
  const type = typeOf(item);
  if (type === undefined) return undefined;
  const { currency, refundId } = item;
  const drift = item.status === 'requested' ? item.drift : undefined;
  const amounts = 'paymentAfter' in item ? item.paymentAfter : drift;
  if (amounts === undefined) throw new Error('Bug: an ended refund without the amounts of its payment');
  // Drift, which comes before every end, has revision 0.
  const revision = 'revision' in item ? item.revision + 1 : 0;
  const detail: PublishedEvent['detail'] = {
    // A key that is free again may be used for another refund that drifts.
    event_id: `${refundId}-${item.status === 'requested' ? `drift-${item.gen}` : revision}`,
    revision,
    // Lists compute drift from the time; as an event it is reported once, by the look that found it.
    ...listedJson(item, { nowMs: 0, quietPeriodMs: undefined }),
    ...(drift && { drift: true }),
    ...(item.status === 'attributed' && { attributed_to: item.attributedTo ?? '' }),
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
