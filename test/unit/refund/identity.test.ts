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
import { ACCOUNT_NAMES, PASSED_ON_NAMES, type CancelRequest } from '../../../functions/refund/intent.ts';
import { entryOf, REFUND_ID, won } from '../../support/ledger-samples.ts';

const base: CancelRequest = { passedOn: {}, account: {}, actor: { kind: 'customer', sub: 's' } };
const countDifferent = (values: readonly string[]) => new Set(values).size;

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
    expect(countDifferent([id, ...others])).toBe(5);
    expect(idFromBytes(new Uint8Array(32).fill(255))).toMatch(/^[0-9a-z]{24}$/);
  });

  it('the fingerprint changes with every field of the body and with nothing else', () => {
    const bodies: readonly CancelRequest[] = [
      base,
      { ...base, amount: 1 },
      { ...base, checksum: 1 },
      { ...base, reason: '1' },
      { ...base, reference: '1' },
      ...PASSED_ON_NAMES.map((name) => ({ ...base, passedOn: { [name]: 1 } })),
      ...ACCOUNT_NAMES.map((name) => ({ ...base, account: { [name]: '1' } })),
    ];
    expect(countDifferent(bodies.map((body) => fingerprintOf('key', body)))).toBe(bodies.length);
    const same = { ...base, actor: { kind: 'staff', sub: 't' }, merchantUid: '1', impUid: '1' } as const;
    expect(fingerprintOf('key', same)).toBe(fingerprintOf('key', base));
    expect(fingerprintOf('other', base)).not.toBe(fingerprintOf('key', base));
  });

  it('a request is identified by who asks for what, with the account only as a keyed hash', () => {
    const wishes = [
      wishOf({ ...base, merchantUid: '1' }, undefined),
      wishOf({ ...base, impUid: '2' }, undefined),
      wishOf({ ...base, amount: 1 }, undefined),
      wishOf({ ...base, actor: { kind: 'customer', sub: 't' } }, undefined),
      wishOf(base, 'hash'),
    ];
    expect(wishes[0]).toBe(wishes[1]);
    expect(countDifferent(wishes)).toBe(4);
  });
});

describe('our tag', () => {
  const TAG = tagOf(REFUND_ID);

  it.each([
    ['naverpay', `사이즈 ${TAG}`],
    ['naverpay_v9', `${TAG} 사이즈`],
    [undefined, `${TAG} 사이즈`],
  ])('our tag comes first because a PG cuts the end, but at %s: %s', (pg, sent) => {
    expect(taggedReason('사이즈', REFUND_ID, pg)).toBe(sent);
    for (const nothing of [undefined, '  ']) expect(taggedReason(nothing, REFUND_ID, pg)).toBe(TAG);
  });

  it('the reason contains our whole tag and no other, whatever the caller wrote', () => {
    const reasons = fc.oneof(
      fc.string({ maxLength: 400, unit: 'grapheme' }),
      fc.constant(`${tagOf(REFUND_ID.replace('0', '1'))} RF_${'z'.repeat(24)}`),
      fc.constant('가'.repeat(256)),
    );
    fc.assert(
      fc.property(reasons, fc.constantFrom(undefined, 'naverpay'), (reason, pg) => {
        const sent = taggedReason(reason, REFUND_ID, pg);
        expect(sent.length).toBeLessThanOrEqual(256);
        expect(idsIn(sent)).toEqual([REFUND_ID]);
        expect(sent.isWellFormed() || !reason.isWellFormed()).toBe(true);
        const kept = sent.replace(TAG, '').trim();
        expect(reason.replaceAll(/rf_/gi, 'rf-').includes(kept)).toBe(true);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(reason.trim().length, 256 - TAG.length - 3));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['in other brackets', `&#91;${REFUND_ID}&#93;`, [REFUND_ID]],
    ['in upper case', `환불 ${REFUND_ID.toUpperCase()}`, [REFUND_ID]],
    ['incomplete', `[${REFUND_ID.slice(0, -1)}]`, []],
    ['not given', undefined, []],
  ])('a tag is recognised by its id: %s', (_how, reason, ids) => {
    expect(idsIn(reason)).toEqual(ids);
  });
});

describe('an entry of a history', () => {
  const { cancellationId: _none, ...withoutId } = entryOf(1_000, { reason: 'a' });

  it('an entry is identified by its id, or by its content without the receipt, which may come later', () => {
    expect(entryKey(entryOf(1_000))).toBe(entryKey(entryOf(1_000, { reason: 'another', amount: won(1) })));
    const others = [{ amount: won(1) }, { reason: 'b' }, { cancelledAtMs: 1 }, { pgTid: 'tid' }, {}];
    expect(countDifferent(others.map((fields) => entryKey({ ...withoutId, ...fields })))).toBe(5);
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
