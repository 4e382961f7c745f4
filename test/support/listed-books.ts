import assert from 'node:assert/strict';
import { listRefunds, type ListCursor } from '../../functions/protocol/list.ts';
import { listedAtMs, type LedgerItem } from '../../functions/refund/refund.ts';
import { MORNING_MS } from './ledger-samples.ts';
import { explainedBy } from './promises.ts';
import type { ProtocolWorld } from './protocol-world.ts';
import { paymentsOf, settle } from './settling.ts';

/** The list of the month is what i'mport's books have: the same won, at i'mport's times, page after page. */
export async function booksAreListed(world: ProtocolWorld): Promise<void> {
  // What was left has been refunded at the end of the story, and may be in doubt.
  await settle(world);
  const calm = world.calm('bookkeeper');
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
  for (const { impUid } of await paymentsOf(world)) {
    const provider = world.providerOf(impUid);
    const own = listed.filter((item) => item.impUid === impUid);
    const total = own.reduce((sum, item) => sum + explainedBy(item, own, provider), 0);
    assert.equal(total, provider.cancelled(), 'the list adds up to the books');
    const times = new Set(provider.books.map(({ cancelledAtMs }) => cancelledAtMs));
    for (const item of own) {
      // A look may have shown the entry without its time: then it is listed when it was seen.
      const isTimed = 'cancelledAtMs' in item && item.cancelledAtMs !== undefined;
      if (isTimed) assert(times.has(listedAtMs(item)), `${item.refundId} is listed at a time of the books`);
    }
  }
}
