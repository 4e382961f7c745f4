import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { NOW_MS, simulate, type World } from './support.ts';

type Shown = Readonly<Record<string, unknown>>;

const NOW = NOW_MS / 1000;
/** A payment in dollars with cancels of 0.1 and 0.2. */
const DOLLARS = {
  currency: 'USD',
  amount: 14.2,
  cancel_history: [
    { amount: 0.1, reason: 'a' },
    { amount: 0.2, reason: 'b' },
  ],
};

async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid(DOLLARS);
  world.simulator.script(faults);
  return world;
}

async function shownWith(...faults: readonly Fault[]): Promise<Shown> {
  return (await (await worldWith(...faults)).get<Shown>('/payments/imp_1')).response;
}

function history(shown: Shown): readonly Shown[] {
  return shown['cancel_history'] as readonly Shown[];
}

function reasons(shown: Shown): unknown {
  return history(shown).map(({ reason }) => reason);
}

describe('faults in the fields of a payment', () => {
  it.for([
    [{ fault: 'float_dust' }, { amount: 14.2, cancel_amount: 0.1 + 0.2 }],
    [
      { fault: 'float_dust', fields: ['amount'] },
      { amount: 14.2 * (1 + Number.EPSILON), cancel_amount: 0.3 },
    ],
    [
      { fault: 'numbers_as_text' },
      { amount: '14.2', cancel_amount: '0.3', cancel_history: [{ amount: '0.1' }, { amount: '0.2' }] },
    ],
    [
      { fault: 'times_as_text' },
      { paid_at: String(NOW), failed_at: '0', cancel_history: [{ cancelled_at: String(NOW) }, {}] },
    ],
    [
      { fault: 'times_as_text', style: 'iso' },
      { paid_at: '2026-01-31T12:00:00.000Z', failed_at: '' },
    ],
    [
      { fault: 'times_as_text', style: 'korean' },
      { paid_at: '2026-01-31 21:00:00', failed_at: '0000-00-00 00:00:00' },
    ],
    [{ fault: 'currency_lower_case' }, { currency: 'usd' }],
    ...[null, false, '', 0, 'text', [], { a: 1 }].map(
      (value) => [{ fault: 'field_value', field: 'receipt_url', value }, { receipt_url: value }] as const,
    ),
    [
      { fault: 'field_value', field: 'cancel_history.reason', value: null },
      { cancel_history: [{ reason: null }, { reason: null }] },
    ],
  ] as const satisfies readonly (readonly [Fault, object])[])(
    '%j writes the payment with %j',
    async ([fault, written]) => {
      expect(await shownWith(fault)).toMatchObject(written);
    },
  );

  it.for([
    [{ fault: 'cancel_amount_missing' }, 'cancel_amount'],
    [{ fault: 'field_value', field: 'currency' }, 'currency'],
    [{ fault: 'field_value', field: 'cancel_history.cancellation_id' }, 'cancel_history.0.cancellation_id'],
  ] as const)('%j leaves out the field %s', async ([fault, field]) => {
    expect(await shownWith(fault)).not.toHaveProperty(field);
  });

  it('the simulator’s own data is not changed by these faults', async () => {
    const world = await worldWith({ fault: 'float_dust', until_cleared: true });
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(0.3);
  });
});

describe('faults in the order number', () => {
  const ODD = ` Order_${'x'.repeat(35)} `;

  it.for([
    [[], ODD],
    [[{ fault: 'order_number_cut' }], ODD.slice(0, 40)],
    [[{ fault: 'order_number_trimmed' }], ODD.trim()],
    [[{ fault: 'order_number_case' }], ODD.toUpperCase()],
    [[{ fault: 'order_number_case', letters: 'lower' }], ODD.toLowerCase()],
    // Several faults are applied in the order of the table, where the cut comes first.
    [[{ fault: 'order_number_trimmed' }, { fault: 'order_number_cut', max: 5 }], 'Orde'],
  ] as const)(
    '%j writes the order number as "%s", and the payment is still found by each form',
    async ([faults, written]) => {
      const { simulator, get, paid } = await simulate();
      paid({ merchant_uid: ODD });
      simulator.script(faults);
      expect((await get('/payments/imp_1')).response.merchant_uid).toBe(written);
      for (const number of [ODD, ODD.trim(), ODD.slice(0, 40)])
        expect((await get(`/payments/find/${encodeURIComponent(number)}`)).response.imp_uid).toBe('imp_1');
      expect(simulator.payment('imp_1')?.merchant_uid).toBe(ODD);
    },
  );
});

