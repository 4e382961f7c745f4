import assert from 'node:assert/strict';
import type { CancelResult } from '../../functions/protocol/cancel.ts';
import type { PaymentGateway, Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { StoreError } from '../../functions/protocol/store-error.ts';
import { hearWebhook } from '../../functions/protocol/webhook.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import { AFTER_QUIET_MS, DRIFT_MS, ORDER, type ProtocolWorld } from './protocol-world.ts';

function calmGateway({ providers }: ProtocolWorld): PaymentGateway {
  return {
    prepare: async () => ({ kind: 'ready' }),
    hashAccount: async () => undefined,
    list: async () => ({ kind: 'failed', cause: 'not part of this world' }),
    find: async () => ({ kind: 'missing' }),
    payment: async (impUid) => {
      const provider = providers.get(impUid);
      return provider === undefined ? { kind: 'missing' } : { kind: 'found', payment: provider.snapshot() };
    },
    cancel: async (call) => {
      const processed = providers.get(call.payment.impUid)?.process(call, call.sendBeforeMs);
      if (processed?.kind === 'booked') return { kind: 'answered', payment: processed.payment };
      const { code = 1, message = 'unknown' } = processed ?? {};
      return { kind: 'refused', provider: { code, message } };
    },
  };
}

async function paymentsIn(world: ProtocolWorld): Promise<readonly Payment[]> {
  const { payments, unreadable } = await world.store.order(ORDER);
  assert.deepEqual(unreadable, [], 'every item can be read');
  return payments;
}

/** Hours later, without misfortunes: what is still open is looked at by the schedule, then by people. */
async function settle(world: ProtocolWorld): Promise<void> {
  await world.adversity.deliverAll();
  for (const provider of world.providers.values())
    while (provider.accepted.length > 0) provider.settleAccepted(world.nowMs);
  const calm = world.surroundings('later', {
    store: world.store,
    gateway: calmGateway(world),
    until: async () => undefined,
  });
  for (let look = 0; look < 5; look += 1) {
    world.nowMs += AFTER_QUIET_MS + 360_000;
    const times = { stopAtMs: world.nowMs + 60_000, deadlineMs: world.nowMs + 60_000 };
    await resolveOpenRefunds({ parallel: 1, pageSize: 10, all: false, ...times }, calm);
  }
  world.nowMs += DRIFT_MS;
  await peopleClose(world, calm);
  for (const impUid of world.providers.keys()) await hearWebhook(impUid, world.nowMs + 28_000, calm);
}

/** Whatever no rule could decide: two of the staff, who know from the PG itself what happened. */
async function peopleClose(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const { pending } of await paymentsIn(world)) {
    if (pending === undefined) continue;
    const truth = world.truthOf(pending.refundId);
    assert(truth, 'the PG can say by now');
    const first = await world.close('first', pending.refundId, truth, calm);
    // Closed already when somebody had proposed the same before.
    assert(first.kind !== 'refused', `people may end it: ${JSON.stringify(first)}`);
    const second = await world.close('second', pending.refundId, truth, calm);
    assert.equal(second.kind, 'closed', `two people end it: ${JSON.stringify(second)}`);
  }
}

/** The promises of the service, after everything has settled. */
export async function promisesAreKept(world: ProtocolWorld): Promise<void> {
  for (const [name, error] of world.run.errors)
    assert(error instanceof StoreError, `${name}: ${String(error)}`);
  await settle(world);
  world.store.assertNoLies();
  const payments = await paymentsIn(world);
  for (const [impUid, provider] of world.providers) {
    const payment = payments.find((each) => each.impUid === impUid);
    assert(payment, 'the payment is in the table');
    balanceIsRight(world, payment);
    for (const id of new Set(provider.executed)) {
      assert.equal(provider.timesMoved(id), 1, `${id} was executed ${provider.timesMoved(id)} times`);
      if (world.options.shopOverwrites === true || provider.entryOf(id) === undefined) continue;
      assert.equal(payment.refunds.get(id)?.status, 'cancelled', `${id} was executed`);
    }
    for (const { refundId, status } of payment.refunds.values()) isTrue(world, impUid, refundId, status);
  }
  for (const name of world.asked.keys()) wasTrue(world, name, payments);
}

