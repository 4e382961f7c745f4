import assert from 'node:assert/strict';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { receiveWebhook } from '../../functions/protocol/webhook.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { entryKey } from '../../functions/refund/identity.ts';
import type { Booked } from './model-provider.ts';
import { close, truthOf } from './people.ts';
import { AFTER_QUIET_MS, BETWEEN_LOOKS_MS, DRIFT_MS, ORDER, type ProtocolWorld } from './protocol-world.ts';

/** Hours later, without failures: the schedule looks at everything open, then people close the rest. */
export async function settle(world: ProtocolWorld): Promise<void> {
  world.run.isOver = true;
  const calm = world.as('later');
  if (world.options.isBroken !== true) world.adversity.deliverRequests(Infinity);
  await looks(world, calm);
  world.adversity.deliverAll();
  for (const provider of world.providers.values())
    while (provider.accepted.length > 0) provider.settleAccepted(world.nowMs);
  await looks(world, calm);
  if (world.options.hidesForEver !== true) for (const provider of world.providers.values()) provider.reveal();
  await webhooks(world, calm);
  world.nowMs += DRIFT_MS;
  await peopleClose(world, calm);
  await webhooks(world, calm);
  await peopleUndo(world, calm);
  await webhooks(world, calm);
}

async function looks(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    world.nowMs += AFTER_QUIET_MS;
    const times = { stopAtMs: world.nowMs + 60_000, deadlineMs: world.nowMs + 60_000 };
    await resolveOpenRefunds({ parallel: 1, all: false, ...times }, calm);
  }
}

async function webhooks(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const impUid of world.providers.keys()) {
    world.nowMs += BETWEEN_LOOKS_MS;
    await receiveWebhook(impUid, world.nowMs + 28_000, calm);
  }
}

export async function paymentsOf(world: ProtocolWorld): Promise<readonly Payment[]> {
  return world.as('check').ledger.payments(ORDER);
}

export async function itemsOf(world: ProtocolWorld, payment: Payment): Promise<readonly LedgerItem[]> {
  return world.as('check').ledger.allRefunds(payment);
}

/** A refund that no rule could decide: two staff members know from the PG what happened. */
async function peopleClose(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const { inFlight: refundId, impUid } of await paymentsOf(world)) {
    if (refundId === undefined) continue;
    const said = truthOf(world, refundId);
    assert(said, 'the PG can say by now');
    let first = await close(world, 'first', { refundId, said, impUid }, calm);
    // The PG may have said otherwise before; that person then repeats its new answer.
    if (first.kind === 'refused' && first.refusal.code === 'PROPOSAL_DIFFERS')
      first = await close(world, first.refusal.proposedBy, { refundId, said, impUid }, calm);
    // Already closed when somebody had proposed the same before.
    assert(
      first.kind !== 'refused',
      `people may end it as ${JSON.stringify(said)}: ${JSON.stringify(first)}`,
    );
    const second = await close(world, 'another', { refundId, said, impUid }, calm);
    assert.equal(second.kind, 'closed', `two people end it: ${JSON.stringify(second)}`);
  }
}

/** A cancel that the PG undid is closed as undone (row 11). */
async function peopleUndo(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const payment of await paymentsOf(world)) {
    const { books } = world.providerOf(payment.impUid);
    for (const entry of books.filter(({ isUndone }) => isUndone === true)) {
      const item = holderOf(await itemsOf(world, payment), entry);
      if (item === undefined || ('undone' in item && item.undone !== undefined)) continue;
      const { refundId } = item;
      const { impUid } = payment;
      const said = { verdict: 'undone' } as const;
      const first = await close(world, 'first', { refundId, said, impUid }, calm);
      assert(first.kind !== 'refused', `people may say that it was undone: ${JSON.stringify(first)}`);
      const second = await close(world, 'second', { refundId, said, impUid }, calm);
      assert.equal(second.kind, 'closed', `two people say that it was undone: ${JSON.stringify(second)}`);
    }
  }
}

function holderOf(items: readonly LedgerItem[], entry: Booked): LedgerItem | undefined {
  return items.find((item) => {
    if (item.status === 'elsewhere') return entryKey(item.entry) === entryKey(entry);
    return item.status === 'cancelled' && item.entries.some((each) => entryKey(each) === entryKey(entry));
  });
}
