import { describe, expect, it } from 'vitest';
import type { PaymentInput } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate } from './support.ts';

const PREFIX = /^결제취소에 실패하였습니다\. ./;
const ACCOUNT = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
const HOURS_MS = 60 * MINUTE_MS;

async function cancelOf(payment: Partial<PaymentInput>, request: object, contracts = {}) {
  const { cancel, paid } = await simulate({ contracts });
  paid(payment);
  return cancel({ imp_uid: 'imp_1', ...request });
}

describe('paid by phone', () => {
  const phone = { pay_method: 'phone', pg_provider: 'danal' };

  it.for([{}, { amount: 1000 }])(
    'in another month of Korea nothing can be cancelled: %j',
    async (request) => {
      const { simulator, cancel, paid } = await simulate();
      paid({ ...phone, pg_provider: 'html5_inicis' });
      // 21:00 in Korea, and still January in London three hours later.
      await simulator.advance(3 * HOURS_MS);
      const reply = await cancel({ imp_uid: 'imp_1', ...request });
      expect(reply).toMatchObject({ status: 200, code: -1, response: null });
      expect(reply.message).toMatch(PREFIX);
    },
  );

  it('until the last second of the month in Korea all of it can be cancelled', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid(phone);
    await simulator.advance(3 * HOURS_MS - 1000);
    expect((await cancel({ imp_uid: 'imp_1' })).code).toBe(0);
  });

  it.for([
    ['danal', {}, -1],
    ['kcp', {}, -1],
    ['kcp', { kcpPhonePartial: true }, 0],
    ['html5_inicis', {}, 0],
  ] as const)('a part of it at %s with contracts %j: code %i', async ([pg_provider, contracts, code]) => {
    expect((await cancelOf({ ...phone, pg_provider }, { amount: 1000 }, contracts)).code).toBe(code);
  });

  it('KCP pays an earlier month back to an account, where that is agreed', async () => {
    const payment = { ...phone, pg_provider: 'kcp', paid_at: 1_700_000_000 };
    const contracts = { kcpNextMonthRefund: true };
    const account = { ...ACCOUNT, refund_bank: 'BK88' };
    expect((await cancelOf(payment, account)).code).toBe(-1);
    expect((await cancelOf(payment, {}, contracts)).code).toBe(-1);
    expect((await cancelOf(payment, ACCOUNT, contracts)).code).toBe(-1);
    expect((await cancelOf(payment, account, contracts)).code).toBe(0);
  });
});

describe('paid into a virtual account', () => {
  const vbank = { pay_method: 'vbank', pg_provider: 'html5_inicis' };

  it.for(['refund_holder', 'refund_bank', 'refund_account'])('%s is required', async (missing) => {
    const reply = await cancelOf(vbank, { ...ACCOUNT, [missing]: '' });
    expect(reply).toMatchObject({ status: 200, response: null });
    expect(reply.code).not.toBe(0);
  });

  it('with the whole account it is cancelled', async () => {
    expect((await cancelOf(vbank, ACCOUNT)).code).toBe(0);
  });

  it.for([
    ['html5_inicis', '88', 0],
    ['html5_inicis', '088', 1],
    ['kcp', 'BK88', 0],
    ['kcp', '88', 1],
    ['tosspayments', '088', 0],
    ['nice', '88', 1],
    ['nice_v2', '088', 0],
    ['nice_v2', '039', 1],
    ['daou', '10', 0],
    ['daou', '88', 1],
    ['a_pg_of_tomorrow', 'anything', 0],
  ] as const)('the bank code at %s may be %s: code %i', async ([pg_provider, refund_bank, code]) => {
    expect((await cancelOf({ ...vbank, pg_provider }, { ...ACCOUNT, refund_bank })).code).toBe(code);
  });

  it('SMARTRO wants a telephone number as well', async () => {
    const account = { ...ACCOUNT, refund_bank: '088' };
    const payment = { ...vbank, pg_provider: 'smartro' };
    expect((await cancelOf(payment, account)).code).toBe(1);
    expect((await cancelOf(payment, { ...account, refund_tel: '01012345678' })).code).toBe(0);
  });

  it('Danal does not pay back', async () => {
    const account = { ...ACCOUNT, refund_bank: '088' };
    expect((await cancelOf({ ...vbank, pg_provider: 'danal' }, account)).code).toBe(-1);
  });
});

