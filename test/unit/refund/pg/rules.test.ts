import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULE_TEXTS } from '../../../../functions/http/texts.ts';
import { refusalAfter } from '../../../../functions/protocol/find.ts';
import type { CancelEntry } from '../../../../functions/refund/payment.ts';
import { accountToSend, judgeRules, refundableNow } from '../../../../functions/refund/pg/judge.ts';
import {
  ALL_RULES,
  isSwitchable,
  RULE_NAMES,
  RULES,
  sourceOf,
  WARNING_NAMES,
} from '../../../../functions/refund/pg/rules.ts';
import { entryOf, thePayment, won } from '../../../support/ledger-samples.ts';
import { ACCOUNT, askedOf, CASES, korea, PAID_MS, toldOf } from './cases.ts';

const FACTS = readFileSync(new URL('../../../../functions/refund/pg/PG-FACTS.md', import.meta.url), 'utf8');
const [, FROM_RULES = ''] = FACTS.split(/^## 4\. /m);
const [RULES_OF_FACTS = ''] = FROM_RULES.split(/^## 5\. /m);

describe.each(ALL_RULES)('the rule $name', ({ name, source, strength, since, ...rule }) => {
  const [breaks, keeps] = CASES[name];

  it('the first case breaks the rule, and the case beside it does not', () => {
    expect(toldOf(breaks)).toContain(name);
    expect(toldOf(keeps)).not.toContain(name);
  });

  it('the rule has no effect once the shop has turned it off', () => {
    expect(toldOf(breaks, new Set([name]))).not.toContain(name);
  });

  it('the rule is in PG-FACTS 4 and says where it is published, how firmly and since when', () => {
    expect(RULES_OF_FACTS.includes(`\`${name}\``)).toBe(true);
    expect(source).toMatch(/^https:\/\/(developers|help)\.portone\.io\/\S+$/);
    expect(since).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(['H', 'M']).toContain(strength);
    expect(sourceOf(name)).toBe(source);
  });

  it('the rule names no PG or method twice', () => {
    for (const names of [rule.pgs, rule.methods]) {
      const words = (typeof names === 'string' ? names : names.not).split(' ');
      expect(new Set(words).size).toBe(words.length);
    }
  });
});

describe('the table of rules', () => {
  it('the table has a text in both languages for each rule, and no text without a rule', () => {
    expect(Object.keys(RULE_TEXTS).toSorted()).toEqual(RULE_NAMES.toSorted());
    expect(new Set(RULE_NAMES).size).toBe(RULE_NAMES.length);
  });

  it('the table refuses only by rules that are published without condition', () => {
    for (const rule of [...RULES.refused, ...RULES.asked]) expect(rule.strength, rule.name).toBe('H');
  });

  it('the table has every rule that PG-FACTS 4 names in its last column', () => {
    const rows = RULES_OF_FACTS.split('\n').filter(
      (line) => line.startsWith('| ') && !line.includes('| name |'),
    );
    expect(rows.length).toBeGreaterThan(20);
    const named = rows.flatMap((row) => [...(row.split('|').at(-2) ?? '').matchAll(/`(\w+)`/g)]);
    const names = named.map(([, name]) => name);
    expect([...new Set(names)].filter((name) => !ALL_RULES.some((rule) => rule.name === name))).toEqual([]);
  });

  it('one rule is checked when a payment is read and cannot be turned off: a currency unknown to ISO 4217', () => {
    const unreadable = { refundIds: [], why: 'currency_unknown' } as const;
    expect(refusalAfter({ unreadable })).toEqual({ code: 'REFUND_NOT_ALLOWED', rule: 'currency_unknown' });
    expect(isSwitchable('currency_unknown')).toBe(false);
    expect(RULE_NAMES.filter((name) => !isSwitchable(name))).toEqual(['currency_unknown']);
    expect(sourceOf('currency_unknown')).toBe('ISO 4217');
  });

  it('the table warns by the rules that refuse nothing, and by no others', () => {
    const refusing = [...RULES.refused, ...RULES.asked].map(({ name }) => name);
    expect([...refusing, ...WARNING_NAMES, 'currency_unknown'].toSorted()).toEqual(RULE_NAMES.toSorted());
  });
});

describe('judging a payment by a rule', () => {
  it('a payment whose PG, method and time are unknown breaks no rule', () => {
    const told = judgeRules({}, askedOf({ partial: true, cancelsBefore: 9 }), {
      nowMs: korea(2040, 1, 1),
      rulesOff: new Set(),
    });
    expect(told).toBeUndefined();
  });

  it('a rule hidden by an earlier one is told when the earlier one is turned off', () => {
    const phone = { payment: { payMethod: 'phone', pgProvider: 'danal' }, asked: { partial: true } };
    const late = { ...phone, nowMs: korea(2026, 9, 1) };
    expect(toldOf(late)).toEqual(['phone_other_month']);
    expect(toldOf(late, new Set(['phone_other_month']))).toEqual(['phone_partial']);
    expect(toldOf(late, new Set(['phone_other_month', 'phone_partial']))).toEqual([]);
  });

  it('the rule of the night tells when the morning is; other rules have no such time', () => {
    const vbank = { payMethod: 'vbank', pgProvider: 'ksnet', paidAtMs: PAID_MS };
    const at = (nowMs: number) =>
      judgeRules(vbank, askedOf({ account: ACCOUNT }), { nowMs, rulesOff: new Set() });
    const evening = { code: 'REFUND_NOT_ALLOWED', rule: 'ksnet_vbank_night' } as const;
    expect(at(korea(2026, 9, 1, 23))).toEqual({ ...evening, possibleFromMs: korea(2026, 9, 2, 6) });
    expect(at(korea(2026, 9, 2, 5, 59, 59))).toEqual({ ...evening, possibleFromMs: korea(2026, 9, 2, 6) });
    expect(at(korea(2026, 9, 2, 22, 59, 59))).toBeUndefined();
    expect(at(korea(2027, 3, 1, 23))).toEqual({ code: 'REFUND_NOT_ALLOWED', rule: 'ksnet_six_months' });
  });

  it('the rule of the account names all missing fields at once, with their names in the request', () => {
    const payment = { payMethod: 'vbank', pgProvider: 'smartro_v2' };
    const told = judgeRules(payment, askedOf({ account: { bank: '999' } }), {
      nowMs: 0,
      rulesOff: new Set(),
    });
    expect(told).toEqual({
      code: 'REFUND_ACCOUNT_REQUIRED',
      rule: 'vbank_account',
      fields: ['refund_holder', 'refund_account', 'refund_tel'],
    });
  });
});

describe('the account in a request', () => {
  it.each([
    ['a virtual account', 'nice', 'vbank', PAID_MS, true],
    ['a transfer of a PG that pays to an account', 'welcome', 'trans', PAID_MS, true],
    ['a transfer of another PG', 'nice', 'trans', PAID_MS, false],
    ['a phone payment of an earlier month at KCP', 'kcp', 'phone', korea(2026, 9, 1), true],
    ['a phone payment of this month', 'kcp', 'phone', korea(2026, 9, 1) - 1, false],
    ['a phone payment of another PG', 'danal', 'phone', korea(2026, 9, 1), false],
    ['a card', 'nice', 'card', PAID_MS, false],
  ] as const)(
    'the account is sent for %s only where it is needed',
    (_what, pgProvider, payMethod, nowMs, isSent) => {
      const payment = { pgProvider, payMethod, paidAtMs: PAID_MS };
      expect(accountToSend(payment, ACCOUNT, nowMs)).toEqual(isSent ? ACCOUNT : undefined);
      expect(accountToSend(payment, {}, nowMs)).toBeUndefined();
    },
  );
});

describe('the amount that can be refunded now', () => {
  const around = (nowMs: number, off: readonly string[] = []) => ({ nowMs, rulesOff: new Set(off) });
  const phone = thePayment({ pgProvider: 'danal', payMethod: 'phone', paidAtMs: PAID_MS });

  it('the refundable time ends at the first rule that refuses, and not earlier', () => {
    expect(refundableNow(phone, around(PAID_MS))).toEqual({
      full: true,
      partial: false,
      untilMs: korea(2026, 9, 1),
      warnings: [],
    });
    expect(refundableNow(phone, around(korea(2026, 9, 1)))).toEqual({
      full: false,
      partial: false,
      warnings: [],
    });
    const card = thePayment({ pgProvider: 'nice_v2', payMethod: 'card', paidAtMs: PAID_MS });
    expect(refundableNow(card, around(PAID_MS))).not.toHaveProperty('untilMs');
  });

  it('the refundable time has no end at KCP, which pays to an account afterwards, or by a rule that is turned off', () => {
    const kcp = { ...phone, pgProvider: 'kcp' };
    expect(refundableNow(kcp, around(PAID_MS))).not.toHaveProperty('untilMs');
    expect(refundableNow(kcp, around(korea(2026, 9, 1)))).toMatchObject({
      full: true,
      warnings: expect.arrayContaining(['kcp_phone_next_month']) as unknown,
    });
    const off = around(korea(2026, 9, 1), ['phone_other_month']);
    expect(refundableNow(phone, off)).toEqual({ full: true, partial: false, warnings: [] });
  });

  it('KSNET refunds nothing after nine partial refunds; an entry listed twice counts once', () => {
    const entries = Array.from({ length: 9 }, (_, index) => entryOf(100, { cancellationId: `C${index}` }));
    const ksnet = (cancelHistory: readonly CancelEntry[]) =>
      thePayment({
        pgProvider: 'ksnet',
        payMethod: 'card',
        paidAtMs: PAID_MS,
        cancelAmount: won(900),
        cancelHistory,
      });
    expect(refundableNow(ksnet(entries), around(PAID_MS))).toMatchObject({ full: false, partial: false });
    const twice = [...entries.slice(0, 8), ...entries.slice(0, 1)];
    expect(refundableNow(ksnet(twice), around(PAID_MS))).toMatchObject({ full: true, partial: true });
  });
});
