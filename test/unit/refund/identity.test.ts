import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  elsewhereId,
  entryKey,
  fingerprintOf,
  historyDigest,
  idFromBytes,
  idsIn,
  refundIdForKey,
  tagOf,
  taggedReason,
  wishOf,
} from '../../../functions/refund/identity.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { CancelEntry } from '../../../functions/refund/payment.ts';
import { entryOf, REFUND_ID, won } from '../../support/ledger-samples.ts';

const base: CancelRequest = { passedOn: {}, account: {}, actor: { kind: 'customer', sub: 's' } };

describe('refund ids', () => {
  it('a key of the same caller for the same payment gives the same refund id, and anything else another id', () => {
    const id = refundIdForKey('imp', 'sub', 'key');
    expect(id).toMatch(/^rf_[0-9a-z]{24}$/);
    expect(refundIdForKey('imp', 'sub', 'key')).toBe(id);
    const others = [
      refundIdForKey('imp', 'sub', 'key2'),
      refundIdForKey('imp', 'sub2', 'key'),
      refundIdForKey('imp2', 'sub', 'key'),
      refundIdForKey('impsub', '', 'key'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('any bytes make a valid refund id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 32 }), (bytes) => {
        expect(idFromBytes(bytes)).toMatch(/^[0-9a-z]{24}$/);
      }),
    );
  });

  it('the fingerprint changes with every field of the body and with nothing else', () => {
    const bodies: readonly CancelRequest[] = [
      base,
      { ...base, amount: 1 },
      { ...base, checksum: 1 },
      { ...base, reason: '1' },
      { ...base, reference: '1' },
      { ...base, passedOn: { taxFree: 1 } },
      { ...base, passedOn: { vatAmount: 1 } },
      { ...base, passedOn: { retainPromotion: true } },
      { ...base, passedOn: { escrowConfirmed: true } },
      { ...base, account: { holder: '1' } },
      { ...base, account: { bank: '1' } },
      { ...base, account: { account: '1' } },
      { ...base, account: { tel: '1' } },
    ];
    expect(new Set(bodies.map((body) => fingerprintOf('key', body))).size).toBe(bodies.length);
    const same = [
      { ...base, actor: { kind: 'staff', sub: 't' } as const },
      { ...base, merchantUid: '1' },
      { ...base, impUid: '1' },
    ];
    for (const body of same) expect(fingerprintOf('key', body)).toBe(fingerprintOf('key', base));
    expect(fingerprintOf('other', base)).not.toBe(fingerprintOf('key', base));
  });

  it('a request is identified by who asks for what, with the account only as a keyed hash', () => {
    expect(wishOf({ ...base, merchantUid: '1' }, undefined)).toBe(
      wishOf({ ...base, impUid: '2' }, undefined),
    );
    const wishes = [
      wishOf(base, undefined),
      wishOf({ ...base, amount: 1 }, undefined),
      wishOf({ ...base, actor: { kind: 'customer', sub: 't' } }, undefined),
      wishOf(base, 'hash'),
    ];
    expect(new Set(wishes).size).toBe(4);
  });
});

describe('our tag', () => {
  const TAG = tagOf(REFUND_ID);

  it.each<[string | undefined, string]>([
    ['naverpay', `사이즈 ${TAG}`],
    ['naverpay_v9', `${TAG} 사이즈`],
    ['html5_inicis', `${TAG} 사이즈`],
    [undefined, `${TAG} 사이즈`],
  ])(
    'our tag comes first because a PG cuts the end, but at NaverPay it comes after the real reason: %s',
    (pg, sent) => {
      expect(taggedReason('사이즈', REFUND_ID, pg)).toBe(sent);
      for (const nothing of [undefined, '  ']) expect(taggedReason(nothing, REFUND_ID, pg)).toBe(TAG);
    },
  );

  it.each([undefined, 'naverpay'])(
    'the reason contains our whole tag and no other, whatever the caller wrote: %s',
    (pg) => {
      const words = fc.oneof(
        fc.string({ maxLength: 400, unit: 'grapheme' }),
        fc.constant(`${tagOf(REFUND_ID.replace('0', '1'))} RF_${'z'.repeat(24)}`),
        fc.constant('가'.repeat(256)),
      );
      fc.assert(
        fc.property(words, (reason) => {
          const sent = taggedReason(reason, REFUND_ID, pg);
          expect(sent.length).toBeLessThanOrEqual(256);
          expect(idsIn(sent)).toEqual([REFUND_ID]);
          expect(sent.isWellFormed() || !reason.isWellFormed()).toBe(true);
          const kept = sent.replace(TAG, '').trim();
          expect(reason.replaceAll(/rf_/gi, 'rf-').includes(kept)).toBe(true);
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(reason.trim().length, 256 - TAG.length - 3));
        }),
      );
    },
  );

  it.each([
    ['in other brackets', `&#91;${REFUND_ID}&#93;`],
    ['in none', `환불 ${REFUND_ID}`],
    ['in upper case', REFUND_ID.toUpperCase()],
  ])('a tag is recognised by its id: %s', (_how, reason) => {
    expect(idsIn(reason)).toEqual([REFUND_ID]);
  });

  it('a tag with an incomplete id is not recognised', () => {
    expect(idsIn(`[${REFUND_ID.slice(0, -1)}]`)).toEqual([]);
    expect(idsIn(undefined)).toEqual([]);
  });
});

describe('an entry of a history', () => {
  const { cancellationId: _none, ...withoutId } = entryOf(1_000, { reason: 'a' });

  it('an entry is identified by its id, or by its content', () => {
    expect(entryKey(entryOf(1_000))).toBe(entryKey(entryOf(1_000, { reason: 'another', amount: won(1) })));
    const others: readonly CancelEntry[] = [
      withoutId,
      { ...withoutId, amount: won(1) },
      { ...withoutId, reason: 'b' },
      { ...withoutId, cancelledAtMs: 1 },
      { ...withoutId, pgTid: 'tid' },
    ];
    expect(new Set(others.map(entryKey)).size).toBe(5);
    expect(entryKey({ ...withoutId })).toBe(entryKey(withoutId));
  });

  it('an entry stays the same when its receipt comes later, and so do its history and its foreign cancel', () => {
    const withReceipt = { ...withoutId, receiptUrl: 'https://receipt.example/1' };
    expect(entryKey(withReceipt)).toBe(entryKey(withoutId));
    expect(elsewhereId('imp_1', withReceipt)).toBe(elsewhereId('imp_1', withoutId));
    expect(historyDigest([withReceipt])).toBe(historyDigest([withoutId]));
  });

  it('a foreign cancel has its own id at each payment', () => {
    expect(elsewhereId('imp_1', withoutId)).toMatch(/^el_[0-9a-z]{24}$/);
    expect(elsewhereId('imp_2', withoutId)).not.toBe(elsewhereId('imp_1', withoutId));
  });

  it('a new entry or a tag shown later changes the history; another order does not', () => {
    const [a, b] = [entryOf(1), entryOf(2)];
    expect(historyDigest([a, b])).toBe(historyDigest([b, a, a]));
    expect(historyDigest([a])).not.toBe(historyDigest([a, b]));
    expect(historyDigest([{ ...a, reason: tagOf(REFUND_ID) }])).not.toBe(historyDigest([a]));
  });
});
