import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  EVENT_TYPES,
  EventDetail,
  eventOf,
  standingEvent,
  type EventType,
} from '../../../functions/http/refund-events.ts';
import { listedJson } from '../../../functions/http/listed.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  closedBy,
  elsewhere,
  MORNING_MS,
  notExecuted,
  notSent,
  proposed,
  rejected,
  REFUND_ID,
  requested,
  WHOLE_ITEMS,
  won,
} from '../../support/ledger-samples.ts';

const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };
const drift = { atMs: MORNING_MS, ...paymentAfter };
const undone = closedBy({ verdict: 'undone' });
const ended = { paymentAfter };
const before = { ...ended, revision: 0 };
const proposal = { ...ended, revision: 1, proposal: proposed() };
const corrected = { ...ended, corrected: true, revision: 1 };
const attributed = { ...ended, status: 'attributed', attributedTo: REFUND_ID, revision: 1 } as const;
const noted = requested({ drift, doubt: { why: 'still alive' } });

/** A change: the item before, the item now, and the event. */
const CHANGES: readonly (readonly [string, LedgerItem | undefined, LedgerItem, EventType | undefined])[] = [
  ['a claim', undefined, requested(), undefined],
  ['the first look that finds drift', requested(), requested({ drift }), 'Refund In Drift'],
  ['a note about drift', requested({ drift }), noted, undefined],
  ['another claim after a proof that nothing was sent', notSent(), requested({ gen: 2 }), undefined],
  ['a proof that nothing was sent', requested(), notSent(), undefined],
  ['a refund that is done', requested({ drift }), cancelled(ended), 'Refund Cancelled'],
  ['a refusal', requested(), rejected(ended), 'Refund Rejected'],
  ['a refund that was never executed', requested({ drift }), notExecuted(ended), 'Refund Not Executed'],
  ['a refusal that was none', rejected(before), cancelled(corrected), 'Refund Corrected'],
  [
    'another sum than was reported',
    cancelled(corrected),
    cancelled({ ...corrected, revision: 2, executedAmount: won(400) }),
    'Refund Corrected',
  ],
  ['what one person proposes', cancelled(before), cancelled(proposal), undefined],
  [
    'a cancel that the PG has undone',
    cancelled(proposal),
    cancelled({ ...ended, revision: 2, undone }),
    'Refund Corrected',
  ],
  ['a cancel of the console', undefined, elsewhere(ended), 'Payment Cancelled Elsewhere'],
  [
    'one that the PG has undone',
    elsewhere(before),
    elsewhere({ ...ended, revision: 1, undone }),
    'Refund Corrected',
  ],
  ['one that is a refund of ours', elsewhere(before), elsewhere(attributed), 'Refund Corrected'],
];

describe('the event of a change in the ledger', () => {
  it.for(CHANGES)('%s', ([, was, is, type]) => {
    expect(eventOf(was, is)?.type).toBe(type);
    // Sent again, the event is made from the current item.
    expect(eventOf(was, is)).toEqual(type && standingEvent(is));
  });

  it('the changes give every event type, and no other', () => {
    const given = new Set(CHANGES.flatMap(([, , , type]) => type ?? []));
    expect([...given].toSorted()).toEqual(Object.keys(EVENT_TYPES).toSorted());
  });

  it('two states that look equal in a list give no event', () => {
    for (const item of WHOLE_ITEMS) {
      expect(eventOf(item, item)).toBeUndefined();
      const again = 'revision' in item ? { ...item, revision: item.revision + 1 } : item;
      expect(eventOf(item, again)).toBeUndefined();
    }
  });
});

const MARK = 'NOBODY-ELSE-MAY-READ-THIS';
const ofABuyer = {
  actor: { kind: 'customer', sub: MARK },
  wish: MARK,
  fingerprint: MARK,
  destination: { bank: MARK, accountHash: MARK },
} as const;

describe('the content of an event', () => {
  it('an event is the refund as in lists, with the payment’s amounts', () => {
    const item = cancelled({ ...ended, reason: 'size', reference: 'R-1', executedAmount: won(900) });
    expect(standingEvent(item)).toEqual({
      type: 'Refund Cancelled',
      detail: {
        event_id: `${REFUND_ID}-1`,
        revision: 1,
        ...listedJson(item, { nowMs: MORNING_MS, quietPeriodMs: undefined }),
        cancel_amount: 1_000,
        cancelable_amount: 9_000,
      },
    });
  });

  it('a later event has a higher revision, and each event has its own id', () => {
    const life = [
      requested({ drift }),
      rejected(before),
      cancelled(corrected),
      cancelled({ ...corrected, revision: 3, undone }),
    ].map((item) => standingEvent(item)?.detail);
    expect(life.map((detail) => detail?.revision)).toEqual([0, 1, 2, 4]);
    expect(new Set(life.map((detail) => detail?.event_id)).size).toBe(4);
    expect(life).toMatchObject([{ drift: true }, {}, { corrected: true }, { corrected: true, undone: true }]);
    // A key that is free again may be used for another refund that drifts.
    expect(standingEvent(requested({ gen: 2, drift }))?.detail.event_id).not.toBe(life[0]?.event_id);
  });

  it('the event of an attributed foreign cancel names its refund, so that nobody counts it twice', () => {
    expect(standingEvent(elsewhere(attributed))?.detail).toMatchObject({
      attributed_to: REFUND_ID,
      made_by: 'provider',
    });
  });

  it('an event has exactly the described fields, and no account or buyer', () => {
    const Exact = v.strictObject(EventDetail.entries);
    const events = WHOLE_ITEMS.flatMap(
      (item) => standingEvent('actor' in item ? { ...item, ...ofABuyer } : item) ?? [],
    );
    expect(events).toHaveLength(WHOLE_ITEMS.length - 1);
    for (const event of events) expect(v.is(Exact, event.detail)).toBe(true);
    expect(JSON.stringify(events)).not.toContain(MARK);
  });

  it('an item without the amounts of its payment is a defect and not published', () => {
    expect(() => standingEvent(cancelled())).toThrow('Bug');
  });
});
