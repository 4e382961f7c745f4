import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../functions/http/answer-schemas.ts';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { problem, refusalProblem } from '../../../functions/http/problem.ts';
import { REASON_TEXTS, RULE_TEXTS } from '../../../functions/http/texts.ts';
import type { Viewer } from '../../../functions/http/representation.ts';
import { banksOf, meantBy } from '../../../functions/refund/pg/banks.ts';
import { RULE_NAMES } from '../../../functions/refund/pg/rules.ts';
import type { Refusal } from '../../../functions/refund/refusals.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { refusedWith } from '../../support/ledger-samples.ts';
import {
  alreadyCancelled,
  cancelled,
  closed,
  customer,
  minor,
  notExecuted,
  NOW_MS,
  payment,
  rejected,
  requested,
  SECOND,
  staff,
  parsed,
} from './samples.ts';

const KCP = banksOf('kcp') ?? {};
const retry = { retryAfterSeconds: 7 };
const left = { cancelable: minor(1_410), currency: 'USD' } as const;

/** One refusal of every code, in each shape that it has. */
const REFUSALS: readonly Refusal[] = [
  { code: 'INVALID_REQUEST', errors: [{ pointer: '/x', message: { en: 'is odd', ko: '이상합니다' } }] },
  { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false },
  { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true },
  { code: 'AMOUNT_EXCEEDS_CANCELABLE', ...left },
  { code: 'CHECKSUM_MISMATCH', ...left },
  {
    code: 'CHECKSUM_MISMATCH',
    ...left,
    rejected: { refund: { ...rejected, code: 'CHECKSUM_MISMATCH' }, payment },
  },
  { code: 'CANCEL_REJECTED', refund: rejected, payment },
  { code: 'CANCEL_REJECTED', refund: { ...rejected, answer: refusedWith('?') }, payment },
  { code: 'ALREADY_CANCELLED_AT_PG', refund: alreadyCancelled, payment },
  { code: 'NOT_EXECUTED', refund: notExecuted, payment },
  { code: 'NOT_EXECUTED', refund: closed, payment },
  { code: 'REFUND_ACCOUNT_REQUIRED', rule: 'vbank_account', fields: ['refund_bank'] },
  { code: 'INVALID_REFUND_BANK', rule: 'bank_code', banks: KCP, meant: {} },
  { code: 'INVALID_REFUND_BANK', rule: 'bank_code', banks: KCP, meant: meantBy('088', KCP) },
  ...RULE_NAMES.map((rule) => ({ code: 'REFUND_NOT_ALLOWED', rule }) as const),
  { code: 'REFUND_NOT_ALLOWED', rule: 'ksnet_vbank_night', possibleFromMs: NOW_MS },
  { code: 'SEVERAL_PAYMENTS', payments: [payment] },
  { code: 'POSSIBLE_DUPLICATE', refund: requested, payment },
  { code: 'POSSIBLE_DUPLICATE', refund: cancelled, payment },
  { code: 'REFUND_IN_PROGRESS', ...retry },
  { code: 'PROVIDER_UNAVAILABLE', ...retry },
  { code: 'STORE_UNAVAILABLE', ...retry },
  { code: 'TOO_MANY_REFUNDS', ...retry },
  { code: 'PROPOSAL_DIFFERS', proposedBy: 'Kim', verdict: 'executed' },
  { code: 'PROPOSAL_DIFFERS', proposedBy: 'Kim', verdict: 'not_executed' },
  { code: 'FORBIDDEN' },
  { code: 'PERSON_CLAIM_MISSING' },
  { code: 'PAYMENT_NOT_FOUND' },
  { code: 'REFUND_NOT_FOUND' },
  { code: 'FINDING_NOT_FOUND' },
  { code: 'PAYMENT_NOT_PAID' },
  { code: 'PAYMENT_MISMATCH' },
  { code: 'IDEMPOTENCY_KEY_REUSED', refund: cancelled, payment },
  { code: 'STILL_RESOLVABLE' },
];

