import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

describe('a customer who repeats refunds of one won of the same payment', () => {
  it('a customer gets ten refunds at once and must then wait, while requests of staff succeed', async () => {
    await service.order('hammered');
    const beganMs = performance.now();
    const told: number[] = [];
    const waits: number[] = [];
    const over = new AbortController();
    const hammer = async (worker: number): Promise<void> => {
      for (let index = 0; !over.signal.aborted; index += 1) {
        const body = { merchant_uid: 'hammered', cancel_request_amount: 1 };
        const { status, headers } = await service.cancel(body, { key: `${worker}-${index}` });
        told.push(status);
        if (status === 429) waits.push(Number(headers['retry-after']));
      }
    };
    const workers = [1, 2, 3, 4].map(async (worker) => hammer(worker));
    const staff: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      const body = { merchant_uid: 'hammered', cancel_request_amount: 2, reason: '직원' };
      const options = { key: `staff-${index}`, sub: 'staff', groups: '[refund-staff]' };
      // Staff wait a moment for the refund in flight; on a slow machine that is too short, and they are told to ask again.
      let status = 409;
      while (status === 409) ({ status } = await service.cancel(body, options));
      staff.push(status);
    }
    // Nobody else asks, so the ten are soon used up.
    await expect.poll(() => waits.length).toBeGreaterThan(0);
    over.abort();
    await Promise.all(workers);
    expect(staff).toEqual(staff.map(() => 200));
    const done = told.filter((status) => status === 200).length;
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(told.filter((status) => ![200, 409, 429].includes(status))).toEqual([]);
    // On any machine: one more for every six seconds passed.
    expect(done).toBeLessThanOrEqual(10 + Math.floor((performance.now() - beganMs) / 6_000));
    expect(service.simulator.payment('imp_hammered')?.cancel_amount).toBe(done + 24);
  });
});
