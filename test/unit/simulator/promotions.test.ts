import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { simulate, type World } from './support.ts';

/** 10,000 won ordered, 3,000 taken off, 7,000 paid. */
async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid({ promotion: { id: 'promotion-1', discount: 3000 } });
  world.simulator.script(faults);
  return world;
}

describe('a payment with a promotion', () => {
  it('is cancelled in the money of the order; its entry shows what the payer gets back', async () => {
    const { cancel } = await worldWith();
    const { code, response } = await cancel({ imp_uid: 'imp_1', amount: 2000, checksum: 10_000 });
    expect(code).toBe(0);
    expect(response).toMatchObject({
      amount: 10_000,
      cancel_amount: 2000,
      cancel_history: [{ amount: 1400 }],
    });
  });

  it('has its checksum in the money of the order too', async () => {
    const { cancel } = await worldWith();
    await cancel({ imp_uid: 'imp_1', amount: 2000 });
    expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum: 8600 })).code).toBe(1);
    expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum: 8000 })).code).toBe(0);
  });

  it('is paid back exactly, whatever its parts are', async () => {
    const { cancel } = await worldWith();
    await cancel({ imp_uid: 'imp_1', amount: 3333 });
    await cancel({ imp_uid: 'imp_1', amount: 3333 });
    const { response } = await cancel({ imp_uid: 'imp_1' });
    expect(response.cancel_amount).toBe(10_000);
    expect(response.cancel_history.reduce((sum, { amount }) => sum + amount, 0)).toBe(7000);
  });

  it('promotion_sums: cancel_amount is the sum of the entries, and what may be asked for stays the same', async () => {
    const { cancel } = await worldWith({ fault: 'promotion_sums', until_cleared: true });
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 2000 });
    expect(response).toMatchObject({ cancel_amount: 1400, cancel_history: [{ amount: 1400 }] });
    expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum: 8000 })).code).toBe(0);
  });

  it('promotion_sums leaves other payments alone', async () => {
    const { cancel, paid } = await worldWith({ fault: 'promotion_sums', until_cleared: true });
    paid({ imp_uid: 'imp_2', cancel_amount: 1000 });
    expect((await cancel({ imp_uid: 'imp_2', amount: 2000 })).response.cancel_amount).toBe(3000);
  });

  it('keeps the first choice of retain_promotion', async () => {
    const { cancel } = await worldWith();
    const part = { imp_uid: 'imp_1', amount: 1000 };
    expect((await cancel({ ...part, retain_promotion: true })).code).toBe(0);
    expect(await cancel(part)).toMatchObject({ code: -1, response: null });
    expect((await cancel({ ...part, retain_promotion: true })).code).toBe(0);
  });

  it.for([
    [{ id: 'p', discount: 10_001 }, 'must not take off more than amount'],
    [{ id: 'p', discount: '3000' }, 'must be {"id": text'],
    [{ discount: 3000 }, 'must be {"id": text'],
    ['p', 'must be {"id": text'],
  ] as const)('cannot be %j', async ([promotion, message]) => {
    const { paid } = await simulate();
    expect(() => paid({ promotion })).toThrow(`payment.promotion: ${message}`);
  });
});
