import { afterAll, describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Table } from '../../../functions/ledger/table.ts';
import type { Listed, ListPart, ListPosition } from '../../../functions/protocol/ports.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';
import { FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  MORNING_MS,
  notSent,
  rejected,
  requested,
} from '../../support/ledger-samples.ts';

const SHARDS = 2;
const emulated = await emulatedLedger();
afterAll(async () => emulated.end());

async function fill(table: Table, items: readonly LedgerItem[]): Promise<void> {
  for (const [index, item] of items.entries()) {
    const put = refundToItem(item, SHARDS);
    const { pk, sk } = put as { readonly pk: string; readonly sk: string };
    const changes = [{ key: { pk, sk }, when: {}, put }];
    await table.transact({ what: 'fill', changes, token: `${item.refundId}-${index}` });
  }
}

/** Sixty cancels of one morning, several in the same second. */
const MANY = Array.from({ length: 60 }, (_, index) =>
  cancelled({
    refundId: `rf_${String((index * 7) % 60).padStart(24, '0')}`,
    cancelledAtMs: MORNING_MS + Math.floor(index / 3) * 1_000,
  }),
);
const DAY = '2026-01-15';
const END: ListPosition = { atMs: MORNING_MS + 86_400_000, refundId: '' };

function ids({ items }: Listed): readonly string[] {
  return items.map(({ refundId }) => refundId);
}

/** Reads part after part to the end. */
async function walk(
  read: (part: ListPart) => Promise<Listed>,
  limit: number,
  end: ListPosition = END,
): Promise<readonly Listed[]> {
  const parts: Listed[] = [];
  for (let before: ListPosition | undefined = end; before !== undefined;) {
    const part: Listed = await read({ limit, before });
    parts.push(part);
    before = part.next;
  }
  return parts;
}

/** The refunds as a list returns them. */
function inOrder(items: readonly LedgerItem[]): readonly string[] {
  const placed = items.map((item) => refundToItem(item, SHARDS));
  return placed
    .map(({ listed_order: order }) => String(order))
    .toSorted()
    .toReversed()
    .map((order) => order.slice(17));
}

describe.each([
  ['the table of the tests', new FakeTable()],
  ['DynamoDB’s emulator', emulated.table],
] as const)('lists of refunds, on %s', (_name, table) => {
  const ledger = ledgerOn(table, { shards: SHARDS });

  const ofDay = async (part: ListPart): Promise<Listed> => ledger.listedOn({ ...part, day: DAY });

  it('the list of a day returns every refund of its shards once, newest first, in parts of any size', async () => {
    await fill(table, MANY);
    for (const limit of [1, 40, 1_000]) {
      const parts = await walk(ofDay, limit);
      expect(parts.flatMap(ids)).toEqual(inOrder(MANY));
      // At least two per shard, so that every call makes progress.
      for (const { read } of parts) expect(read).toBeLessThanOrEqual(Math.max(16, limit));
      expect(parts.slice(0, -1).every(({ items }) => items.length > 0)).toBe(true);
    }
  });

  it('a list starts behind a position, whether its refund still exists or not, and stops at its end', async () => {
    const [, , third = '', ...others] = inOrder(MANY);
    const atMs = MANY.find(({ refundId }) => refundId === third)?.cancelledAtMs ?? 0;
    const behind = { limit: 1_000, before: { atMs, refundId: third } };
    expect(ids(await ofDay(behind))).toEqual(others);
    const gone = { ...behind, before: { atMs, refundId: `${third}-` } };
    expect(ids(await ofDay(gone))).toEqual([third, ...others]);
    const fromMs = MORNING_MS + 18_000;
    const late = MANY.filter(({ cancelledAtMs = 0 }) => cancelledAtMs >= fromMs);
    expect(ids(await ofDay({ limit: 1_000, before: END, fromMs }))).toEqual(inOrder(late));
  });

  it('a list holds foreign cancels and refunds in doubt, but neither unsent refunds nor attributed foreign cancels', async () => {
    const atMs = MORNING_MS + 2 * 86_400_000;
    const own = { cancelledAtMs: atMs, seenAtMs: atMs };
    await fill(table, [
      requested({ refundId: 'rf_doubt', requestedAtMs: atMs + 1 }),
      rejected({ refundId: 'rf_rejected', finishedAtMs: atMs + 2 }),
      elsewhere({ refundId: 'el_console', ...own }),
      elsewhere({ refundId: 'el_ours', status: 'attributed', ...own }),
      notSent({ refundId: 'rf_not_sent', finishedAtMs: atMs }),
    ]);
    const before = { atMs: atMs + 86_400_000, refundId: '' };
    const read = await ledger.listedOn({ day: '2026-01-17', limit: 100, before });
    expect(ids(read)).toEqual(['rf_rejected', 'rf_doubt', 'el_console']);
    expect(read.next).toBeUndefined();
  });

  it('the list of a reference returns its refunds newest first, whatever their order number and day', async () => {
    const items = Array.from({ length: 5 }, (_, index) =>
      cancelled({
        refundId: `rf_of_reference_${index}`,
        merchantUid: `order-${index}`,
        reference: '반품 1',
        cancelledAtMs: MORNING_MS + index * 40 * 86_400_000,
      }),
    );
    await fill(table, [...items, cancelled({ refundId: 'rf_other', reference: '반품 10' })]);
    const before = { atMs: MORNING_MS + 400 * 86_400_000, refundId: '' };
    const ofReference = async (part: ListPart) => ledger.byReference({ ...part, reference: '반품 1' });
    const parts = await walk(ofReference, 3, before);
    expect(parts.flatMap(ids)).toEqual(inOrder(items));
  });
});
