import { banksOf, meantBy } from '../../../functions/refund/pg/banks.ts';
import { RULE_NAMES } from '../../../functions/refund/pg/rules.ts';
import type { Refusal } from '../../../functions/refund/refusals.ts';
import { cancelled, closed, minor, notExecuted, NOW_MS, payment, rejected, requested } from './samples.ts';

const KCP = banksOf('kcp') ?? {};
const retry = { retryAfterSeconds: 7 };
const left = { cancelable: minor(1_410), currency: 'USD' } as const;

/** One refusal of every code, in each shape that it has. */
export const REFUSALS: readonly Refusal[] = [
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
  { code: 'CANCEL_REJECTED', refund: { ...rejected, refusal: { code: -1, message: '?' } }, payment },
  { code: 'ALREADY_CANCELLED_AT_PG', refund: { ...notExecuted, isAlreadyCancelledAtPg: true }, payment },
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
  { code: 'PROPOSAL_DIFFERS', proposedBy: 'jiwoo', verdict: 'executed' },
  { code: 'PROPOSAL_DIFFERS', proposedBy: 'jiwoo', verdict: 'not_executed' },
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
