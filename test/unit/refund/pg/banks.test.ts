import { describe, expect, it } from 'vitest';
import { BANKS_BY_PG, banksOf, meantBy } from '../../../../functions/refund/pg/banks.ts';
import { judgeRules } from '../../../../functions/refund/pg/judge.ts';
import { ACCOUNT, askedOf } from './cases.ts';

/** Danal's own rule is judged before its banks. */
const WITHOUT_DANALS = new Set(['danal_vbank']);

function judged(pgProvider: string, bank: string, payMethod = 'vbank') {
  return judgeRules({ payMethod, pgProvider }, askedOf({ account: { ...ACCOUNT, bank } }), {
    nowMs: 0,
    rulesOff: WITHOUT_DANALS,
  });
}

describe.each([...BANKS_BY_PG])('the banks of %s', (pgProvider, banks) => {
  it('each bank has a name, no two codes mean one bank, and each code is accepted', () => {
    const names = Object.values(banks);
    for (const name of names) expect(name).toMatch(/[가-힣]/);
    expect(new Set(names).size).toBe(names.length);
    for (const code of Object.keys(banks)) {
      expect(code).toMatch(/^(BK)?\d{2,3}$/);
      expect(judged(pgProvider, code)).toBeUndefined();
    }
  });

  it('a bank code of another PG is refused, with the right code where the PG has that bank', () => {
    for (const [code, name] of [...BANKS_BY_PG.values()].flatMap((others) => Object.entries(others))) {
      if (Object.hasOwn(banks, code)) continue;
      const refusal = judged(pgProvider, code);
      if (refusal?.code !== 'INVALID_REFUND_BANK') throw new Error(`Bug: ${code} was taken`);
      expect(refusal.banks).toBe(banks);
      expect(Object.values(refusal.meant).includes(name)).toBe(Object.values(banks).includes(name));
    }
  });
});

it.each([
  ['88', 'kcp', { BK88: '신한' }],
  ['bk88', 'nice_v2', { '088': '신한' }],
  // Kiwoom's 11 is SC제일, and KG Inicis' 11 is 농협: only the caller knows which bank is meant.
  ['11', 'tosspayments', { '023': 'SC제일', '011': '농협' }],
  ['090', 'daou', {}],
  ['toString', 'kcp', {}],
])('the bank code %s of another PG at %s means %j', (code, pgProvider, meant) => {
  expect(meantBy(code, banksOf(pgProvider) ?? {})).toEqual(meant);
});

it("an unknown bank code is accepted when the PG's codes are not published or no account is needed", () => {
  expect(judged('galaxia', '88')).toBeUndefined();
  expect(judged('kcp', '88', 'trans')).toBeUndefined();
});
