import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { listedJson, type ListedRefund } from '../../functions/http/listed.ts';
import { eventOf, type PublishedEvent } from '../../functions/http/refund-events.ts';
import { refundFromItem } from '../../functions/ledger/refund-item.ts';
import { listRefunds, type ListCursor } from '../../functions/protocol/list.ts';
import { listedAtMs, type LedgerItem } from '../../functions/refund/refund.ts';
import { MORNING_MS } from './ledger-samples.ts';
import { explainedBy } from './promises.ts';
import type { ProtocolWorld } from './protocol-world.ts';
import { settle } from './settling.ts';

/** The list of the month equals i'mport's books: the same amounts at i'mport's times, page after page. */
export async function booksAreListed(world: ProtocolWorld): Promise<void> {
  // The rest was refunded at the end of the story, and may be in doubt.
  await settle(world);
  const calm = world.as('bookkeeper');
  const fromMs = MORNING_MS - 86_400_000;
  const listed: LedgerItem[] = [];
  let cursor: ListCursor | undefined;
  do {
    const wish = { status: 'cancelled', fromMs, limit: 2 } as const;
    const page = await listRefunds(cursor === undefined ? wish : { ...wish, cursor }, calm);
    listed.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  assert.equal(new Set(listed.map(({ refundId }) => refundId)).size, listed.length, 'each is listed once');
  eventsAreTheList(world, listed);
  for (const { impUid } of await world.payments()) {
    const provider = world.providerOf(impUid);
    const own = listed.filter((item) => item.impUid === impUid);
    const total = own.reduce((sum, item) => sum + explainedBy(item, own, provider), 0);
    assert.equal(total, provider.cancelled(), 'the list adds up to the books');
    const times = new Set(provider.books.map(({ cancelledAtMs }) => cancelledAtMs));
    for (const item of own) {
      // A look may have shown the entry without its time: then it is listed by the time of the look.
      const isTimed = 'cancelledAtMs' in item && item.cancelledAtMs !== undefined;
      if (isTimed) assert(times.has(listedAtMs(item)), `${item.refundId} is listed at a time of the books`);
    }
  }
}

/** A reader of events alone, some twice and the last first, gets the same month: each row as in the list, and no other. */
function eventsAreTheList(world: ProtocolWorld, listed: readonly LedgerItem[]): void {
  const events = world.changes.flatMap(({ before, after }): readonly PublishedEvent[] => {
    if (!String(after['sk']).startsWith('refund#')) return [];
    const event = eventOf(before && refundFromItem(before), refundFromItem(after));
    return event === undefined ? [] : [event];
  });
  const ids = events.map(({ detail }) => detail.event_id);
  assert.equal(new Set(ids).size, ids.length, 'each event has an id of its own');
  const heard = new Map<string, PublishedEvent['detail']>();
  for (const { detail } of [...events, ...events].toReversed()) {
    const known = heard.get(detail.refund_id);
    if (known === undefined || known.revision < detail.revision) heard.set(detail.refund_id, detail);
  }
  const month = [...heard.values()].filter(
    ({ status, attributed_to: other }) => status === 'cancelled' && other === undefined,
  );
  const rows = new Map(month.map((detail) => [detail.refund_id, rowOf(detail)]));
  const expected = listed.map((item) => listedJson(item, { nowMs: 0, quietPeriodMs: undefined }));
  const missing = expected.filter((row) => !isDeepStrictEqual(rows.get(row.refund_id), row));
  assert.deepEqual(missing, [], 'each row of the list is told as it is');
  assert.equal(rows.size, expected.length, 'nothing is told that is in no list');
}

function rowOf({
  event_id: _id,
  revision: _revision,
  cancel_amount: _cancelled,
  cancelable_amount: _left,
  ...row
}: PublishedEvent['detail']): ListedRefund {
  return row;
}