describe('a refusal as a problem document', () => {
  const answer = (refusal: Refusal, viewer: Viewer = customer, language: 'en' | 'ko' = 'en') =>
    parsed(refusalProblem(refusal, language, viewer));

  it.for(REFUSALS)('the refusal is a problem document in both languages: $code', (refusal) => {
    for (const viewer of [customer, staff]) {
      for (const language of ['en', 'ko'] as const) {
        const { status, headers, body } = answer(refusal, viewer, language);
        expect(headers).toMatchObject({
          'content-type': 'application/problem+json',
          'content-language': language,
          vary: 'Accept-Language',
          'cache-control': 'no-store',
        });
        expect(headers['retry-after']).toBe('retryAfterSeconds' in refusal ? '7' : undefined);
        expect(v.parse(v.strictObject(Problem.entries), body)).toEqual(body);
        expect(body).toMatchObject({ code: refusal.code, status, message: body['detail'] });
        expect(/[가-힣]/.test(String(body['detail']))).toBe(language === 'ko');
      }
    }
  });

  it('a fully refunded order is reported in the words of the contract', () => {
    const text = 'This order has already been fully refunded.';
    expect(answer({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false }).body['message']).toBe(text);
    expect(answer({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true }).body['message']).not.toBe(text);
  });

  it('a refusal by the provider has its words and, when they are known, the reason and what helps', () => {
    const ofKcp = { ...payment, pgProvider: 'kcp' };
    const { body } = answer({ code: 'CANCEL_REJECTED', refund: rejected, payment: ofKcp });
    const provider = {
      code: -1,
      message: '[8178] 취소 금액보다 상계가능 정산금액 부족',
      reason: 'settlement_shortage',
      retry: 'after_funding',
    };
    const rejection = { code: 'CANCEL_REJECTED', provider };
    expect(body).toMatchObject({ provider, refund: { refund_id: 'rf_rejected', rejection } });
    expect(body['detail']).toBe(REASON_TEXTS.settlement_shortage.en);
    const unknown = refusedWith('알 수 없는 오류');
    const odd = answer({ code: 'CANCEL_REJECTED', refund: { ...rejected, answer: unknown }, payment }).body;
    expect([odd['provider'], odd['detail']]).toEqual([unknown.refusal, CODES.CANCEL_REJECTED.en]);
  });

  it('a refusal has the members of its code, in the API’s names and units', () => {
    const exceeds = answer({ code: 'AMOUNT_EXCEEDS_CANCELABLE', ...left });
    expect(exceeds.body).toMatchObject({ status: 400, cancelable_amount: 14.1 });
    const rule = 'ksnet_vbank_night';
    const night = answer({ code: 'REFUND_NOT_ALLOWED', rule, possibleFromMs: NOW_MS });
    const { en: detail } = RULE_TEXTS[rule];
    expect(night.body).toMatchObject({ status: 422, rule, detail, possible_from: NOW_MS / SECOND });
    expect(night.body['source']).toMatch(/^https:\/\/developers\.portone\.io\//);
    expect(answer({ code: 'REFUND_NOT_ALLOWED', rule }).body).not.toHaveProperty('possible_from');
    const duplicate = answer({ code: 'POSSIBLE_DUPLICATE', refund: requested, payment });
    expect(duplicate.body).toMatchObject({ refund: { refund_id: 'rf_requested', status: 'unknown' } });
    const differs = answer({ code: 'PROPOSAL_DIFFERS', proposedBy: 'Kim', verdict: 'executed_unlisted' });
    expect(differs.body).toMatchObject({ proposed_by: 'Kim', verdict: 'executed' });
  });

  it('a bank code of another PG is answered with the right code, and an unknown code with the list', () => {
    for (const language of ['en', 'ko'] as const) {
      const errorsOf = (meant: Readonly<Record<string, string>>) => {
        const refusal = { code: 'INVALID_REFUND_BANK', rule: 'bank_code', banks: KCP, meant } as const;
        return JSON.stringify(answer(refusal, customer, language).body['errors']);
      };
      expect(errorsOf(meantBy('088', KCP))).toMatch(/^(?!.*BK04).*BK88 \(신한\)/);
      expect(errorsOf({})).toMatch(/BK04 \(KB국민\).*BK88/);
    }
  });

  it('names and evidence of staff are shown to staff only', () => {
    const refusal: Refusal = { code: 'NOT_EXECUTED', refund: closed, payment };
    expect(refusalProblem(refusal, 'en', customer).body).not.toMatch(/Kim|Lee|the PG says so/);
    expect(refusalProblem(refusal, 'en', staff).body).toMatch(/Kim.*Lee/);
  });
});

describe('the texts of the codes', () => {
  const described = JSON.stringify(openApiDocument('1').paths);

  it.for(PROBLEM_CODES)('the code %s has an error status, a text in both languages, and a sample', (code) => {
    const { status, en, ko } = CODES[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(en).toMatch(/^[\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*\.$/);
    expect(described).toContain(`\`${code}\``);
    // No decision makes an internal error.
    expect(REFUSALS.some((refusal) => refusal.code === code)).toBe(code !== 'INTERNAL_ERROR');
  });

  it.for([
    [
      'nothing was cancelled',
      /nothing was cancelled|cancelled nothing|not executed it|취소되지 않았|처리되지 않았/,
      ['CHECKSUM_MISMATCH', 'CANCEL_REJECTED', 'NOT_EXECUTED'],
    ],
    [
      'nothing was sent',
      /nothing was sent|전달되지 않|요청하지 않았/,
      ['REFUND_NOT_FOUND', 'PAYMENT_MISMATCH', 'PROVIDER_UNAVAILABLE', 'STORE_UNAVAILABLE'],
    ],
    // The same key can be used again while nothing was sent, but not once the refund has ended.
    [
      'a new key is needed',
      /new (Idempotency-)?[Kk]ey/,
      ['CANCEL_REJECTED', 'NOT_EXECUTED', 'IDEMPOTENCY_KEY_REUSED'],
    ],
  ] as const)('a text says that %s only when that is known', ([, words, codes]) => {
    const saying = PROBLEM_CODES.filter((code) => words.test(CODES[code].en) || words.test(CODES[code].ko));
    expect(saying).toEqual(codes);
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
