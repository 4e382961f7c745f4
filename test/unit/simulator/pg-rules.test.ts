import { describe, expect, it } from 'vitest';
import type { PaymentInput } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate } from './support.ts';

// test/unit/refund/pg/simulator.test.ts compares these rules (PG-FACTS 4) with the service's own table.

const ACCOUNT = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
const PHONE = { pay_method: 'phone', pg_provider: 'danal' };
const VBANK = { pay_method: 'vbank' };
const HOUR_MS = 60 * MINUTE_MS;
const PARTIAL = { kcpPhonePartial: true };
const NEXT_MONTH = { kcpNextMonthRefund: true };

interface Wanted {
  readonly payment: Partial<PaymentInput>;
  readonly request?: object;
  readonly contracts?: object;
  /** Time after the payment, which is three hours before the end of the month in Korea. */
  readonly laterMs?: number;
  readonly code: number;
}

const CASES: readonly Wanted[] = [
  { payment: PHONE, laterMs: 3 * HOUR_MS - 1000, code: 0 },
  { payment: PHONE, laterMs: 3 * HOUR_MS, code: -1 },
  { payment: PHONE, request: { amount: 1000 }, code: -1 },
  { payment: { ...PHONE, pg_provider: 'html5_inicis' }, request: { amount: 1000 }, code: 0 },
  { payment: { ...PHONE, pg_provider: 'kcp' }, request: { amount: 1000 }, code: -1 },
  { payment: { ...PHONE, pg_provider: 'kcp' }, request: { amount: 1000 }, contracts: PARTIAL, code: 0 },
  ...(
    [
      [ACCOUNT.refund_bank, NEXT_MONTH, -1],
      ['BK88', {}, -1],
      ['BK88', NEXT_MONTH, 0],
    ] as const
  ).map(([refund_bank, contracts, code]) => ({
    payment: { ...PHONE, pg_provider: 'kcp' },
    request: { ...ACCOUNT, refund_bank },
    contracts,
    laterMs: 3 * HOUR_MS,
    code,
  })),
  { payment: VBANK, request: ACCOUNT, code: 0 },
  { payment: VBANK, request: { ...ACCOUNT, refund_bank: '088' }, code: 1 },
  { payment: VBANK, request: { ...ACCOUNT, refund_holder: '' }, code: 1 },
  { payment: { ...VBANK, pg_provider: 'smartro' }, request: { ...ACCOUNT, refund_bank: '088' }, code: 1 },
  { payment: { ...VBANK, pg_provider: 'danal' }, request: { ...ACCOUNT, refund_bank: '088' }, code: -1 },
  { payment: { pg_provider: 'naverpay' }, request: { reason: ' ' }, code: -1 },
];

describe('the rules of PGs', () => {
  it.for(CASES)(
    'a PG follows its rule: %j',
    async ({ payment, request = {}, contracts = {}, laterMs = 0, code }) => {
      const { simulator, cancel, paid } = await simulate({ contracts });
      const before = paid(payment);
      await simulator.advance(laterMs);
      const reply = await cancel({ imp_uid: 'imp_1', ...request });
      expect([reply.status, reply.code]).toEqual([200, code]);
      expect(reply.message ?? '').toMatch(code === -1 ? /^결제취소에 실패하였습니다\. ./ : /^(?!결제취소에)/);
      const { cancel_amount: cancelled } = simulator.payment('imp_1') ?? before;
      expect(cancelled > 0).toBe(code === 0);
    },
  );

  it('KSNET refuses the tenth partial cancel', async () => {
    const { cancel, paid } = await simulate();
    paid({ pg_provider: 'ksnet' });
    const codes = [];
    for (let count = 0; count < 10; count += 1)
      codes.push((await cancel({ imp_uid: 'imp_1', amount: 100 })).code);
    expect(codes).toEqual([...Array<number>(9).fill(0), -1]);
  });
});
