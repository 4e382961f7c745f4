import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { judgeLeap } from '../../../functions/refund/look-before-leap.ts';
import { REFUND_ID, samplePayment, samplePending, sampleProvider, won } from '../../support/samples.ts';

const pending = samplePending();

describe('nothing is sent unless the provider shows the same payment with the same balance (row 3b)', () => {
  it('the same: it is sent', () => {
    expect(judgeLeap(samplePayment(), pending, sampleProvider())).toEqual({ kind: 'send' });
  });

  it('our tag stands there already: it was done, whatever the balance says', () => {
    const provider = sampleProvider([{ amount: 1_000, reason: `[${REFUND_ID}]` }]);
    expect(judgeLeap(samplePayment(), pending, provider)).toMatchObject({ kind: 'done' });
    expect(judgeLeap(samplePayment({ cancel_amount: 1_000 }), pending, provider)).toMatchObject({
      kind: 'done',
    });
  });

  it('more has been cancelled: it is booked, and decided again', () => {
    expect(judgeLeap(samplePayment(), pending, sampleProvider([{ amount: 1 }]))).toEqual({ kind: 'moved' });
  });

  it('less has been cancelled: a cancel was undone, and people look', () => {
    expect(judgeLeap(samplePayment({ cancel_amount: 1 }), pending, sampleProvider())).toEqual({
      kind: 'mismatch',
      why: DOUBTS.shrunk,
    });
  });

  it.each<[string, Parameters<typeof sampleProvider>[1]]>([
    [DOUBTS.otherPayment, { impUid: 'imp_x' }],
    [DOUBTS.otherOrder, { merchantUid: 'x' }],
    [DOUBTS.otherCurrency, { currency: 'USD' }],
    [DOUBTS.otherAmount, { amount: won(1) }],
  ])('%s: nothing is sent, and it is alarmed (B1)', (why, fields) => {
    expect(judgeLeap(samplePayment(), pending, sampleProvider([], fields))).toEqual({
      kind: 'mismatch',
      why,
    });
  });

  it('an order number that the provider has cut is the same order (E1)', () => {
    const merchantUid = 'x'.repeat(45);
    const payment = { ...samplePayment(), merchantUid };
    const cut = { merchantUid: merchantUid.slice(0, 40) };
    expect(judgeLeap(payment, pending, sampleProvider([], cut))).toEqual({ kind: 'send' });
    const short = { merchantUid: merchantUid.slice(0, 39) };
    expect(judgeLeap(payment, pending, sampleProvider([], short))).toMatchObject({ kind: 'mismatch' });
  });

  it('the item names no currency: the provider’s word is taken over first', () => {
    const payment = samplePayment({ currency: undefined });
    expect(judgeLeap(payment, pending, sampleProvider([], { currency: 'USD' }))).toEqual({ kind: 'adopt' });
  });

  it('not paid at the provider: its word is taken over first', () => {
    expect(judgeLeap(samplePayment(), pending, sampleProvider([], { status: 'failed' }))).toEqual({
      kind: 'adopt',
    });
  });
});
