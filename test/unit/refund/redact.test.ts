import { describe, expect, it } from 'vitest';
import { withoutAccount } from '../../../functions/refund/redact.ts';

const account = { holder: '홍길동', bank: '88', account: '110-123-456789', tel: '010-1234-5678' };

describe('an account number typed into a reason', () => {
  it.each([
    '110-123-456789',
    '110123456789',
    '110·123_456/789',
    '110 - 123 – 456789',
    '110(123)456,789',
    '１１０－１２３－４５６７８９',
    '①①⓪①②③④⑤⑥⑦⑧⑨',
    '홍 길.동',
    '01012345678',
  ])('an account number in a reason is removed however it is written: %s', (written) => {
    expect(withoutAccount(`환불은 ${written}로 부탁해요`, account)).toBe('환불은 ***로 부탁해요');
  });

  it('other numbers and names in a reason stay as they are', () => {
    const text = '주문 110-123, 12월 3일, 홍길순';
    expect(withoutAccount(text, account)).toBe(text);
    expect(withoutAccount(text, { holder: '홍', account: '-' })).toBe(text);
  });

  it('a long text that almost matches takes no longer', () => {
    // Tenths of a second; a quadratic pattern would take hours.
    const almost = '1-'.repeat(500_000);
    expect(withoutAccount(almost, { ...account, account: '1111111111111112' })).toBe(almost);
  });
});
