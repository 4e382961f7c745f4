import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { listedJson, type ListedRefund } from '../../functions/http/listed.ts';
import { eventOf, type PublishedEvent } from '../../functions/http/refund-events.ts';
import { refundFromItem } from '../../functions/ledger/refund-item.ts';
import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import { listRefunds, type ListCursor } from '../../functions/protocol/list.ts';
import { readRefund } from '../../functions/protocol/read.ts';
import { StoreError } from '../../functions/protocol/write.ts';
import { entryKey } from '../../functions/refund/identity.ts';
import { cancelableAmount, type Payment } from '../../functions/refund/payment.ts';
import {
  executedAmount,
  isElsewhere,
  isFinal,
  listedAtMs,
  type CancelledRefund,
  type LedgerItem,
  type Refund,
} from '../../functions/refund/refund.ts';
import { MORNING_MS } from './ledger-samples.ts';
import type { ModelProvider } from './model-provider.ts';
import { LASTS_MS, ORDER, requestOf, type ProtocolWorld } from './protocol-world.ts';
import { settle } from './settling.ts';

/** The promises of the service, checked after everything has settled. */
export async function promisesAreKept(world: ProtocolWorld): Promise<void> {
  nothingFailed(world);
  await settle(world);
  nothingFailed(world);
  if (world.options.isPressedTwice === true)
    assert(world.provider.executed.length <= 1, 'an equal request without a key is one refund');
  const payments = await world.payments();
  for (const [impUid, provider] of world.providers) {
    const payment = payments.find((each) => each.impUid === impUid);
    if (payment === undefined && world.options.isNew === true) continue;
    assert(payment, 'the payment is in the ledger');
    const items = await world.items(payment);
    balanceIsRight(payment, items, provider);
    for (const id of provider.executed) wasDoneOnce(world, provider, id, items);
    for (const item of items) if (!isElsewhere(item)) isTrue(world, provider, item);
  }
  for (const name of world.asked.keys()) await wasTrue(world, name, payments);
  await restCanBeRefunded(world, payments);
  nothingFailed(world);
}

