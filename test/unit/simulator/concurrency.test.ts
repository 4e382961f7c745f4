import { describe, expect, it } from 'vitest';
import { simulate } from './support.ts';

describe('two cancels of one payment at the same time', () => {
  it('serialised: one passes the checksum, the other does not', async () => {
    const { cancel, paid, token } = await simulate();
    paid();
    await token();
    const request = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000 };
    const codes = (await Promise.all([cancel(request), cancel(request)])).map(({ code }) => code);
    expect(codes.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('race: both pass the checksum, and both are applied', async () => {
    const { simulator, cancel, paid, token } = await simulate({ concurrency: 'race' });
    paid();
    await token();
    const request = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000 };
    const codes = (await Promise.all([cancel(request), cancel(request)])).map(({ code }) => code);
    expect(codes).toEqual([0, 0]);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(6000);
  });

  it('race: more than was paid is stopped by the PG, which has books of its own', async () => {
    const { simulator, cancel, paid, token } = await simulate({ concurrency: 'race' });
    paid();
    await token();
    const full = { imp_uid: 'imp_1', checksum: 10_000 };
    const replies = await Promise.all([cancel(full), cancel(full)]);
    expect(replies.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([-1, 0]);
    expect(replies.find(({ code }) => code === -1)?.message).toContain('기취소');
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(10_000);
  });

  it('race: a cancel that stays alone is carried out all the same', async () => {
    const { cancel, paid } = await simulate({ concurrency: 'race' });
    paid();
    expect((await cancel({ imp_uid: 'imp_1' })).code).toBe(0);
  });
});