describe('paid by bank transfer', () => {
  it.for([
    ['html5_inicis', 0],
    ['smartro_v2', 1],
    ['welcome', 1],
  ] as const)('%s without an account: code %i', async ([pg_provider, code]) => {
    expect((await cancelOf({ pay_method: 'trans', pg_provider }, {})).code).toBe(code);
  });
});

/** Paid at 21:00 in Korea on 31 January 2026, and cancelled that much later. */
async function laterBy(ms: number, payment: Partial<PaymentInput>, request: object = {}) {
  const { simulator, cancel, paid } = await simulate();
  paid(payment);
  await simulator.advance(ms);
  return (await cancel({ imp_uid: 'imp_1', reason: 'size', ...request })).code;
}

const DAYS_MS = 24 * HOURS_MS;

describe('KSNET', () => {
  it('the tenth partial cancel is refused', async () => {
    const { cancel, paid } = await simulate();
    paid({ pg_provider: 'ksnet' });
    for (let partial = 1; partial <= 9; partial += 1) {
      expect((await cancel({ imp_uid: 'imp_1', amount: 100 })).code).toBe(0);
    }
    expect((await cancel({ imp_uid: 'imp_1', amount: 100 })).code).toBe(-1);
  });

  it('cancels until the end of the day six months later, in Korea', async () => {
    // 31 January and six months: 31 July, 181 days. Three hours are left of the day of payment.
    const ends = 181 * DAYS_MS + 3 * HOURS_MS;
    expect(await laterBy(ends - 1000, { pg_provider: 'ksnet' })).toBe(0);
    expect(await laterBy(ends, { pg_provider: 'ksnet' })).toBe(-1);
  });

  it('refunds no virtual account between 23:00 and 06:00 in Korea', async () => {
    const vbank = { pg_provider: 'ksnet', pay_method: 'vbank' };
    const at = async (hours: number) => laterBy(hours * HOURS_MS, vbank, ACCOUNT);
    expect([await at(1.99), await at(2), await at(8.99), await at(9)]).toEqual([0, -1, -1, 0]);
    expect(await laterBy(2 * HOURS_MS, { ...vbank, pay_method: 'card' })).toBe(0);
  });
});

describe('a deadline of a PG', () => {
  it.for([
    ['naverpay', 1095],
    ['paypal', 180],
  ] as const)('%s cancels until the end of the day %i days later', async ([pg_provider, days]) => {
    const ends = days * DAYS_MS + 3 * HOURS_MS;
    expect(await laterBy(ends - 1000, { pg_provider })).toBe(0);
    expect(await laterBy(ends, { pg_provider })).toBe(-1);
  });
});

describe('what some PGs do not cancel', () => {
  it.for([
    [{ pg_provider: 'naverpay' }, { reason: ' ' }, -1],
    [{ pg_provider: 'naverpay' }, {}, 0],
    [{ pg_provider: 'tosspayments', pay_method: 'booknlife' }, { amount: 1000 }, -1],
    [{ pg_provider: 'tosspayments', pay_method: 'booknlife' }, {}, 0],
    [{ pg_provider: 'daou', pay_method: 'smartculture' }, { amount: 1000 }, -1],
    [{ pg_provider: 'daou', pay_method: 'cultureland' }, { amount: 1000 }, 0],
    [{ pg_provider: 'mobilians', pay_method: 'smartculture' }, { amount: 1000 }, -1],
    [{ pg_provider: 'inicis_jp', pay_method: 'cvs' }, {}, -1],
    [{ pg_provider: 'inicis_jp', pay_method: 'card' }, {}, 0],
  ] as const)('%j with %j: code %i', async ([payment, request, code]) => {
    expect(await laterBy(0, payment, request)).toBe(code);
  });
});
