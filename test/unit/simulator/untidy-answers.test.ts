import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { NOW_MS, simulate, type World } from './support.ts';

type Shown = Readonly<Record<string, unknown>>;

const NOW_SECONDS = NOW_MS / 1000;

/** A payment in dollars with two cancels, 0.1 and 0.2, of 14.20. */
async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid({
    currency: 'USD',
    amount: 14.2,
    cancel_history: [
      { amount: 0.1, reason: 'a' },
      { amount: 0.2, reason: 'b' },
    ],
  });
  world.simulator.script(faults);
  return world;
}

async function shownWith(...faults: readonly Fault[]): Promise<Shown> {
  const world = await worldWith(...faults);
  return (await world.get<Shown>('/payments/imp_1')).response;
}

function history(shown: Shown): readonly Shown[] {
  return shown['cancel_history'] as readonly Shown[];
}

describe('how a payment is written', () => {
  it('float_dust: sums are a little more than they are', async () => {
    const shown = await shownWith({ fault: 'float_dust' });
    expect(shown['amount']).toBe(14.2);
    expect(shown['cancel_amount']).toBe(0.1 + 0.2);
    expect(history(shown)[0]?.['amount']).toBeGreaterThan(0.1);
  });

  it('float_dust goes to the fields that are named, won too', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    simulator.script({ fault: 'float_dust', fields: ['amount'] });
    expect((await get('/payments/imp_1')).text).toMatch(/"amount":10000\.00000000000\d/);
  });

  it('numbers_as_text, times_as_text', async () => {
    const shown = await shownWith({ fault: 'numbers_as_text' }, { fault: 'times_as_text' });
    expect(shown).toMatchObject({ amount: '14.2', cancel_amount: '0.3', failed_at: '0' });
    expect(shown['paid_at']).toBe(String(NOW_SECONDS));
    expect(history(shown)[1]).toMatchObject({ amount: '0.2', cancelled_at: String(NOW_SECONDS) });
  });

  it.for([
    ['iso', '2026-01-31T12:00:00.000Z', ''],
    ['korean', '2026-01-31 21:00:00', '0000-00-00 00:00:00'],
  ] as const)('times_as_text in the style %s', async ([style, paid_at, failed_at]) => {
    expect(await shownWith({ fault: 'times_as_text', style })).toMatchObject({ paid_at, failed_at });
  });

  it('currency_lower_case', async () => {
    expect(await shownWith({ fault: 'currency_lower_case' })).toMatchObject({ currency: 'usd' });
  });

  it.for([null, false, '', 0, 7, 'text', [], { a: 1 }])('field_value: a field is %j', async (value) => {
    const shown = await shownWith({ fault: 'field_value', field: 'receipt_url', value });
    expect(shown['receipt_url']).toEqual(value);
  });

  it('field_value: without a value the field is left out, and a field of the history is meant by its path', async () => {
    const shown = await shownWith(
      { fault: 'field_value', field: 'currency' },
      { fault: 'field_value', field: 'cancel_history.reason', value: null },
      { fault: 'field_value', field: 'cancel_history.cancellation_id' },
    );
    expect(shown).not.toHaveProperty('currency');
    expect(history(shown).map((entry) => entry['reason'])).toEqual([null, null]);
    expect(history(shown)[0]).not.toHaveProperty('cancellation_id');
  });

  it('order_number_cut', async () => {
    const { simulator, get, paid } = await simulate();
    const long = 'x'.repeat(60);
    paid({ merchant_uid: long });
    simulator.script({ fault: 'order_number_cut', until_cleared: true });
    expect((await get('/payments/imp_1')).response.merchant_uid).toBe('x'.repeat(40));
    expect((await get(`/payments/find/${'x'.repeat(40)}`)).response.imp_uid).toBe('imp_1');
    expect((await get(`/payments/find/${long}`)).response.imp_uid).toBe('imp_1');
    expect(simulator.payment('imp_1')?.merchant_uid).toBe(long);
  });
});

describe('how an order number is written', () => {
  const ODD = ` Order_${'x'.repeat(35)} `;

  async function shownNumber(...faults: readonly Fault[]): Promise<string> {
    const { simulator, get, paid } = await simulate();
    paid({ merchant_uid: ODD });
    simulator.script(faults);
    return (await get('/payments/imp_1')).response.merchant_uid;
  }

  it('whole, with more than 40 characters and spaces at its edges', async () => {
    expect(ODD.length).toBeGreaterThan(42);
    expect(await shownNumber()).toBe(ODD);
  });

  it.for([
    [{ fault: 'order_number_cut' }, ODD.slice(0, 40)],
    [{ fault: 'order_number_trimmed' }, ODD.trim()],
    [{ fault: 'order_number_case' }, ODD.toUpperCase()],
    [{ fault: 'order_number_case', letters: 'lower' }, ODD.toLowerCase()],
  ] as const)('%j', async ([fault, shown]) => {
    expect(await shownNumber(fault)).toBe(shown);
  });

  it('cut after it was trimmed, when both are habits', async () => {
    expect(await shownNumber({ fault: 'order_number_trimmed' }, { fault: 'order_number_cut', max: 5 })).toBe(
      'Orde',
    );
  });

  it('a payment is found by its trimmed number too', async () => {
    const { get, paid } = await simulate();
    paid({ merchant_uid: ' order-1 ' });
    expect((await get('/payments/find/order-1')).response.imp_uid).toBe('imp_1');
  });
});

