import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { CancelAnswer, RefundAnswer } from '../../../functions/http/answer-schemas.ts';
import { cancelAnswer, closeAnswer, refundAnswer } from '../../../functions/http/answers.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import {
  alreadyCancelled,
  cancelled,
  closed,
  customer,
  notExecuted,
  NOW_MS,
  payment,
  rejected,
  requested,
  SECOND,
  staff,
  parsed,
} from './samples.ts';

const strictly = (schema: { readonly entries: v.ObjectEntries }) => v.strictObject(schema.entries);
const asked = { language: 'en', viewer: customer, named: { merchantUid: 'ORD-1' } } as const;

describe('the answer to a cancel', () => {
  it('a cancelled refund is 200 with payment and refund', () => {
    const done = parsed(cancelAnswer({ kind: 'final', payment, refund: cancelled, replayed: false }, asked));
    expect(done.status).toBe(200);
    expect(done.headers).not.toHaveProperty('idempotency-replayed');
    expect(v.parse(strictly(CancelAnswer), done.body)).toEqual(done.body);
  });

  it('a refund in doubt is 202 with where and when to look', () => {
    const unknown = parsed(
      cancelAnswer({ kind: 'unknown', payment, refund: requested, replayed: true }, asked),
    );
    expect(unknown.status).toBe(202);
    expect(unknown.headers).toMatchObject({
      location: `/payments/ORD-1/refunds/rf_requested?asked_at=${NOW_MS / SECOND}`,
      'retry-after': '3',
      'idempotency-replayed': 'true',
    });
    expect(v.parse(strictly(CancelAnswer), unknown.body)).toEqual(unknown.body);
  });

  it.each([
    ['CANCEL_REJECTED', 422, rejected],
    ['CHECKSUM_MISMATCH', 409, { ...rejected, code: 'CHECKSUM_MISMATCH' }],
    ['NOT_EXECUTED', 422, notExecuted],
    ['ALREADY_CANCELLED_AT_PG', 422, alreadyCancelled],
  ] as const)(
    'a refund that ended as %s is %d with its refund, and marked when it is replayed',
    (code, status, refund) => {
      const answer = parsed(
        cancelAnswer({ kind: 'final', payment, refund, replayed: true }, { ...asked, language: 'ko' }),
      );
      expect(answer).toMatchObject({
        status,
        body: { code, refund: { status: refund.status, rejection: { code } } },
      });
      expect(answer.headers).toMatchObject({ 'idempotency-replayed': 'true', 'content-language': 'ko' });
    },
  );
});

describe('the address of a refund in doubt', () => {
  const at = (named: object, merchantUid = 'ORD-1') => {
    const result = {
      kind: 'unknown',
      payment: { ...payment, merchantUid },
      refund: { ...requested, claimedAtMs: NOW_MS - 500 },
      replayed: false,
    } as const;
    return cancelAnswer(result, { ...asked, named }).headers?.['location'];
  };
  const refund = `refunds/rf_requested`;
  /** Half a second early is rounded up to the whole second. */
  const since = `asked_at=${NOW_MS / SECOND}`;

  const byImpUid = `/payments/-/${refund}?imp_uid=imp_1&${since}`;

  it.for([
    ['ORD-1', `/payments/ORD-1/${refund}?${since}`],
    ['주문 1', `/payments/%EC%A3%BC%EB%AC%B8%201/${refund}?${since}`],
    ['a/b', byImpUid],
    ['100%', byImpUid],
    ['..', byImpUid],
  ] as const)('a refund of the order %s is read at %s', ([merchantUid, location]) => {
    expect(at({ merchantUid }, merchantUid)).toBe(location);
    expect(at({ impUid: 'imp_1' }, merchantUid)).toBe(location);
  });

  it('the address has the shop’s own order number when the provider’s differs, because the owner is stored under it', () => {
    expect(at({ merchantUid: 'SHOP-1' })).toBe(`/payments/SHOP-1/${refund}?imp_uid=imp_1&${since}`);
  });
});

describe('the answer to a read of one refund', () => {
  it('a refund has Retry-After only while it is in doubt', () => {
    const read = (refund: LedgerItem) =>
      parsed(refundAnswer({ kind: 'found', payment, refund }, 'en', customer));
    expect(read(cancelled).headers).not.toHaveProperty('retry-after');
    expect(read(requested)).toMatchObject({ status: 200, headers: { 'retry-after': '3' } });
  });

  it('a refund whose request may still arrive is unknown, with nothing else', () => {
    const { body } = parsed(refundAnswer({ kind: 'not_yet', payment, refundId: 'rf_new' }, 'en', customer));
    expect(body['refund']).toEqual({ refund_id: 'rf_new', status: 'unknown' });
    expect(v.parse(strictly(RefundAnswer), body)).toEqual(body);
  });
});

describe('the answer to a closing', () => {
  const asStaff = { ...asked, viewer: staff };

  it('a proposal is 202 with its text and address, and a second person’s agreement is 200', () => {
    const proposed = parsed(closeAnswer({ kind: 'proposed', payment, refund: requested }, asStaff));
    expect(proposed).toMatchObject({
      status: 202,
      headers: { location: '/payments/ORD-1/refunds/rf_requested' },
      body: { refund: { proposal: { proposed_by: 'jiwoo' } } },
    });
    const ended = parsed(closeAnswer({ kind: 'closed', payment, refund: closed }, asStaff));
    expect(ended).toMatchObject({ status: 200, body: { refund: { closed_by: { approved_by: 'minseo' } } } });
  });
});