describe('faults in the history', () => {
  it.for([
    [[{ fault: 'history_newest_first' }], ['b', 'a']],
    [[{ fault: 'history_missing' }], ['a']],
    [[{ fault: 'history_missing', entries: 'all' }], []],
    [[{ fault: 'entry_twice' }], ['a', 'b', 'b']],
    [[{ fault: 'entry_twice', entries: 'all' }], ['a', 'a', 'b', 'b']],
    [[{ fault: 'history_unsorted' }], ['b', 'a']],
  ] as const)('%j gives the entries %j and does not change cancel_amount', async ([faults, wanted]) => {
    const shown = await shownWith(...faults);
    expect(reasons(shown)).toEqual(wanted);
    expect(shown['cancel_amount']).toBe(0.3);
  });

  it.for([
    [[{ fault: 'entries_without_id' }], [true, false]],
    [[{ fault: 'entry_twice' }], [true, true, true]],
    [
      [{ fault: 'entry_twice' }, { fault: 'entries_without_id', entries: 'all' }],
      [false, false, false],
    ],
  ] as const)('%j decides which entries have a cancellation_id: %j', async ([faults, wanted]) => {
    const entries = history(await shownWith(...faults));
    expect(entries.map((entry) => 'cancellation_id' in entry)).toEqual(wanted);
    // An entry listed twice has equal fields.
    expect(new Set(entries.map((entry) => JSON.stringify(entry))).size).toBe(2);
  });

  it('history_ties_shuffled: only entries of the same second change their order between reads', async () => {
    const chances = [0.1, 0.5, 0.9, 0.9, 0.5, 0.1];
    const { simulator, get, paid } = await simulate({ random: () => chances.shift() ?? 0 });
    const old = { amount: 1, reason: 'old', cancelled_at: NOW - 1 };
    paid({ cancel_history: [old, { amount: 1, reason: 'a' }, { amount: 1, reason: 'b' }] });
    const look = async (): Promise<unknown> => reasons((await get<Shown>('/payments/imp_1')).response);
    simulator.script({ fault: 'history_ties_shuffled' });
    expect(await look()).toEqual(['old', 'a', 'b']);
    // The first draw decides whether the fault happens.
    chances.splice(0, chances.length, 0, 0.9, 0.5, 0.1);
    simulator.script({ fault: 'history_ties_shuffled' });
    expect(await look()).toEqual(['old', 'b', 'a']);
  });

  it('history_as_object is applied after all other faults', async () => {
    const faults = [{ fault: 'history_as_object' }, { fault: 'history_newest_first' }] as const;
    const value = { fault: 'field_value', field: 'cancel_history.receipt_url', value: false } as const;
    expect((await shownWith(...faults, value))['cancel_history']).toMatchObject({
      0: { reason: 'b', receipt_url: false },
      1: { reason: 'a', receipt_url: false },
    });
  });
});

describe('which answers a permanent fault changes', () => {
  const LOWER: Fault = { fault: 'currency_lower_case', until_cleared: true };

  it.for([
    [{}, ['usd', 'usd']],
    [{ on: 'payment' }, ['usd', 'USD']],
    [{ on: 'cancel' }, ['USD', 'usd']],
  ] as const)(
    'a permanent fault with %j changes the answers %j (read, cancel)',
    async ([where, currencies]) => {
      const world = await worldWith({ ...LOWER, ...where });
      const looked = await world.get('/payments/imp_1');
      const cancelled = await world.cancel({ imp_uid: 'imp_1', amount: 1 });
      expect([looked.response.currency, cancelled.response.currency]).toEqual(currencies);
    },
  );

  it('a permanent fault for one payment changes only that payment, in lists, too', async () => {
    const { get, paid } = await worldWith({ ...LOWER, imp_uid: 'imp_2' });
    paid({ imp_uid: 'imp_2' });
    const { response } = await get<{ list: Shown[] }>('/payments/status/all?sorting=started');
    expect(response.list.map((payment) => payment['currency'])).toEqual(['USD', 'krw']);
  });
});