describe('how the history is written', () => {
  it('history_newest_first', async () => {
    const shown = await shownWith({ fault: 'history_newest_first' });
    expect(history(shown).map((entry) => entry['reason'])).toEqual(['b', 'a']);
  });

  it.for([
    ['newest', ['a']],
    ['all', []],
  ] as const)('history_missing: cancel_amount without its entry (%s)', async ([entries, left]) => {
    const shown = await shownWith({ fault: 'history_missing', entries });
    expect(shown['cancel_amount']).toBe(0.3);
    expect(history(shown).map((entry) => entry['reason'])).toEqual(left);
  });

  it('history_unsorted: in no order at all', async () => {
    const { simulator, get, paid } = await simulate();
    paid({ cancel_history: ['a', 'b', 'c', 'd'].map((reason) => ({ amount: 1, reason })) });
    simulator.script({ fault: 'history_unsorted' });
    const shown = (await get<Shown>('/payments/imp_1')).response;
    expect(history(shown).map((entry) => entry['reason'])).toEqual(['b', 'd', 'a', 'c']);
  });

  it('history_ties_shuffled: entries of the same second change places from look to look, others do not', async () => {
    const chances = [0.1, 0.5, 0.9, 0.9, 0.5, 0.1];
    const { simulator, get, paid } = await simulate({ random: () => chances.shift() ?? 0 });
    paid({
      cancel_history: [
        { amount: 1, reason: 'old', cancelled_at: NOW_SECONDS - 1 },
        { amount: 1, reason: 'a' },
        { amount: 1, reason: 'b' },
      ],
    });
    const reasons = async (): Promise<readonly unknown[]> =>
      (await get('/payments/imp_1')).response.cancel_history.map(({ reason }) => reason);
    simulator.script({ fault: 'history_ties_shuffled' });
    expect(await reasons()).toEqual(['old', 'a', 'b']);
    // The chance whether a habit is met is drawn too.
    chances.splice(0, chances.length, 0, 0.9, 0.5, 0.1);
    simulator.script({ fault: 'history_ties_shuffled' });
    expect(await reasons()).toEqual(['old', 'b', 'a']);
  });

  it.for([
    ['newest', ['a', 'b', 'b']],
    ['all', ['a', 'a', 'b', 'b']],
  ] as const)('entry_twice: the %s, with the same cancellation_id', async ([entries, reasons]) => {
    const shown = await shownWith({ fault: 'entry_twice', entries });
    expect(history(shown).map((entry) => entry['reason'])).toEqual(reasons);
    expect(history(shown).at(-1)).toEqual(history(shown).at(-2));
    expect(shown['cancel_amount']).toBe(0.3);
  });

  it('entry_twice and entries_without_id: two entries that are equal in all fields, and have no id', async () => {
    const shown = await shownWith({ fault: 'entry_twice' }, { fault: 'entries_without_id', entries: 'all' });
    const [a, b, again] = history(shown);
    expect(again).toEqual(b);
    for (const entry of [a, b, again]) expect(entry).not.toHaveProperty('cancellation_id');
  });

  it('entries_without_id: the newest alone', async () => {
    const [a, b] = history(await shownWith({ fault: 'entries_without_id' }));
    expect(a).toHaveProperty('cancellation_id');
    expect(b).not.toHaveProperty('cancellation_id');
  });

  it('cancel_amount_missing', async () => {
    expect(await shownWith({ fault: 'cancel_amount_missing' })).not.toHaveProperty('cancel_amount');
  });

  it('history_as_object, after everything else was done to it', async () => {
    const shown = await shownWith(
      { fault: 'history_as_object' },
      { fault: 'history_newest_first' },
      { fault: 'field_value', field: 'cancel_history.receipt_url', value: false },
    );
    expect(shown['cancel_history']).toMatchObject({
      0: { reason: 'b', receipt_url: false },
      1: { reason: 'a', receipt_url: false },
    });
  });
});

describe('which answers meet a habit', () => {
  const LOWER: Fault = { fault: 'currency_lower_case', until_cleared: true };

  async function currencies(world: World): Promise<readonly string[]> {
    const looked = await world.get('/payments/imp_1');
    const cancelled = await world.cancel({ imp_uid: 'imp_1', amount: 1 });
    return [looked.response.currency, cancelled.response.currency];
  }

  it('those of look-ups, of cancels, or all', async () => {
    expect(await currencies(await worldWith(LOWER))).toEqual(['usd', 'usd']);
    expect(await currencies(await worldWith({ ...LOWER, on: 'payment' }))).toEqual(['usd', 'USD']);
    expect(await currencies(await worldWith({ ...LOWER, on: 'cancel' }))).toEqual(['USD', 'usd']);
  });

  it('those about one payment, in lists too', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    paid({ imp_uid: 'imp_2' });
    simulator.script({ ...LOWER, imp_uid: 'imp_2' });
    const { response } = await get<{ list: Shown[] }>('/payments/status/all?sorting=started');
    expect(response.list.map((payment) => payment['currency'])).toEqual(['KRW', 'krw']);
  });

  it('as many as it says, or until it is cleared by name, by payment, or with everything', async () => {
    const world = await worldWith({ fault: 'currency_lower_case', times: 1 });
    expect((await world.get('/payments/imp_1')).response.currency).toBe('usd');
    expect((await world.get('/payments/imp_1')).response.currency).toBe('USD');
    world.simulator.script([LOWER, { ...LOWER, imp_uid: 'imp_2' }, { fault: 'webhook_bom' }]);
    world.simulator.clearFaults({ imp_uid: 'imp_2' });
    expect(world.simulator.faults()).toHaveLength(2);
    world.simulator.clearFaults({ fault: 'currency_lower_case' });
    expect(world.simulator.faults()).toEqual([{ on: 'webhook', fault: 'webhook_bom' }]);
    world.simulator.clearFaults();
    expect(world.simulator.faults()).toEqual([]);
  });

  it('what the simulator itself holds stays clean', async () => {
    const world = await worldWith({ fault: 'float_dust', until_cleared: true });
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(0.3);
  });
});
