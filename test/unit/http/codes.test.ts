import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CODES, PROBLEM_CODES, type ProblemCode } from '../../../functions/http/codes.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { REFUSALS } from './refusals.ts';

/** Where each code is decided. A code that nothing answers any more leaves the table, and the contract, with its last place. */
const DECIDED_IN: Readonly<Record<ProblemCode, readonly string[]>> = {
  INVALID_REQUEST: ['refund/decide.ts', 'refund/closing.ts', 'protocol/close.ts', 'http/problem.ts'],
  ALREADY_FULLY_REFUNDED: ['refund/decide.ts'],
  AMOUNT_EXCEEDS_CANCELABLE: ['refund/decide.ts'],
  REFUND_ACCOUNT_REQUIRED: ['refund/pg/judge.ts'],
  INVALID_REFUND_BANK: ['refund/pg/judge.ts'],
  FORBIDDEN: [
    'cancel-payment.ts',
    'close-refund.ts',
    'list-refunds.ts',
    'get-reconciliation.ts',
    'acknowledge-finding.ts',
    'protocol/cancel.ts',
    'protocol/close.ts',
  ],
  PERSON_CLAIM_MISSING: ['protocol/close.ts'],
  PAYMENT_NOT_FOUND: ['protocol/find.ts', 'protocol/send.ts', 'protocol/close.ts'],
  REFUND_NOT_FOUND: ['protocol/read.ts', 'protocol/close.ts'],
  FINDING_NOT_FOUND: ['protocol/reports.ts'],
  REFUND_IN_PROGRESS: ['refund/decide.ts', 'protocol/cancel.ts'],
  POSSIBLE_DUPLICATE: ['refund/decide.ts'],
  CHECKSUM_MISMATCH: ['refund/decide.ts', 'protocol/answer.ts', 'protocol/doubt.ts'],
  PAYMENT_NOT_PAID: ['refund/decide.ts', 'protocol/send.ts'],
  SEVERAL_PAYMENTS: ['protocol/find.ts'],
  PAYMENT_MISMATCH: ['protocol/find.ts', 'protocol/send.ts', 'protocol/close.ts'],
  STILL_RESOLVABLE: ['refund/closing.ts', 'protocol/close.ts'],
  PROPOSAL_DIFFERS: ['refund/closing.ts'],
  CANCEL_REJECTED: ['protocol/answer.ts'],
  NOT_EXECUTED: ['http/answers.ts'],
  ALREADY_CANCELLED_AT_PG: ['http/answers.ts'],
  IDEMPOTENCY_KEY_REUSED: ['refund/decide.ts'],
  REFUND_NOT_ALLOWED: ['refund/pg/judge.ts', 'protocol/find.ts'],
  TOO_MANY_REFUNDS: ['refund/decide.ts'],
  INTERNAL_ERROR: ['http/http-handler.ts'],
  PROVIDER_UNAVAILABLE: ['refund/closing.ts', 'protocol/find.ts', 'receive-webhook.ts'],
  STORE_UNAVAILABLE: ['protocol/find.ts', 'http/http-handler.ts'],
};

const described = JSON.stringify(openApiDocument('1').paths);

describe.each(PROBLEM_CODES)('the code %s', (code) => {
  it('is decided in the files that the table names', () => {
    const missing = DECIDED_IN[code].filter((file) => {
      const source = readFileSync(new URL(`../../../functions/${file}`, import.meta.url), 'utf8');
      return !source.includes(`'${code}'`);
    });
    expect(missing).toEqual([]);
    expect(DECIDED_IN[code].length).toBeGreaterThan(0);
  });

  it('has a status of an error, a title, and texts in both languages', () => {
    const { status, title, en, ko } = CODES[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
    expect(en).toMatch(/^[\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*\.$/);
  });

  it('has a sample that the tests hold against the description', () => {
    // Nothing decides an internal error, so there is no refusal of it.
    expect(REFUSALS.some((refusal) => refusal.code === code)).toBe(code !== 'INTERNAL_ERROR');
  });

  it('is described at a route, under its status', () => {
    expect(described).toContain(`\`${code}\``);
  });
});
