import { describe, expect, it } from 'vitest';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { handleResend, type PublishWorld } from '../../../functions/publish-refunds.ts';
import type { Outgoing } from '../../../functions/runtime/event-bus.ts';
import { elsewhereId } from '../../../functions/refund/identity.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  MORNING_MS,
  notSent,
  rejected,
  requested,
  won,
} from '../../support/ledger-samples.ts';

const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };
const PERIOD = { fromSeconds: MORNING_MS / 1000 - 60, toSeconds: MORNING_MS / 1000 + 60 };
const A_RUN_MS = 60_000;
const entry = entryOf(1_000);
const named = (n: number) => `rf_${String(n).padStart(24, '0')}`;

/** A ledger with these items, and a bus that accepts events unless `refuses` says otherwise. */
function worldOf(items: readonly LedgerItem[], refuses: (each: Outgoing) => boolean = () => false) {
  const table = new FakeTable();
  for (const item of items) table.put(refundToItem(item));
  const sent: Outgoing['event'][] = [];
  const kept: object[] = [];
  let nowMs = MORNING_MS;
  const world: PublishWorld = {
    now: () => nowMs,
    ledger: table.ledger(),
    put: async (events) => {
      nowMs += 1_000;
      sent.push(...events.filter((each) => !refuses(each)).map(({ event }) => event));
      return Promise.resolve(new Map(events.filter(refuses).map((each) => [each, 'InternalFailure'])));
    },
    keep: async (body) => Promise.resolve(void kept.push(body)),
  };
  return { world, table, sent, kept };
}

describe('sending events again', () => {
  it('the last event of each refund of the period is sent again, also of attributed foreign cancels, which no list has', async () => {
    const { world, sent } = worldOf([
      cancelled({ refundId: named(1), paymentAfter, entries: [entry], corrected: true, revision: 1 }),
      elsewhere({
        refundId: elsewhereId(IMP_UID, entry),
        status: 'attributed',
        attributedTo: named(1),
        paymentAfter,
        revision: 1,
      }),
      rejected({ refundId: named(2), paymentAfter }),
      requested({ refundId: named(3), drift: { atMs: MORNING_MS, ...paymentAfter } }),
      requested({ refundId: named(4) }),
      notSent({ refundId: named(5) }),
      cancelled({ refundId: named(6), paymentAfter, entries: [], cancelledAtMs: MORNING_MS - 3_600_000 }),
    ]);
    expect(await handleResend(PERIOD, MORNING_MS + A_RUN_MS, world)).toEqual({ sent: 4, kept: 0 });
    expect(sent.map((event) => event.type).toSorted()).toEqual([
      'Refund Corrected',
      'Refund Corrected',
      'Refund In Drift',
      'Refund Rejected',
    ]);
    expect(
      sent.filter(({ detail }) => 'attributed_to' in detail && detail.attributed_to === named(1)),
    ).toHaveLength(1);
  });

  it('a run without time left is continued by the next one, and each event is sent once', async () => {
    const many = Array.from({ length: 250 }, (_, n) => rejected({ refundId: named(n), paymentAfter }));
    const { world, sent } = worldOf(many);
    const first = await handleResend(PERIOD, MORNING_MS + 35_000, world);
    expect(first).toMatchObject({ sent: 100, cursor: {} });
    const rest = await handleResend({ ...PERIOD, cursor: first.cursor }, world.now() + A_RUN_MS, world);
    expect(rest).toEqual({ sent: 150, kept: 0 });
    expect(new Set(sent.map(({ detail }) => JSON.stringify(detail))).size).toBe(250);
  });

  it('an item that cannot be read and an event that the bus refuses go into the queue, and stop no other', async () => {
    const items = [1, 2, 3, 4].map((n) => rejected({ refundId: named(n), paymentAfter }));
    const refuses = ({ event }: Outgoing) => JSON.stringify(event).includes(named(2));
    const { world, table, kept } = worldOf(items, refuses);
    const [one, , three] = table.items;
    table.put({ ...one, gen: 'broken' });
    const { payment_after: _gone, ...rest } = three ?? {};
    table.put(rest);
    expect(await handleResend(PERIOD, MORNING_MS + A_RUN_MS, world)).toEqual({ sent: 1, kept: 3 });
    expect(kept).toMatchObject([
      { why: 'InternalFailure', event: { type: 'Refund Rejected' } },
      { why: 'it cannot be read', refundId: named(1) },
      { why: 'it cannot be read', refundId: named(3) },
    ]);
  });
});