function nothingFailed({ run, events, violations }: ProtocolWorld): void {
  for (const [name, error] of run.errors) {
    assert(
      error instanceof StoreError,
      `${name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
  }
  for (const event of events) {
    if (event.event === 'failed') throw event.error;
  }
  assert.deepEqual(violations, []);
}

function balanceIsRight(payment: Payment, items: readonly LedgerItem[], provider: ModelProvider): void {
  assert.equal(payment.inFlight, undefined, 'nothing is open');
  assert(provider.cancelled() <= provider.paid, 'not more than was paid');
  assert.equal(payment.cancelAmount, provider.cancelled(), 'the ledger agrees with the provider');
  assert.equal(cancelableAmount(payment), provider.left(), 'what is left is what the provider leaves');
  const explained = items.reduce((sum, item) => sum + explainedBy(item, items, provider), 0);
  assert.equal(explained, provider.cancelled(), 'every won is explained');
}

/** The part of R that an item explains. */
function explainedBy(item: LedgerItem, items: readonly LedgerItem[], provider: ModelProvider): number {
  if ('undone' in item && item.undone !== undefined) return 0;
  if (item.status === 'elsewhere') return item.amount;
  return item.status === 'cancelled' && !isUnlisted(item, items, provider) ? executedAmount(item) : 0;
}

/**
 * Cancelled by people without an entry: the provider's books never show it, or show it later without a tag, so it cannot be
 * recognised.
 */
function isUnlisted(
  { refundId, entries }: CancelledRefund,
  items: readonly LedgerItem[],
  provider: ModelProvider,
): boolean {
  const own = new Set(provider.entriesOf(refundId).map(entryKey));
  const isTakenForForeign = items.some(
    (item) => item.status === 'elsewhere' && own.has(entryKey(item.entry)),
  );
  return entries.length === 0 && (own.size === 0 || isTakenForForeign);
}

function wasDoneOnce(
  world: ProtocolWorld,
  provider: ModelProvider,
  refundId: string,
  items: readonly LedgerItem[],
): void {
  assert.equal(world.sends.get(refundId), 1, `${refundId} was sent once`);
  assert.equal(provider.timesMoved(refundId), 1, `${refundId} was executed once`);
  const item = items.find((each) => each.refundId === refundId);
  if (provider.entriesOf(refundId).length === 0) return;
  assert.equal(item?.status, 'cancelled', `${refundId} was executed`);
}

/** By i'mport's books: a cancel that the PG executed and i'mport has lost is told as i'mport tells it. */
function isTrue({ events }: ProtocolWorld, provider: ModelProvider, refund: Refund): void {
  const { refundId, status } = refund;
  const entries = provider.entriesOf(refundId);
  assert.equal(entries.length > 0, status === 'cancelled', `${refundId} is ${status}`);
  if (refund.status !== 'cancelled') return;
  const done = entries.reduce((sum, { amount }) => sum + amount, 0);
  assert.equal(executedAmount(refund), done, `${refundId} was executed with ${done}`);
  const isTold = events.some((event) => event.event === 'corrected' && event.refundId === refundId);
  if (refund.corrected) assert(isTold, 'a correction is told');
}

/** What a caller was told stays true. */
async function wasTrue(world: ProtocolWorld, name: string, payments: readonly Payment[]): Promise<void> {
  const { refundIds = [], hasKey = true } = world.asked.get(name) ?? {};
  const told = world.run.answers.get(name) as CancelResult | undefined;
  if (told === undefined || told.kind === 'refused') {
    if (told?.refusal.code === 'IDEMPOTENCY_KEY_REUSED') assert(hasKey, `${name} has used no key`);
    // This worker has died, or has told its caller that nothing was executed: by a refusal, or because the table was unreachable.
    const isTold = told !== undefined || world.run.errors.has(name);
    for (const refundId of refundIds)
      if (isTold && isOnlyAsker(world, refundId))
        assert.equal(world.sends.get(refundId), undefined, `${name} was told that nothing was sent`);
    return;
  }
  const { refundId } = told.refund;
  assert(refundIds.includes(refundId), 'told of the refund that was asked for');
  if (told.kind === 'unknown') return hasAnEnd(world, told, payments);
  const refund = world.item(told.payment.impUid, refundId);
  const isCorrected = refund?.status === 'cancelled' && refund.corrected;
  if (world.options.isBroken === true && told.refund.status !== 'cancelled' && isCorrected) return;
  assert.equal(refund?.status, told.refund.status, 'what was told stays true');
  if (refund?.status === 'cancelled' && told.refund.status === 'cancelled')
    assert.equal(executedAmount(refund), executedAmount(told.refund), 'the amount that was told stays true');
}

/** A 202 has an end: its refund is final, or was not sent and never will be. */
async function hasAnEnd(
  world: ProtocolWorld,
  { refund, payment }: Extract<CancelResult, { kind: 'unknown' }>,
  payments: readonly Payment[],
): Promise<void> {
  assert(payments.some(({ impUid }) => impUid === payment.impUid));
  const { refundId, claimedAtMs: askedAtMs } = refund;
  const actor = { kind: 'staff', sub: 'staff' } as const;
  const wanted = { merchantUid: ORDER, refundId, askedAtMs, actor };
  const read = await readRefund(wanted, world.nowMs + LASTS_MS, world.as('reader'));
  if (read.kind === 'found') {
    const { status } = read.refund;
    assert(isFinal(read.refund), `a 202 ends, and is not ${status}`);
    return;
  }
  assert(read.kind === 'refused', 'a 202 ends');
  assert.equal(read.refusal.code, 'REFUND_NOT_FOUND');
  assert.equal(world.sends.get(refundId), undefined, 'what is not found was never sent');
}

function isOnlyAsker({ asked, options }: ProtocolWorld, refundId: string): boolean {
  const askers = [...asked.values()].filter((each) => each.refundIds.includes(refundId));
  return askers.length === 1 && options.begins === undefined;
}

/** Nothing prevents a later refund with the right checksum. */
async function restCanBeRefunded(world: ProtocolWorld, payments: readonly Payment[]): Promise<void> {
  for (const { impUid } of payments) {
    const provider = world.providerOf(impUid);
    const left = provider.left();
    const request = requestOf({ impUid }, `the rest of ${impUid}`, undefined, true);
    const result = await cancelPayment(request, world.nowMs + LASTS_MS, world.as('the last'));
    if (left === 0) {
      assert(result.kind === 'refused', 'nothing is left');
      assert.equal(result.refusal.code, 'ALREADY_FULLY_REFUNDED');
    } else if (!provider.executed.some((id) => provider.entriesOf(id).length === 0)) {
      assert(result.kind !== 'refused', `what is left is refunded: ${JSON.stringify(result)}`);
      assert.equal(provider.left(), 0, 'what is left is refunded');
    }
  }
}

/** The list of the month equals i'mport's books: the same amounts at i'mport's times, page after page. */
export async function booksAreListed(world: ProtocolWorld): Promise<void> {
  // The rest was refunded at the end of the story, and may be in doubt.
  await settle(world);
  const calm = world.as('bookkeeper');
  const fromMs = MORNING_MS - 86_400_000;
  const listed: LedgerItem[] = [];
  let cursor: ListCursor | undefined;
  do {
    const query = { status: 'cancelled', fromMs, limit: 2 } as const;
    const page = await listRefunds(cursor === undefined ? query : { ...query, cursor }, calm);
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
