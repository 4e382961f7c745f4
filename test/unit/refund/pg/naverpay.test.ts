import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../../functions/iamport/wire.ts';
import { idsIn, tagOf } from '../../../../functions/refund/identity.ts';
import type { Minor } from '../../../../functions/refund/money.ts';
import { REFUND_ID } from '../../../support/ledger-samples.ts';

function reasonSent(reason: string | undefined, pgProvider?: string): string {
  const { reason: sent } = cancelBody({
    impUid: 'imp_1',
    currency: 'KRW',
    amount: 1 as Minor,
    checksum: 1 as Minor,
    refundId: REFUND_ID,
    passedOn: {},
    requester: 'customer',
    ...(reason !== undefined && { reason }),
    ...(pgProvider !== undefined && { pgProvider }),
  });
  return String(sent);
}

const TAG = tagOf(REFUND_ID);
const MOST = 256;

describe('the reason of a cancel', () => {
  it('stands first at NaverPay, which wants the real one, and the tag behind it', () => {
    expect(reasonSent('사이즈가 맞지 않아요', 'naverpay')).toBe(`사이즈가 맞지 않아요 ${TAG}`);
  });

  it('stands behind the tag at every other PG, because a PG cuts at the end', () => {
    for (const pgProvider of ['html5_inicis', 'naverco', 'naverpay_v9', undefined])
      expect(reasonSent('사이즈', pgProvider)).toBe(`${TAG} 사이즈`);
  });

  it('at NaverPay is shortened to what the field takes; the tag is whole, and stands at the end', () => {
    const reasons = fc.string({ unit: 'grapheme', maxLength: 400 });
    fc.assert(
      fc.property(reasons, (reason) => {
        const sent = reasonSent(reason, 'naverpay');
        expect(sent.length).toBeLessThanOrEqual(MOST);
        expect(sent.endsWith(TAG)).toBe(true);
        expect(sent.isWellFormed()).toBe(true);
        expect(idsIn(sent)).toEqual([REFUND_ID]);
        const words = sent.slice(0, -TAG.length).trimEnd();
        expect(reason.replaceAll(/rf_/gi, 'rf-').startsWith(words)).toBe(true);
      }),
    );
    const long = reasonSent('가'.repeat(MOST), 'naverpay');
    expect(long).toBe(`${'가'.repeat(MOST - TAG.length - 1)} ${TAG}`);
  });

  it('at NaverPay is the tag alone where the shop has turned its rule off and nobody gave one', () => {
    expect(reasonSent(undefined, 'naverpay')).toBe(TAG);
    expect(reasonSent('  ', 'naverpay')).toBe(TAG);
  });

  it('of a caller signs for no other refund, on either side of the tag', () => {
    const foreign = `${tagOf(REFUND_ID.replace('0', '1'))} RF_${'z'.repeat(24)}`;
    for (const pgProvider of ['naverpay', 'nice'])
      expect(idsIn(reasonSent(foreign, pgProvider))).toEqual([REFUND_ID]);
  });
});
