import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusalAfter } from '../../../../functions/protocol/find.ts';
import type { CancelEntry, Payment } from '../../../../functions/refund/payment.ts';
import { accountToSend, judgeRules, refundableNow } from '../../../../functions/refund/pg/judge.ts';
import {
  ALL_RULES,
  isSwitchable,
  RULE_NAMES,
  RULES,
  sourceOf,
} from '../../../../functions/refund/pg/rules.ts';
import { entryOf, thePayment, won } from '../../../support/ledger-samples.ts';
import { ACCOUNT, askedOf, of, CASES, korea, NO_RULE_OFF, PAID_MS, rulesBroken } from './cases.ts';

const FACTS = readFileSync(new URL('../../../../functions/refund/pg/PG-FACTS.md', import.meta.url), 'utf8');
const [, FROM_RULES = ''] = FACTS.split(/^## 4\. /m);
/** The rows of PG-FACTS 4, whose last column names our rules. */
const ROWS = (FROM_RULES.split(/^## 5\. /m)[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
const namedIn = (row: string) =>
  [...(row.split('|').at(-2) ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);

describe('the table of rules', () => {
  it.each(ALL_RULES)(
    'the rule $name is broken by its first case and not by the one beside it',
    ({ name }) => {
      const [breaks, keeps] = CASES[name];
      expect(rulesBroken(breaks)).toContain(name);
      expect(rulesBroken(keeps)).not.toContain(name);
      expect(rulesBroken(breaks, new Set([name])), 'turned off by the shop').not.toContain(name);
    },
  );

  it('each rule is named once and says where it is published', () => {
    expect(new Set(RULE_NAMES).size).toBe(RULE_NAMES.length);
    for (const { name, source } of ALL_RULES) {
      expect(source).toMatch(/^https:\/\/(developers|help)\.portone\.io\/\S+$/);
      expect(sourceOf(name)).toBe(source);
    }
  });

  it('PG-FACTS 4 names each rule, and no other; only what is published without condition refuses', () => {
    const named = ROWS.flatMap(namedIn).filter((name) => name !== 'name');
    expect(new Set(named)).toEqual(new Set(ALL_RULES.map(({ name }) => name)));
    const firm = ROWS.filter((row) => /^ H\b/.test(row.split('|').at(-3) ?? '')).flatMap(namedIn);
    for (const { name } of [...RULES.refused, ...RULES.asked]) expect(firm).toContain(name);
  });

  it('one rule is checked when a payment is read and cannot be turned off: a currency unknown to ISO 4217', () => {
    const unreadable = { refundIds: [], why: 'currency_unknown' } as const;
    expect(refusalAfter({ kind: 'failed', cause: '', unreadable })).toEqual({
      code: 'REFUND_NOT_ALLOWED',
      rule: 'currency_unknown',
    });
    expect(RULE_NAMES.filter((name) => !isSwitchable(name))).toEqual(['currency_unknown']);
    expect(sourceOf('currency_unknown')).toBe('ISO 4217');
  });
});

describe('judging a request by the rules', () => {
  const judge = (...given: Parameters<typeof of>) => {
    const { payment, asked, nowMs } = of(...given);
    return judgeRules(payment, asked, { nowMs, rulesOff: NO_RULE_OFF });
  };

  it('a payment whose PG, method and time are unknown breaks no rule', () => {
    const asked = askedOf({ partial: true, cancelsBefore: 9 });
    expect(judgeRules({}, asked, { nowMs: korea(2040, 1, 1), rulesOff: NO_RULE_OFF })).toBeUndefined();
  });

  it('a rule hidden by an earlier one is told when the earlier one is turned off', () => {
    const late = of('danal phone', { partial: true }, korea(2026, 9, 1));
    expect(rulesBroken(late)).toEqual(['phone_other_month']);
    expect(rulesBroken(late, new Set(['phone_other_month']))).toEqual(['phone_partial']);
  });

  it('the rule of the night tells when the morning is; other rules have no such time', () => {
    const at = (nowMs: number) => judge('ksnet vbank', { account: ACCOUNT }, nowMs);
    const night = {
      code: 'REFUND_NOT_ALLOWED',
      rule: 'ksnet_vbank_night',
      possibleFromMs: korea(2026, 9, 2, 6),
    };
    expect(at(korea(2026, 9, 1, 23))).toEqual(night);
    expect(at(korea(2026, 9, 2, 5, 59, 59))).toEqual(night);
    expect(at(korea(2026, 9, 2, 22, 59, 59))).toBeUndefined();
    expect(at(korea(2027, 3, 1, 23))).toEqual({ code: 'REFUND_NOT_ALLOWED', rule: 'ksnet_six_months' });
  });

  it('all missing account fields are named at once, with their names in the request', () => {
    expect(judge('smartro_v2 vbank', { account: { bank: '999' } })).toEqual({
      code: 'REFUND_ACCOUNT_REQUIRED',
      rule: 'vbank_account',
      fields: ['refund_holder', 'refund_account', 'refund_tel'],
    });
  });

  it.each([
    ['nice vbank', PAID_MS, true],
    ['welcome trans', PAID_MS, true],
    ['nice trans', PAID_MS, false],
    ['kcp phone', korea(2026, 9, 1), true],
    ['kcp phone', korea(2026, 9, 1) - 1, false],
    ['danal phone', korea(2026, 9, 1), false],
    ['nice card', PAID_MS, false],
  ])('an account is sent only where it is needed: %s', (name, nowMs, isSent) => {
    const { payment } = of(name);
    expect(accountToSend(payment, ACCOUNT, nowMs)).toEqual(isSent ? ACCOUNT : undefined);
    expect(accountToSend(payment, {}, nowMs)).toBeUndefined();
  });
});

describe('the amount that can be refunded now', () => {
  const now = (name: string, nowMs: number, fields: Partial<Payment> = {}, off: readonly string[] = []) =>
    refundableNow(thePayment({ ...of(name).payment, ...fields }), { nowMs, rulesOff: new Set(off) });
  const SEPTEMBER_MS = korea(2026, 9, 1);

  it('the refundable time ends at the first rule that refuses, and not earlier', () => {
    const until = { full: true, partial: false, untilMs: SEPTEMBER_MS, warnings: [] };
    expect(now('danal phone', PAID_MS)).toEqual(until);
    expect(now('danal phone', SEPTEMBER_MS)).toEqual({ full: false, partial: false, warnings: [] });
    const isOff = ['phone_other_month'];
    expect(now('danal phone', SEPTEMBER_MS, {}, isOff)).toEqual({ full: true, partial: false, warnings: [] });
    expect(now('nice_v2 card', PAID_MS)).not.toHaveProperty('untilMs');
  });

  it('the refundable time has no end at KCP, which pays to an account afterwards', () => {
    expect(now('kcp phone', PAID_MS)).not.toHaveProperty('untilMs');
    const { full, warnings } = now('kcp phone', SEPTEMBER_MS);
    expect([full, warnings]).toEqual([true, expect.arrayContaining(['kcp_phone_next_month'])]);
  });

  it('KSNET refunds nothing after nine partial refunds; an entry listed twice counts once', () => {
    const entries = Array.from({ length: 9 }, (_, index) => entryOf(100, { cancellationId: `C${index}` }));
    const ksnet = (cancelHistory: readonly CancelEntry[]) =>
      now('ksnet card', PAID_MS, { cancelAmount: won(900), cancelHistory });
    expect(ksnet(entries)).toMatchObject({ full: false, partial: false });
    expect(ksnet([...entries.slice(1), ...entries.slice(1, 2)])).toMatchObject({ full: true, partial: true });
  });
});