function balanceIsRight({ providers, store, options }: ProtocolWorld, payment: Payment): void {
  const provider = providers.get(payment.impUid);
  assert(provider);
  const { pending, refunds, cancelAmount } = payment;
  assert.equal(pending, undefined, 'nothing is open');
  assert(provider.cancelled() <= provider.paid, 'not more than was paid');
  assert.equal(cancelAmount, provider.cancelled(), 'the table agrees with the provider');
  if (options.shopOverwrites === true) return;
  assert.equal(store.wentBack, false, 'the balance in the table never goes back');
  const cancelled = [...refunds.values()].filter(({ status }) => status === 'cancelled');
  const explained = cancelled.reduce((sum, { amount }) => sum + amount, provider.elsewhere);
  assert.equal(explained, provider.cancelled(), 'every won is explained');
}

function isTrue(world: ProtocolWorld, impUid: string, refundId: string, status: string): void {
  const provider = world.providerOf(impUid);
  // What the PG did and i'mport has lost is told as i'mport tells it (row 5c: ALREADY_CANCELLED_AT_PG; row 7d).
  const entries = provider.history.filter((entry) => entry.refundId === refundId).length;
  assert.equal(entries, status === 'cancelled' ? 1 : 0, `${refundId} is ${status}`);
}

/** What a caller was told stays true. */
function wasTrue(world: ProtocolWorld, name: string, payments: readonly Payment[]): void {
  const { refundIds } = world.asked.get(name) ?? { refundIds: [] };
  const told = world.run.answers.get(name) as CancelResult | undefined;
  if (told === undefined || told.kind === 'refused') {
    // Dead, or told that nothing was done: by a refusal, or because the table could not be reached.
    const isTold = told !== undefined || world.run.errors.has(name);
    for (const refundId of refundIds)
      if (isTold && isOnlyAsker(world, refundId))
        assert.equal(movedTimes(world, refundId), 0, 'told as not done');
    return;
  }
  const { refundId } = told.refund;
  assert(refundIds.includes(refundId), 'told of the refund that was asked for');
  const moved = movedTimes(world, refundId);
  const record = payments.map(({ refunds }) => refunds.get(refundId)).find((found) => found !== undefined);
  if (told.kind === 'unknown') {
    if (record === undefined && !world.forgotten.has(refundId))
      assert.equal(moved, 0, 'a refund that is nowhere was never executed');
    return;
  }
  // Two workers of one refund, after the shop has wiped out the first: what one was told is corrected by the other.
  const { breaksQuiet, shopOverwrites } = world.options;
  if (breaksQuiet === true || (shopOverwrites === true && !isOnlyAsker(world, refundId))) return;
  const { status } = told.refund;
  assert.equal(moved, status === 'cancelled' ? 1 : 0, `told ${status}`);
  if (!world.forgotten.has(refundId)) assert.equal(record?.status, status, 'what was told stays true');
}

/** By i'mport's history: what the PG did and i'mport has lost is told as i'mport tells it. At the PG it is once all the same. */
function movedTimes({ providers }: ProtocolWorld, refundId: string): number {
  const all = [...providers.values()];
  const executed = all.reduce((sum, provider) => sum + provider.timesMoved(refundId), 0);
  assert(executed <= 1, `${refundId} was executed for ${executed} payments`);
  return all.filter((provider) => provider.entryOf(refundId) !== undefined).length;
}

function isOnlyAsker({ asked, options }: ProtocolWorld, refundId: string): boolean {
  const askers = [...asked.values()].filter((each) => each.refundIds.includes(refundId));
  return askers.length === 1 && options.abandoned !== true;
}
