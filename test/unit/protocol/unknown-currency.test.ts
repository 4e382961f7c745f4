import { describe, expect, it } from 'vitest';
import { lookUpOutcome } from '../../../functions/iamport/outcome.ts';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const staff = { kind: 'staff', sub: 'staff' } as const;
const payment = { imp_uid: 'imp_1', merchant_uid: 'ORD-1', status: 'paid', amount: 5 };

/** A look at a payment in this currency, as i'mport answers it. */
function look(currency: unknown): LookUp {
  const response = { ...payment, currency };
  return lookUpOutcome({ status: 200, body: JSON.stringify({ code: 0, message: null, response }) });
}

describe('a payment in a currency that ISO 4217 does not have', () => {
  const tellCurrency = (world: ScriptedWorld) =>
    world.looks.push(
      () => look('XBT'),
      () => look('XBT'),
    );

  it.each([
    ['that the table does not know', {}, { impUid: 'imp_unknown', actor: staff }],
    ['whose amount the shop has not written', { amount: undefined }, {}],
    ['whose item names no currency', { currency: undefined }, {}],
  ])('cannot be refunded, and nobody is told to try again (%s)', async (_what, item, request) => {
    const world = new ScriptedWorld(item);
    tellCurrency(world);
    expect(await world.told(request)).toBe('REFUND_NOT_ALLOWED');
    expect(world.sent).toEqual([]);
    expect(world.has('unavailable')).toBe(true);
  });

  it('is not there for a customer of whose it is nothing known', async () => {
    const world = new ScriptedWorld();
    tellCurrency(world);
    expect(await world.told({ impUid: 'imp_unknown' })).toBe('PAYMENT_NOT_FOUND');
    expect(world.has('unavailable')).toBe(true);
  });
});

it.each([['krw'], [null], [''], [undefined], ['KWD']])('the currency %j is read', (currency) => {
  expect(look(currency).kind).toBe('found');
});
