import { describe, expect, it } from 'vitest';
import { TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import { simulate } from './support.ts';

describe('a cancel that i’mport refuses by itself: HTTP 200, code 1, response null, nothing changes', () => {
  it.for([{ imp_uid: 'imp_unknown' }, { merchant_uid: 'order-unknown' }])(
    'nobody has %j',
    async (request) => {
      const { cancel } = await simulate();
      expect(await cancel(request)).toMatchObject({
        status: 200,
        code: 1,
        message: '취소할 결제건이 존재하지 않습니다.',
        response: null,
      });
    },
  );

  it('a request that names no payment', async () => {
    const { cancel } = await simulate();
    const reply = await cancel({ amount: 100 });
    expect(reply).toMatchObject({ status: 200, code: 1, response: null });
    expect(reply.message).toMatch(/지정해주셔야합니다\.$/);
  });

  it('the status of that answer is not known, so 400 can be chosen', async () => {
    const { cancel } = await simulate({ noUidStatus: 400 });
    expect(await cancel({})).toMatchObject({ status: 400, code: 1 });
  });

  it.for(['ready', 'failed'] as const)('a payment that is %s', async (status) => {
    const { cancel, paid } = await simulate();
    paid({ status });
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject({ status: 200, code: 1, response: null });
  });

  it('a payment that is fully cancelled', async () => {
    const { cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1' });
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject({
      status: 200,
      code: 1,
      message: '이미 전액취소된 주문입니다.',
      response: null,
    });
  });

  it.for([7001, -1, 'x', 0.5, true, [1], '1e2'])(
    'an amount of %j when 7,000 won are left',
    async (amount) => {
      const { simulator, cancel, paid } = await simulate();
      paid({ cancel_amount: 3000 });
      expect(await cancel({ imp_uid: 'imp_1', amount })).toMatchObject({
        status: 200,
        code: 1,
        response: null,
      });
      expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
    },
  );

  it.for([10_000, 0, '0', 6999, 'x', -7000])('a checksum of %j when 7,000 won are left', async (checksum) => {
    const { simulator, cancel, paid } = await simulate();
    paid({ cancel_amount: 3000 });
    const reply = await cancel({ imp_uid: 'imp_1', amount: 1000, checksum });
    expect(reply).toMatchObject({ status: 200, code: 1, response: null });
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it.for([7000, '7000', '7000.00', null, '', undefined])(
    'but a checksum of %j is fine then',
    async (checksum) => {
      const { cancel, paid } = await simulate();
      paid({ cancel_amount: 3000 });
      expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum })).code).toBe(0);
    },
  );
});

describe('texts', () => {
  it('what nobody has seen i’mport say is marked as assumed, what was seen is not', () => {
    expect(TEXTS.checksum_mismatch.assumed).toBe(true);
    expect(TEXTS.amount_too_large.assumed).toBe(true);
    expect(TEXTS.already_cancelled.assumed).toBe(false);
  });
});
