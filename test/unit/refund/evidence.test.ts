import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { examineAnswer, examineRefusal, findTagged } from '../../../functions/refund/evidence.ts';
import {
  OTHER_REFUND_ID,
  REFUND_ID,
  samplePayment,
  samplePending,
  sampleProvider,
  won,
} from '../../support/samples.ts';

const TAG = `[${REFUND_ID}]`;
const OTHER_TAG = `[${OTHER_REFUND_ID}]`;
type Entries = Parameters<typeof sampleProvider>[0];

function look(entries: Entries, provider: Parameters<typeof sampleProvider>[1] = {}) {
  return { payment: samplePayment(), pending: samplePending(), provider: sampleProvider(entries, provider) };
}

describe('our tag in the history', () => {
  it('proves that it was done', () => {
    expect(findTagged(look([{ amount: 1_000, reason: TAG }]))).toMatchObject({
      kind: 'done',
      by: 'tag',
      anomalies: [],
    });
  });

  it.each<[string, Entries, RegExp]>([
    ['on another amount', [{ amount: 900, reason: TAG }], /another amount/],
    [
      'twice',
      [
        { amount: 1_000, reason: TAG },
        { amount: 1_000, reason: TAG },
      ],
      /more than once/,
    ],
    ['elsewhere than asked for', [{ amount: 500 }, { amount: 1_000, reason: TAG }], /starts elsewhere/],
    [
      'where more is cancelled than was paid',
      [{ amount: 1_000, reason: TAG }, { amount: 9_500 }],
      /more has been/,
    ],
  ])('%s proves it too, and is told (B4)', (_how, entries, anomaly) => {
    const found = findTagged(look(entries));
    expect(found).toMatchObject({ kind: 'done', by: 'tag' });
    expect(found?.anomalies.join()).toMatch(anomaly);
  });

  it('of another refund proves nothing', () => {
    expect(findTagged(look([{ amount: 1_000, reason: OTHER_TAG }]))).toBeUndefined();
  });
});

describe('code 0 (row 4)', () => {
  it('with our tag is done', () => {
    expect(examineAnswer(look([{ amount: 1_000, reason: TAG }]))).toMatchObject({ kind: 'done', by: 'tag' });
  });

  it('of a PG that drops tags is done when R has moved by our amount and an entry of it is nobody else’s', () => {
    expect(examineAnswer(look([{ amount: 1_000, reason: '' }]))).toMatchObject({
      kind: 'done',
      by: 'answer',
    });
  });

  it.each<[string, Entries]>([
    ['nothing was booked', []],
    ['R has not moved far enough', [{ amount: 999 }]],
    ['the entry has another amount', [{ amount: 1_001 }]],
    ['the entry bears another tag', [{ amount: 1_000, reason: OTHER_TAG }]],
    ['the entry is the console’s', [{ amount: 1_000, reason: CONSOLE_REASON }]],
  ])('is an acceptance, no more, when %s', (_what, entries) => {
    expect(examineAnswer(look(entries))).toEqual({ kind: 'accepted' });
  });

  it('of an asynchronous PG is an acceptance, also when an entry could be ours', () => {
    const provider = { pgProvider: 'paypal_v2' };
    expect(examineAnswer(look([{ amount: 1_000 }], provider))).toEqual({ kind: 'accepted' });
  });

  it('of a PG that only the table knows as asynchronous is an acceptance, too', () => {
    const { provider, pending } = look([{ amount: 1_000 }]);
    const payment = samplePayment({ pg_provider: 'paypal_v2' });
    expect(examineAnswer({ payment, pending, provider })).toEqual({ kind: 'accepted' });
  });

  it('takes no entry for ours that was there before, and of several the newest', () => {
    const payment = samplePayment({ cancel_amount: 1_000 });
    const pending = samplePending({ checksum: won(9_000) });
    const earlier = { amount: 1_000, cancellationId: 'earlier' };
    const others = [earlier, { amount: 1_000, reason: CONSOLE_REASON }];
    expect(examineAnswer({ payment, pending, provider: sampleProvider(others) })).toEqual({
      kind: 'accepted',
    });
    const two = [
      earlier,
      { amount: 1_000, cancellationId: 'tool' },
      { amount: 1_000, cancellationId: 'ours' },
    ];
    expect(examineAnswer({ payment, pending, provider: sampleProvider(two) })).toMatchObject({
      entry: { cancellationId: 'ours' },
    });
  });

  it('for another payment decides nothing', () => {
    expect(examineAnswer(look([{ amount: 1_000, reason: TAG }], { currency: 'USD' }))).toEqual({
      kind: 'undecided',
      why: DOUBTS.otherCurrency,
    });
  });
});

describe('code ≠ 0, read back (row 5)', () => {
  const refusal = { code: -1, message: '결제취소에 실패하였습니다.' };

  it('with our tag is done (5a)', () => {
    expect(examineRefusal(look([{ amount: 1_000, reason: TAG }]), refusal)).toMatchObject({ kind: 'done' });
  });

  it('with R moved is rejected: the balance was used by others (5b)', () => {
    expect(examineRefusal(look([{ amount: 1_000, reason: '상품A' }]), refusal)).toEqual({
      kind: 'not_done',
      rejection: { code: 'CHECKSUM_MISMATCH', provider: refusal },
    });
  });

  it('with R as it was is rejected with the provider’s words, also when the history does not add up (5c, C1)', () => {
    const rejected = { kind: 'not_done', rejection: { code: 'CANCEL_REJECTED', provider: refusal } };
    expect(examineRefusal(look([]), refusal)).toEqual(rejected);
    const payment = samplePayment({ cancel_amount: 1_000 });
    const pending = samplePending({ checksum: won(9_000) });
    const provider = sampleProvider([], { cancelAmount: won(1_000) });
    expect(examineRefusal({ payment, pending, provider }, refusal)).toEqual(rejected);
  });

  it.each(['해당거래 취소실패(기취소성공)', '[500626|기 취소 거래]', 'already cancelled'])(
    'says that the money has gone back already: %s (B3)',
    (message) => {
      const rejection = { code: 'ALREADY_CANCELLED_AT_PG', provider: { code: -1, message } };
      expect(examineRefusal(look([]), { code: -1, message })).toEqual({ kind: 'not_done', rejection });
    },
  );

  it('of i’mport itself is no word of the PG', () => {
    const told = { code: 1, message: '기취소' };
    expect(examineRefusal(look([]), told)).toMatchObject({ rejection: { code: 'CANCEL_REJECTED' } });
  });

  it('of which another payment is read back decides nothing', () => {
    for (const other of [{ impUid: 'imp_x' }, { amount: won(9_000) }])
      expect(examineRefusal(look([], other), refusal)).toMatchObject({ kind: 'undecided' });
  });

  it('with less cancelled than before decides nothing', () => {
    const pending = samplePending({ checksum: won(9_000) });
    expect(examineRefusal({ ...look([]), pending }, refusal)).toEqual({
      kind: 'undecided',
      why: DOUBTS.shrunk,
    });
  });
});
