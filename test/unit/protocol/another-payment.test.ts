import { describe, expect, it } from 'vitest';
import { closeRefund } from '../../../functions/protocol/close.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { ORDER } from '../../support/samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

/** The customer's order is not paid yet as far as the table knows; i'mport answers about another payment of theirs. */
function mistaken(fields: { readonly impUid?: string; readonly merchantUid?: string }, item = {}) {
  const world = new ScriptedWorld({ status: 'ready', ...item });
  world.provider = { ...world.provider, customerId: 'customer', ...fields };
  return world;
}

const others = [
  ['another payment of another order', { impUid: 'imp_another', merchantUid: 'another' }],
  ['another payment of the order', { impUid: 'imp_another' }],
  ['the payment under another order', { merchantUid: 'another' }],
] as const;
const staff = { kind: 'staff', sub: 'staff' } as const;

describe.each(others)('i’mport answers a question about one payment with %s', (_what, fields) => {
  it.each([
    ['a customer', {}],
    ['staff', { actor: staff }],
    ['one who names the payment', { impUid: `imp_${ORDER}` }],
  ])('and %s is not given back the money of another', async (_who, request) => {
    const world = mistaken(fields);
    expect(await world.told(request)).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toEqual([]);
    expect(world.has('payment_mismatch')).toBe(true);
  });

  it('and of an item that says too little nothing is told of another', async () => {
    const world = mistaken(fields, { amount: undefined });
    const actor = { kind: 'customer', sub: 'customer' } as const;
    const read = await readPayment({ merchantUid: ORDER, actor }, world.nowMs + 28_000, world.world);
    expect(read).toMatchObject({ kind: 'refused', refusal: { code: 'PAYMENT_MISMATCH' } });
    expect(world.has('payment_mismatch')).toBe(true);
  });

  it('and a webhook changes nothing of the one it named', async () => {
    const world = mistaken(fields);
    const before = world.store.item(ORDER);
    await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world);
    expect(world.store.item(ORDER)).toMatchObject({ ...before });
    // Neither is it taken for heard.
    expect(world.has('webhook_unheard') || world.has('payment_mismatch')).toBe(true);
  });
});

it('an unknown imp_uid that i’mport answers with another payment is not found', async () => {
  const world = mistaken({ impUid: 'imp_another', merchantUid: 'another' });
  expect(await world.told({ impUid: 'IMP_ANOTHER', actor: staff })).toBe('PAYMENT_NOT_FOUND');
  expect(world.sent).toEqual([]);
});

describe('a payment that the table does not hold, and i’mport answers with another', () => {
  it.each([
    ['by imp_uid', { impUid: 'imp_unknown' }],
    ['by order number', { merchantUid: 'unknown' }],
  ])('is not said not to exist: i’mport has not said so (%s)', async (_how, request) => {
    const world = mistaken({});
    expect(await world.told({ actor: staff, ...request })).toBe('PROVIDER_UNAVAILABLE');
    expect(world.has('unavailable')).toBe(true);
  });
});

describe('an i’mport that does not answer', () => {
  const away = () => ({ kind: 'failed', cause: 'HTTP 502, no payment' }) as const;

  it.each([
    ['of which the table knows nothing', {}, { impUid: 'imp_unknown' }],
    ['that was not paid when the shop wrote it', { status: 'ready' }, {}],
    ['whose amount the shop has not written', { amount: undefined }, {}],
  ])('is told to people by each request for a payment %s', async (_what, item, request) => {
    const world = new ScriptedWorld(item);
    world.looks.push(away, away);
    expect(await world.told({ actor: staff, ...request })).toBe('PROVIDER_UNAVAILABLE');
    expect(world.has('unavailable')).toBe(true);
  });

  it('is told when somebody reads a payment that says too little', async () => {
    const world = new ScriptedWorld({ amount: undefined });
    world.looks.push(away);
    const read = await readPayment({ merchantUid: ORDER, actor: staff }, world.nowMs + 28_000, world.world);
    expect(read).toMatchObject({ kind: 'refused', refusal: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(world.has('unavailable')).toBe(true);
  });

  it('is told when people want to close a refund', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({ kind: 'unknown', cause: 'time-out' }));
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.looks.push(away);
    const closing = { merchantUid: ORDER, refundId: world.refundId(), actor: staff, evidence: 'asked' };
    const closed = await closeRefund(
      { ...closing, verdict: 'not_executed' },
      world.nowMs + 28_000,
      world.world,
    );
    expect(closed).toMatchObject({ kind: 'refused', refusal: { code: 'PROVIDER_UNAVAILABLE' } });
    expect(world.has('unavailable')).toBe(true);
  });
});
