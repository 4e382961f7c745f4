import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../functions/http/answer-schemas.ts';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { problem, refusalProblem } from '../../../functions/http/problem.ts';
import { REASON_TEXTS, RULE_TEXTS } from '../../../functions/http/texts.ts';
import { banksOf, meantBy } from '../../../functions/refund/pg/banks.ts';
import type { Refusal } from '../../../functions/refund/refusals.ts';
import {
  closed,
  customer,
  minor,
  NOW_MS,
  payment,
  rejected,
  requested,
  SECOND,
  staff,
  told,
} from './samples.ts';
import { REFUSALS } from './refusals.ts';

describe('a refusal as a problem document', () => {
  it.each(REFUSALS)('the refusal is a problem document in both languages: $code', (refusal) => {
    for (const viewer of [customer, staff]) {
      for (const language of ['en', 'ko'] as const) {
        const { status, headers, body } = told(refusalProblem(refusal, language, viewer));
        expect(headers).toMatchObject({
          'content-type': 'application/problem+json',
          'content-language': language,
          vary: 'Accept-Language',
          'cache-control': 'no-store',
        });
        expect(v.parse(v.strictObject(Problem.entries), body)).toEqual(body);
        expect(body).toMatchObject({ code: refusal.code, status, message: body['detail'] });
        expect(/[가-힣]/.test(String(body['detail']))).toBe(language === 'ko');
      }
    }
  });

  it('a refusal that may succeed later has Retry-After', () => {
    for (const refusal of REFUSALS.filter((each) => 'retryAfterSeconds' in each))
      expect(refusalProblem(refusal, 'en', customer).headers?.['retry-after']).toBe('7');
  });

  it('a fully refunded order is told in the words of the contract', () => {
    const { body } = told(
      refusalProblem({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false }, 'en', customer),
    );
    expect(body['message']).toBe('This order has already been fully refunded.');
    const free = told(refusalProblem({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true }, 'en', customer));
    expect(free.body['message']).not.toBe(body['message']);
  });

  it("the amount left is told in the payment's unit", () => {
    const refusal = { code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable: minor(1_410), currency: 'USD' } as const;
    const { body } = told(refusalProblem(refusal, 'en', customer));
    expect(body).toMatchObject({ status: 400, cancelable_amount: 14.1 });
  });

  it('a refusal by the provider has its words and, when they are known, the reason and what helps', () => {
    const ofKcp = { ...payment, pgProvider: 'kcp' };
    const refusal = { code: 'CANCEL_REJECTED', refund: rejected, payment: ofKcp } as const;
    const { body } = told(refusalProblem(refusal, 'en', customer));
    const provider = {
      code: -1,
      message: '[8178] 취소 금액보다 상계가능 정산금액 부족',
      reason: 'settlement_shortage',
      retry: 'after_funding',
    };
    expect(body['provider']).toEqual(provider);
    expect(body['detail']).toBe(REASON_TEXTS.settlement_shortage.en);
    expect(body['refund']).toMatchObject({
      refund_id: 'rf_rejected',
      rejection: { code: 'CANCEL_REJECTED', provider },
    });
  });

  it('a refusal by the provider in unknown words has these words and no explanation', () => {
    const refund = { ...rejected, refusal: { code: -1, message: '알 수 없는 오류' } };
    const refusal = { code: 'CANCEL_REJECTED', refund, payment } as const;
    const { body } = told(refusalProblem(refusal, 'ko', customer));
    expect(body['provider']).toEqual({ code: -1, message: '알 수 없는 오류' });
    expect(body['detail']).toBe(CODES.CANCEL_REJECTED.ko);
  });

  it('a refusal by a rule names the rule, its source, and when the same refund is allowed again', () => {
    const refusal = {
      code: 'REFUND_NOT_ALLOWED',
      rule: 'ksnet_vbank_night',
      possibleFromMs: NOW_MS,
    } as const;
    const { status, body } = told(refusalProblem(refusal, 'en', customer));
    expect(body).toMatchObject({ rule: 'ksnet_vbank_night', possible_from: NOW_MS / SECOND });
    expect(body['source']).toMatch(/^https:\/\/developers\.portone\.io\//);
    expect([status, body['detail']]).toEqual([422, RULE_TEXTS.ksnet_vbank_night.en]);
    const never = { code: 'REFUND_NOT_ALLOWED', rule: 'danal_vbank' } as const;
    expect(told(refusalProblem(never, 'en', customer)).body).not.toHaveProperty('possible_from');
  });

  it('a bank code of another PG is answered with the right code, and an unknown code with the list', () => {
    const banks = banksOf('kcp') ?? {};
    const errorsOf = (meant: Readonly<Record<string, string>>, language: 'en' | 'ko') => {
      const refusal = { code: 'INVALID_REFUND_BANK', rule: 'bank_code', banks, meant } as const;
      return JSON.stringify(told(refusalProblem(refusal, language, customer)).body['errors']);
    };
    for (const language of ['en', 'ko'] as const) {
      expect(errorsOf(meantBy('088', banks), language)).toMatch(/BK88 \(신한\)/);
      expect(errorsOf(meantBy('088', banks), language)).not.toMatch(/BK04/);
      expect(errorsOf({}, language)).toMatch(/BK04 \(KB국민\).*BK88/);
    }
  });

  it('names and evidence of staff are shown to staff only', () => {
    const refusal: Refusal = { code: 'NOT_EXECUTED', refund: closed, payment };
    expect(refusalProblem(refusal, 'en', customer).body).not.toMatch(/jiwoo|minseo|the PG says so/);
    expect(refusalProblem(refusal, 'en', staff).body).toMatch(/jiwoo.*minseo/);
  });

  it('a duplicate request is answered with the state of the first', () => {
    const found = REFUSALS.find(({ code }) => code === 'POSSIBLE_DUPLICATE')!;
    const { status, body } = told(refusalProblem(found, 'en', customer));
    expect(status).toBe(409);
    expect(body['refund']).toMatchObject({ refund_id: requested.refundId, status: 'unknown' });
  });

  it('a different verdict is answered with who proposed which, in the API’s names', () => {
    const refusal = { code: 'PROPOSAL_DIFFERS', proposedBy: 'jiwoo', verdict: 'executed_unlisted' } as const;
    const { body } = told(refusalProblem(refusal, 'en', staff));
    expect(body).toMatchObject({ status: 409, proposed_by: 'jiwoo', verdict: 'executed' });
  });
});

describe('the texts of the codes', () => {
  const said = PROBLEM_CODES.map((code) => [code, CODES[code]] as const);

  it('a text says that nothing was cancelled only when that is known', () => {
    const claims = /nothing was cancelled|cancelled nothing|not executed it|취소되지 않았|처리되지 않았/;
    const known = said.filter(([, { en, ko }]) => claims.test(en) || claims.test(ko)).map(([code]) => code);
    expect(known).toEqual(['CHECKSUM_MISMATCH', 'CANCEL_REJECTED', 'NOT_EXECUTED']);
  });

  it('a text says that nothing was sent only when that is known', () => {
    const claims = /nothing was sent|전달되지 않|요청하지 않았/;
    const known = said.filter(([, { en, ko }]) => claims.test(en) || claims.test(ko)).map(([code]) => code);
    expect(known).toEqual([
      'REFUND_NOT_FOUND',
      'PAYMENT_MISMATCH',
      'PROVIDER_UNAVAILABLE',
      'STORE_UNAVAILABLE',
    ]);
  });

  it('a text names the key to ask again with: the same key while nothing was sent, a new one once the refund has ended', () => {
    const withNewKey = said
      .filter(([, { en }]) => /new (Idempotency-)?[Kk]ey/.test(en))
      .map(([code]) => code);
    expect(withNewKey).toEqual(['CANCEL_REJECTED', 'NOT_EXECUTED', 'IDEMPOTENCY_KEY_REUSED']);
    expect(CODES.REFUND_NOT_FOUND.en).toMatch(/same Idempotency-Key/);
  });

  it('the text of an internal error is neutral', () => {
    expect(problem('INTERNAL_ERROR', 'en').body).not.toMatch(/cancel|nothing|not sent/i);
  });

  it('every rule and every known refusal has a text of its own in both languages', () => {
    const texts = [...Object.values(RULE_TEXTS), ...Object.values(REASON_TEXTS)];
    for (const language of ['en', 'ko'] as const)
      expect(new Set(texts.map((each) => each[language])).size).toBe(texts.length);
    for (const { en, ko } of texts) {
      expect(en).toMatch(/^[^가-힣]+\.$/);
      expect(ko).toMatch(/[가-힣].*\.$/);
    }
  });
});
