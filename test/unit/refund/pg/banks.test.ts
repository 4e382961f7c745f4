import { describe, expect, it } from 'vitest';
import { BANKS_BY_PG, banksOf, meantBy } from '../../../../functions/refund/pg/banks.ts';
import { judgeRules } from '../../../../functions/refund/pg/judge.ts';
import { ACCOUNT, askedOf } from './cases.ts';

const TABLES = [...BANKS_BY_PG];

/** Danal's own rule is judged before its banks. */
const AROUND = { nowMs: 0, rulesOff: new Set(['danal_vbank']) };

function told(pgProvider: string, bank: string) {
  const payment = { payMethod: 'vbank', pgProvider };
  return judgeRules(payment, askedOf({ account: { ...ACCOUNT, bank } }), AROUND);
}

describe.each(TABLES)('the banks of %s', (pgProvider, banks) => {
  it('each bank has a name, and no two codes mean one bank', () => {
    const names = Object.values(banks);
    for (const name of names) expect(name).toMatch(/[가-힣]/);
    expect(new Set(names).size).toBe(names.length);
    for (const code of Object.keys(banks)) expect(code).toMatch(/^(BK)?\d{2,3}$/);
  });

  it('each bank code is accepted', () => {
    for (const bank of Object.keys(banks)) expect(told(pgProvider, bank)).toBeUndefined();
  });

  it('a bank code of another PG is refused, with the right code where the PG has that bank', () => {
    for (const [, others] of TABLES) {
      for (const [code, name] of Object.entries(others)) {
        if (Object.hasOwn(banks, code)) continue;
        const refusal = told(pgProvider, code);
        if (refusal?.code !== 'INVALID_REFUND_BANK') throw new Error(`Bug: ${code} was taken`);
        expect(refusal.banks).toBe(banks);
        expect(Object.values(refusal.meant).includes(name)).toBe(Object.values(banks).includes(name));
      }
    }
  });
});

describe('a bank code of another PG', () => {
  it.each([
    ['88', 'kcp', { BK88: '신한' }],
    ['088', 'html5_inicis', { '88': '신한' }],
    ['bk88', 'nice_v2', { '088': '신한' }],
    ['88', 'daou', { '10': '신한' }],
    // Kiwoom's 11 is SC제일, and KG Inicis' 11 is 농협: only the caller knows which bank is meant.
    ['11', 'tosspayments', { '023': 'SC제일', '011': '농협' }],
    ['090', 'daou', {}],
    ['toString', 'kcp', {}],
    ['999', 'kcp', {}],
  ])('the bank code %s at %s means %j', (code, pgProvider, meant) => {
    expect(meantBy(code, banksOf(pgProvider) ?? {})).toEqual(meant);
  });

  it("an unknown bank code is accepted when the PG's codes are not published or no account is needed", () => {
    expect(banksOf('galaxia')).toBeUndefined();
    expect(told('galaxia', '88')).toBeUndefined();
    const card = { payMethod: 'trans', pgProvider: 'kcp' };
    expect(
      judgeRules(card, askedOf({ account: ACCOUNT }), { nowMs: 0, rulesOff: new Set() }),
    ).toBeUndefined();
  });
});
