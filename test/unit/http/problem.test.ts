import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../functions/http/answer-schemas.ts';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { problem, refusalProblem } from '../../../functions/http/problem.ts';
import { RULE_TEXTS } from '../../../functions/http/texts.ts';
import { banksOf } from '../../../functions/refund/pg/banks.ts';
import type { Refusal } from '../../../functions/refund/refusals.ts';
import { closed, customer, minor, payment, rejected, staff, told } from './samples.ts';

const retry = { retryAfterSeconds: 7 };
const doubtful = { refund: rejected, currency: 'USD' };

/** One refusal of every code, and every shape that a code has. */
const REFUSALS: readonly Refusal[] = [
  { code: 'INVALID_REQUEST', errors: [{ pointer: '/x', message: { en: 'is odd', ko: '이상합니다' } }] },
  { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false },
  { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true },
  { code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable: minor(1_410), currency: 'USD' },
  { code: 'CHECKSUM_MISMATCH', cancelable: minor(1_410), currency: 'USD' },
  { code: 'CHECKSUM_MISMATCH', cancelable: minor(1_410), currency: 'USD', refund: rejected },
  { code: 'CANCEL_REJECTED', ...doubtful },
  { code: 'ALREADY_CANCELLED_AT_PG', ...doubtful },
  { code: 'NOT_EXECUTED', refund: closed, currency: 'USD' },
  { code: 'REFUND_ACCOUNT_REQUIRED', fields: ['refund_bank'], payMethod: 'vbank' },
  { code: 'REFUND_ACCOUNT_REQUIRED', fields: ['refund_bank'], payMethod: 'toString' },
  { code: 'INVALID_REFUND_BANK', pgProvider: 'kcp', banks: banksOf('kcp') ?? {} },
  { code: 'REFUND_NOT_ALLOWED', rule: 'phone_partial' },
  { code: 'SEVERAL_PAYMENTS', payments: [payment] },
  { code: 'REFUND_IN_PROGRESS', ...retry },
  { code: 'PROVIDER_UNAVAILABLE', ...retry },
  { code: 'TOO_MANY_REFUNDS', ...retry },
  { code: 'FORBIDDEN' },
  { code: 'PAYMENT_NOT_FOUND' },
  { code: 'PAYMENT_NOT_PAID' },
  { code: 'PAYMENT_MISMATCH' },
  { code: 'REFUND_LIMIT_REACHED', alsoInFull: false },
  { code: 'REFUND_LIMIT_REACHED', alsoInFull: true },
  { code: 'IDEMPOTENCY_KEY_REUSED' },
  { code: 'STILL_RESOLVABLE' },
  { code: 'INTERNAL_ERROR' },
];

describe('a refusal', () => {
  it('of every code is among the samples', () => {
    expect(new Set(REFUSALS.map(({ code }) => code))).toEqual(new Set(PROBLEM_CODES));
  });

  it.each(REFUSALS)('is a problem document in both languages: $code', (refusal) => {
    for (const language of ['en', 'ko'] as const) {
      const { status, headers, body } = told(refusalProblem(refusal, language, customer));
      expect(headers).toMatchObject({
        'content-type': 'application/problem+json',
        'content-language': language,
        vary: 'Accept-Language',
      });
      expect(v.parse(v.strictObject(Problem.entries), body)).toEqual(body);
      expect(body).toMatchObject({ code: refusal.code, status, message: body['detail'] });
      expect(/[가-힣]/.test(String(body['detail']))).toBe(language === 'ko');
    }
  });

  it('that may succeed later says when', () => {
    for (const refusal of REFUSALS.filter((each) => 'retryAfterSeconds' in each))
      expect(refusalProblem(refusal, 'en', customer).headers?.['retry-after']).toBe('7');
  });

  it('of an order that is fully refunded says so in the words of the contract', () => {
    const { body } = told(
      refusalProblem({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false }, 'en', customer),
    );
    expect(body['message']).toBe('This order has already been fully refunded.');
    const free = told(refusalProblem({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true }, 'en', customer));
    expect(free.body['message']).not.toBe(body['message']);
  });

  it("tells what is left in the payment's own unit", () => {
    const { body } = told(refusalProblem(REFUSALS[3]!, 'en', customer));
    expect(body).toMatchObject({ status: 400, cancelable_amount: 14.1 });
  });

  it('by the provider carries its words, and a reason that a shop can act on where it is known', () => {
    const { body } = told(refusalProblem({ code: 'CANCEL_REJECTED', ...doubtful }, 'en', customer));
    expect(body['provider']).toMatchObject({ code: -1, reason: 'settlement_shortage' });
  });

  it('shows names and evidence of the staff to the staff alone', () => {
    const refusal: Refusal = { code: 'NOT_EXECUTED', refund: closed, currency: 'USD' };
    expect(refusalProblem(refusal, 'en', customer).body).not.toMatch(/staff-1|the PG says so/);
    expect(refusalProblem(refusal, 'en', staff).body).toMatch(/staff-1.*staff-2/);
  });
});

describe('a text', () => {
  const said = PROBLEM_CODES.map((code) => [code, CODES[code]] as const);

  it('says that nothing was cancelled only where that is known', () => {
    const claims = /nothing was cancelled|cancelled nothing|취소되지 않았/;
    const known = said.filter(([, { en, ko }]) => claims.test(en) || claims.test(ko)).map(([code]) => code);
    expect(known).toEqual(['CHECKSUM_MISMATCH', 'CANCEL_REJECTED']);
  });

  it('of an internal error is neutral', () => {
    expect(problem('INTERNAL_ERROR', 'en').body).not.toMatch(/cancel|nothing|not sent/i);
  });

  it('stands for every rule in both languages, each in words of its own', () => {
    const texts = Object.values(RULE_TEXTS);
    expect(new Set(texts.map(({ ko }) => ko)).size).toBe(texts.length);
    for (const { ko } of [...texts, ...said.map(([, code]) => code)]) expect(ko).toMatch(/[가-힣]/);
  });
});
