import assert from 'node:assert/strict';
import { closeRefund, type CloseResult, type Said } from '../../functions/protocol/close.ts';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { receiveWebhook } from '../../functions/protocol/webhook.ts';
import { entryKey } from '../../functions/refund/identity.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import type { Booked } from './model-provider.ts';
import {
  AFTER_QUIET_MS,
  BETWEEN_LOOKS_MS,
  DRIFT_MS,
  IMP_UID,
  LASTS_MS,
  type ProtocolWorld,
} from './protocol-world.ts';

/** What the PG says about a refund when asked; undefined while it may still be booked. */
export function truthOf(world: ProtocolWorld, refundId: string): Said | undefined {
  if (world.adversity.isAlive(refundId)) return undefined;
  for (const provider of world.providers.values()) {
    if (provider.accepted.some(({ call }) => call.refundId === refundId)) return undefined;
    const entries = provider.entriesOf(refundId);
    if (entries.length === 0) continue;
    const amount = entries.reduce((sum, entry) => sum + entry.amount, 0);
    return entries.some(({ isHidden }) => isHidden === true)
      ? { verdict: 'executed_unlisted', amount }
      : { verdict: 'executed', entries: entries.map(named) };
  }
  return { verdict: 'not_executed' };
}

/** By its id, or by time and amount where the provider gives no id. */
export function named({ cancellationId, cancelledAtMs = 0, amount }: Booked) {
  return cancellationId === undefined ? { cancelledAtMs, amount } : { cancellationId };
}

interface Statement {
  readonly refundId: string;
  readonly said: Said;
  readonly impUid?: string;
}

export async function close(
  world: ProtocolWorld,
  sub: string,
  { impUid = IMP_UID, ...statement }: Statement,
  surroundings: Surroundings,
): Promise<CloseResult> {
  const by = { actor: { kind: 'staff', sub }, person: { sub, person: sub } } as const;
  const request = { impUid, ...by, evidence: 'as the PG says by telephone', ...statement };
  return closeRefund(request, world.nowMs + LASTS_MS, surroundings);
}

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
    await receiveWebhook(impUid, world.nowMs + LASTS_MS, calm);
  }
}

/** Two people say the same, and the second one's word closes it. */
async function bothSay(world: ProtocolWorld, statement: Statement, calm: Surroundings): Promise<void> {
  let first = await close(world, 'first', statement, calm);
  // The PG may have said otherwise before; that person then repeats its new answer.
  if (first.kind === 'refused' && first.refusal.code === 'PROPOSAL_DIFFERS')
    first = await close(world, first.refusal.proposedBy, statement, calm);
  // Already closed when somebody had proposed the same before.
  assert(first.kind !== 'refused', `people may say ${JSON.stringify([statement, first])}`);
  const second = await close(world, 'another', statement, calm);
  assert.equal(second.kind, 'closed', `two people end it: ${JSON.stringify([statement, second])}`);
}

/** A refund that no rule could decide: two staff members know from the PG what happened. */
async function peopleClose(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const { inFlight: refundId, impUid } of await world.payments()) {
    if (refundId === undefined) continue;
    const said = truthOf(world, refundId);
    assert(said, 'the PG can say by now');
    await bothSay(world, { refundId, said, impUid }, calm);
  }
}

/** A cancel that the PG undid is closed as undone (row 11). */
async function peopleUndo(world: ProtocolWorld, calm: Surroundings): Promise<void> {
  for (const payment of await world.payments()) {
    const { books } = world.providerOf(payment.impUid);
    for (const entry of books.filter(({ isUndone }) => isUndone === true)) {
      const item = holderOf(await world.items(payment), entry);
      if (item === undefined || ('undone' in item && item.undone !== undefined)) continue;
      const { refundId, impUid } = item;
      await bothSay(world, { refundId, impUid, said: { verdict: 'undone' } }, calm);
    }
  }
}

function holderOf(items: readonly LedgerItem[], entry: Booked): LedgerItem | undefined {
  return items.find((item) => {
    if (item.status === 'elsewhere') return entryKey(item.entry) === entryKey(entry);
    return item.status === 'cancelled' && item.entries.some((each) => entryKey(each) === entryKey(entry));
  });
}
